package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.kind.ec2.Fault;
import dev.windfall.kind.ec2.LocalEc2;
import dev.windfall.kind.ec2.Machine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The commands that ask AWS, against an endpoint in this process. */
class MarketCommandTest {
  private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
  private static final String MARKET =
      """
      offers:
      - {provider: aws, region: eu-central-1, zone: eu-central-1a, instanceType: g5.xlarge, capacity: spot,
         gpu: {model: A10G, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "0.45",
         observedAt: 2026-11-20T09:58:00Z}
      """;

  @TempDir private Path directory;
  private final LocalEc2 ec2 = LocalEc2.start(() -> NOW);

  /** The SDK's own way to be given credentials without the environment. */
  @BeforeAll
  static void credentials() {
    System.setProperty("aws.accessKeyId", "AKIAIOSFODNN7EXAMPLE");
    System.setProperty("aws.secretAccessKey", "none");
  }

  @AfterAll
  static void noCredentials() {
    System.clearProperty("aws.accessKeyId");
    System.clearProperty("aws.secretAccessKey");
  }

  @BeforeEach
  void region() throws IOException {
    Files.writeString(directory.resolve("market.yaml"), MARKET);
    ec2.region("eu-central-1")
        .zone("eu-central-1a", "euc1-az2")
        .machine(Machine.nvidia("g6.xlarge", 4, 16, 1, "L4", 24576))
        .price("g6.xlarge", "eu-central-1a", "0.4021")
        .onDemand("g6.xlarge", "1.006");
  }

  @AfterEach
  void close() {
    ec2.close();
  }

  private String config() throws IOException {
    String uri = ec2.uri().toString();
    return Files.writeString(
            directory.resolve("windfall.yaml"),
            """
            market:
              sources:
              - {type: file, path: market.yaml}
              - {type: aws, regions: [eu-central-1], endpoints: {ec2: "%s", pricing: "%s", quotas: "%s"}}
            """
                .formatted(uri, uri, uri))
        .toString();
  }

  @Test
  void everySourceIsShownWithWhatItOffers() throws IOException {
    CommandLineRun run = CommandLineRun.of("market", "--config", config());

    assertEquals(
        """
        SOURCE              SPOT   ON-DEMAND   RESERVED   OWNED   BARRED   OLDEST   STATE
        file market.yaml       1           0          0       0        0       2m   ok
        aws eu-central-1       1           1          0       0        0       0s   ok
        """
            .replaceAll(" {2,}", "  "),
        run.out().replace(directory + "/", "").replaceAll(" {2,}", "  "),
        run.err());
    assertEquals(0, run.exit());
  }

  @Test
  void whatIsWrongStandsBelowTheTable() throws IOException {
    ec2.faults().always("GetProducts", Fault.denied());

    CommandLineRun run = CommandLineRun.of("market", "--config", config());

    assertTrue(run.out().contains("1 problem\n"), run.out());
    assertTrue(
        run.out()
            .contains(
                "\n\naws eu-central-1: GetProducts is denied; Windfall's role needs"
                    + " pricing:GetProducts, statement WindfallReadsListPrices of"
                    + " deploy/aws/policy.json; "),
        run.out());
    assertEquals(0, run.exit());
  }

  @Test
  void oneSourceThatFailsIsSaidAndTheOtherShown() throws IOException {
    ec2.faults().always("*", Fault.denied());

    CommandLineRun run = CommandLineRun.of("market", "--config", config(), "-o", "json");

    assertTrue(run.out().contains("\"error\" : \"DescribeInstanceTypes is denied; "), run.out());
    assertTrue(run.out().contains("\"spot\" : 1"), run.out());
    assertEquals(0, run.exit());
  }

  @Test
  void noSourceAtAllIsAFailure() {
    CommandLineRun run =
        CommandLineRun.of("market", "--market.sources", "[{type: file, path: /nowhere.yaml}]");

    assertTrue(run.out().endsWith("\nfile /nowhere.yaml: there is no such file\n"), run.out());
    assertEquals(1, run.exit());
  }

  @Test
  void yamlSaysWhatJsonSays() throws IOException {
    CommandLineRun run = CommandLineRun.of("market", "--config", config(), "-o", "yaml");

    assertTrue(run.out().contains("\n- name: aws eu-central-1\n"), run.out());
    assertTrue(run.out().contains("\n    on-demand: 1\n"), run.out());
  }

  @Test
  void aRegionIsRankedAsItIsNow() {
    CommandLineRun run =
        CommandLineRun.of("rank", "--region", "eu-central-1", "--endpoint", ec2.uri().toString());

    assertEquals(0, run.exit(), run.err());
    assertEquals(
        "1 g6.xlarge eu-central-1a spot 1 L4 0.4021 0.4021 0.4021 - 0s",
        run.out().lines().skip(1).findFirst().orElse("").strip().replaceAll(" +", " "));
    assertEquals("asking AWS about eu-central-1\n", run.err());
  }

  @Test
  void aRegionThatCannotBeAskedIsAFailureAndNoTrace() {
    ec2.faults().always("*", Fault.denied());

    CommandLineRun run =
        CommandLineRun.of("rank", "--region", "eu-central-1", "--endpoint", ec2.uri().toString());

    assertEquals(
        "asking AWS about eu-central-1\n"
            + "windfall: aws eu-central-1: DescribeInstanceTypes is denied; Windfall's role needs"
            + " ec2:DescribeInstanceTypes, statement WindfallReadsMachines of"
            + " deploy/aws/policy.json; no machine is known\n",
        run.err());
    assertEquals(1, run.exit());
  }

  @Test
  void aFileOrARegionButNotBothNorNeither() {
    assertEquals(2, CommandLineRun.of("rank").exit());
    assertEquals(2, CommandLineRun.of("rank", "--market", "a", "--region", "eu-central-1").exit());
    assertEquals(2, CommandLineRun.of("rank", "--region", "Frankfurt").exit());
    assertEquals(2, CommandLineRun.of("rank", "--market", "a", "--endpoint", "http://b").exit());
  }
}
