package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class RankCommandTest {
  private static final String MARKET =
      """
      offers:
      - {provider: aws, region: eu-central-1, zone: eu-central-1a, instanceType: g6.xlarge, capacity: spot,
         gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "0.4021",
         observedAt: 2026-11-20T09:59:00Z, placementScore: 7}
      - {provider: aws, region: eu-central-1, zone: eu-central-1b, instanceType: g6.12xlarge, capacity: spot,
         gpu: {model: L4, count: 4, memory: 24Gi}, cpu: 48, memory: 192Gi, usdPerHour: "1.50"}
      - {provider: aws, region: eu-central-1, zone: eu-central-1a, instanceType: g5.xlarge, capacity: on-demand,
         gpu: {model: A10G, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "1.2580"}
      """;
  private static final String POOL =
      """
      apiVersion: windfall.dev/v1alpha1
      kind: SpotPool
      metadata: {name: gpu}
      spec:
        provider: aws
        region: eu-central-1
        nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu}
        maxPricePerGpu: "0.90"
      """;

  @TempDir private Path directory;
  private String market = "";
  private String pool = "";

  @BeforeEach
  void files() throws IOException {
    market = Files.writeString(directory.resolve("market.yaml"), MARKET).toString();
    pool = Files.writeString(directory.resolve("pool.yaml"), POOL).toString();
  }

  @Test
  void theTableHasTheCheapestGpuFirst() {
    CommandLineRun run = CommandLineRun.of("rank", "--market", market);

    assertEquals(
        """
        RANK   TYPE          ZONE            CAPACITY    GPUS     USD/GPU·H    USD/H    INDEX   SCORE   AGE
           1   g6.12xlarge   eu-central-1b   spot        4 L4        0.3750   1.5000   0.3750       -    0s
           2   g6.xlarge     eu-central-1a   spot        1 L4        0.4021   0.4021   0.4021       7    1m
           3   g5.xlarge     eu-central-1a   on-demand   1 A10G      1.2580   1.2580   1.2580       -    0s
        """,
        run.out());
    assertEquals(0, run.exit());
  }

  @Test
  void theGpusOfAPodDecideOverHowManyAMachineIsPaid() {
    CommandLineRun run = CommandLineRun.of("rank", "--market", market, "--gpus", "1");

    assertTrue(run.out().lines().skip(1).findFirst().orElse("").contains("g6.xlarge"), run.out());
  }

  /** The machine with one GPU has a score of 7, and the other none, which passes. */
  @Test
  void aLeftoverNodePoolBoundsAsTheSpotPoolThatItComesTo() throws IOException {
    String leftover =
        """
        apiVersion: gpu.devplatforms.io/v1alpha1
        kind: LeftoverNodePool
        metadata: {name: gpu}
        spec: {region: eu-central-1, families: [g6], minSpotScore: 8, requeueMinutes: 3,
               subnetSelectorTags: {a: b}, securityGroupSelectorTags: {a: b}}
        """;
    Files.writeString(Path.of(pool), leftover);
    CommandLineRun scored = CommandLineRun.of("rank", "--market", market, "--pool", pool);

    assertTrue(scored.out().contains("g6.12xlarge"), scored.out());
    assertTrue(scored.out().contains("g6.xlarge"), scored.out());
    assertEquals(
        "minSpotScore 8 is dropped for now: of some GPU model and count no spot offer has a score"
            + " above it, and these are not to be left without any\n"
            + "requeueMinutes 3 has no effect: prices are read as often as market.sources in"
            + " windfall.yaml says\n",
        scored.err());
  }

  @Test
  void aFamilyThatNobodyOffersIsNotedWithThoseThatMayBeMeant() throws IOException {
    Files.writeString(Path.of(pool), POOL + "  families: [g]\n");

    assertEquals(
        "g is no family on offer in eu-central-1; g5, g6 are\n",
        CommandLineRun.of("rank", "--market", market, "--pool", pool).err());
  }

  @Test
  void thePoolBoundsWhatIsLeftAndAllSaysWhy() {
    CommandLineRun run =
        CommandLineRun.of("rank", "--market", market, "--pool", pool, "--all", "--gpus", "1");

    assertEquals(
        """
        RANK   TYPE        ZONE            CAPACITY   GPUS   USD/GPU·H    USD/H    INDEX   SCORE   AGE
           1   g6.xlarge   eu-central-1a   spot       1 L4      0.4021   0.4021   0.4021       7    1m

        REFUSED       ZONE            CAPACITY    REASON
        g5.xlarge     eu-central-1a   on-demand   capacity on-demand is not spot
        g6.12xlarge   eu-central-1b   spot        costs 1.50 USD/GPU·h over 1 of its GPUs, above the cap of 0.90
        """,
        run.out());
  }

  @Test
  void whatMovesAnOfferBesideItsPriceIsSaidWhereThereIsAny() throws IOException {
    Files.writeString(
        Path.of(market),
        """
        offers:
        - {provider: aws, region: r, zone: z1, instanceType: g6.xlarge, capacity: spot,
           gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "0.40",
           interruption: ">20%"}
        - {provider: aws, region: r, zone: z2, instanceType: g6.4xlarge, capacity: spot,
           gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 16, memory: 64Gi, usdPerHour: "0.41"}
        """);

    CommandLineRun run = CommandLineRun.of("rank", "--market", market);

    assertEquals(
        """
        RANK   TYPE         ZONE   CAPACITY   GPUS   USD/GPU·H    USD/H    INDEX   SCORE   AGE   WHY
           1   g6.4xlarge   z2     spot       1 L4      0.4100   0.4100   0.4100       -    0s
           2   g6.xlarge    z1     spot       1 L4      0.4000   0.4000   0.4201       -    0s   0.0201 expected loss from a >20% band
        """,
        run.out());
  }

  @Test
  void jsonIsForPrograms() {
    CommandLineRun run =
        CommandLineRun.of("rank", "--market", market, "--pool", pool, "--gpus", "1", "-o", "json");

    assertEquals(
        """
        {
          "bookVersion" : "VERSION",
          "observedAt" : "2026-11-20T10:00:00Z",
          "offers" : [ {
            "rank" : 1,
            "provider" : "aws",
            "region" : "eu-central-1",
            "zone" : "eu-central-1a",
            "instanceType" : "g6.xlarge",
            "capacity" : "spot",
            "architecture" : "amd64",
            "gpuModel" : "L4",
            "gpus" : 1,
            "usdPerHour" : 0.4021,
            "usdPerGpuHour" : 0.4021,
            "index" : 0.4021,
            "placementScore" : 7,
            "ageSeconds" : 60,
            "reasons" : [ "placement score 7" ]
          } ],
          "refused" : [ {
            "instanceType" : "g5.xlarge",
            "zone" : "eu-central-1a",
            "capacity" : "on-demand",
            "reason" : "capacity on-demand is not spot"
          }, {
            "instanceType" : "g6.12xlarge",
            "zone" : "eu-central-1b",
            "capacity" : "spot",
            "reason" : "costs 1.50 USD/GPU·h over 1 of its GPUs, above the cap of 0.90"
          } ]
        }
        """,
        run.out().replaceFirst("\"[0-9a-f]{12}\"", "\"VERSION\""));
  }

  @Test
  void anOfferThatCannotBeUsedIsSaidOnStandardError() throws IOException {
    Files.writeString(Path.of(market), MARKET.replace("\"0.4021\"", "\"-0.40\""));

    CommandLineRun run = CommandLineRun.of("rank", "--market", market);

    assertEquals(0, run.exit());
    assertTrue(
        run.err()
            .contains("must not be negative; the offer g6.xlarge in eu-central-1a is left out"),
        run.err());
  }

  @Test
  void aMissingFileIsAFailureAndNoTrace() {
    CommandLineRun run = CommandLineRun.of("rank", "--market", "nowhere.yaml");

    assertEquals("windfall: nowhere.yaml: there is no such file\n", run.err());
    assertEquals(1, run.exit());
  }

  @Test
  void aWrongOptionIsWrongUsage() {
    assertEquals(2, CommandLineRun.of("rank").exit());
    assertEquals(2, CommandLineRun.of("rank", "--market", market, "--gpus", "0").exit());
    assertEquals(2, CommandLineRun.of("rnak").exit());
    assertEquals(2, CommandLineRun.of().exit());
  }
}
