package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code windfall doctor} and servers that say over HTTP what the test has them say. */
@Timeout(60)
class DoctorCommandTest {
  /** What a healthy server with every role shows. {@code NOW} is its own time. */
  private static final String HEALTHY =
      """
      # HELP windfall_build_info What this replica was built from.
      # TYPE windfall_build_info gauge
      jvm_memory_used_bytes{area="heap"} 5.0E7
      windfall_build_info{commit="abc",java="25",version="1"} 1
      windfall_drift_refused_total 0.0
      windfall_extender_calls_total{verb="filter"} 0.0
      windfall_extender_calls_total{verb="prioritize"} 40.0
      windfall_extender_nodes_known 12.0
      windfall_extender_nodes_total{price="known"} 98.0
      windfall_extender_nodes_total{price="unknown"} 2.0
      windfall_extender_oldest_price_age_seconds 30.0
      windfall_extender_scheduled_pods_total{asked="no"} 0.0
      windfall_extender_scheduled_pods_total{asked="yes"} 40.0
      windfall_source_last_success_timestamp_seconds{source="file market.yaml"} NOW
      windfall_source_offers{source="file market.yaml"} 14.0
      windfall_source_up{source="file market.yaml"} 1.0
      windfall_watch_last_event_timestamp_seconds{resource="nodes",watch="machines"} NOW
      windfall_watch_last_event_timestamp_seconds{resource="nodes",watch="nodes"} NOW
      windfall_watch_last_event_timestamp_seconds{resource="pods",watch="pods"} NOW
      """;

  private final List<HttpServer> servers = new ArrayList<>();

  @AfterEach
  void stop() {
    servers.forEach(server -> server.stop(0));
  }

  /** The URL of a server that is ready and shows these metrics. */
  private String healthyBut(String... replacements) throws IOException {
    String metrics = HEALTHY;
    for (int i = 0; i < replacements.length; i += 2) {
      assertTrue(metrics.contains(replacements[i]), replacements[i]);
      metrics = metrics.replace(replacements[i], replacements[i + 1]);
    }
    return server(200, "ready\n", metrics);
  }

  private String server(int readyStatus, String ready, String metrics) throws IOException {
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.createContext(
        "/",
        call -> {
          boolean readyz = call.getRequestURI().getPath().equals("/readyz");
          // The answer's own Date is the server's time, whatever time it is where the doctor runs.
          String now = String.valueOf(Instant.now().getEpochSecond());
          byte[] body =
              (readyz ? ready : metrics.replace("NOW", now)).getBytes(StandardCharsets.UTF_8);
          call.sendResponseHeaders(readyz ? readyStatus : 200, body.length);
          call.getResponseBody().write(body);
          call.close();
        });
    server.start();
    servers.add(server);
    return "http://127.0.0.1:" + server.getAddress().getPort();
  }

  private static CommandLineRun doctor(String... urls) {
    return CommandLineRun.of("doctor", "--server", String.join(",", urls));
  }

  private static String longAgo(int seconds) {
    return String.valueOf(Instant.now().getEpochSecond() - seconds);
  }

  @Test
  void aHealthyServerIsALineForEachCheck() throws IOException {
    CommandLineRun run = doctor(healthyBut());

    assertEquals(
        """
        STATE   CHECK      FOUND
        ok      ready      ready
        ok      prices     file market.yaml: read 0s ago, 14 offers
        ok      cluster    2 kinds are watched; each was heard of within 0s
        ok      nodes      nothing that can be seen takes nodes from GPU pods; Karpenter's feature gates cannot be seen: NodeRepair takes unhealthy nodes, with what runs there
        ok      extender   asked 40 times
        ok      extender   knows 12 GPU nodes; 2% of the prices that were asked for are unknown

        0 problems, 0 warnings
        """,
        run.out());
    assertEquals("", run.err());
    assertEquals(0, run.exit());
  }

  @Test
  void aDevicePluginThatKeepsAwayFromRungsIsNamedWithThePatch() throws IOException {
    CommandLineRun run =
        doctor(
            healthyBut(
                "windfall_drift_refused_total 0.0\n",
                """
                windfall_advice{check="device-plugin",object="kube-system/nvdp"} 1.0
                windfall_advice{check="of-another-version",object="x"} 1.0
                windfall_drift_refused_total 0.0
                """));

    String line = run.out().lines().filter(l -> l.startsWith("warning")).findFirst().orElse("");
    assertTrue(line.contains("nodes      daemonset kube-system/nvdp looks like"), run.out());
    assertTrue(line.contains("kubectl patch daemonset nvdp -n kube-system --type json"), line);
    assertEquals(0, run.exit());
  }

  @Test
  void whatIsMissingOfAServerThatIsNotReadyIsAProblemEach() throws IOException {
    CommandLineRun run =
        doctor(
            server(
                503,
                "not ready:\n- the prices are being read\n- the cluster is being read\n",
                HEALTHY));

    assertTrue(run.out().contains("problem   ready      not ready: the prices are being read;"));
    assertTrue(run.out().contains("problem   ready      not ready: the cluster is being read;"));
    assertEquals(1, run.exit());
  }

  @Test
  void aServerThatCannotBeReachedIsAProblemAndTheOthersAreExaminedStill() throws IOException {
    int free;
    try (ServerSocket socket = new ServerSocket(0)) {
      free = socket.getLocalPort();
    }
    CommandLineRun run = doctor("http://127.0.0.1:" + free, healthyBut());

    assertTrue(run.out().contains("cannot be asked: nobody listens there"), run.out());
    assertTrue(run.out().contains("kubectl port-forward -n windfall-system POD 9090"), run.out());
    assertTrue(run.out().contains("asked 40 times"), run.out());
    assertEquals(1, run.exit());
  }

  @Test
  void whatIsNoManagementPortIsSaidToBeNone() throws IOException {
    for (String metrics : List.of("<html>", "windfall_build_info{", "other_metric 1\n")) {
      CommandLineRun run = doctor(server(200, "hello", metrics));

      assertTrue(run.out().contains("problem   server"), run.out());
      assertEquals(1, run.exit());
    }
  }

  @Test
  void aSourceThatFailsIsAWarningAndAProblemWhenItIsTheOnlyOne() throws IOException {
    String down = "windfall_source_up{source=\"file market.yaml\"} ";
    assertFinding(
        "problem   prices     file market.yaml cannot be read", down + "1.0", down + "0.0");
    assertFinding(
        "warning   prices     file market.yaml cannot be read",
        down + "1.0",
        down + "0.0\nwindfall_source_up{source=\"aws eu-central-1\"} 1.0");
  }

  @Test
  void aRightThatAwsDeniesIsNamedWithItsStatementAndWhatFollows() throws IOException {
    String up = "windfall_source_up{source=\"file market.yaml\"} 1.0";
    String denied = "\nwindfall_source_denied{source=\"file market.yaml\",right=\"%s\"} 1.0";
    assertFinding(
        "warning   prices     file market.yaml: ec2:GetSpotPlacementScores is denied; Windfall's"
            + " role needs statement WindfallReadsPlacementScores of deploy/aws/policy.json,",
        up,
        up + denied.formatted("ec2:GetSpotPlacementScores"));
    assertFinding(
        "warning   prices     file market.yaml: ec2:Newer is denied\n",
        up,
        up + denied.formatted("ec2:Newer"));
  }

  /** It was once said of a right that is missing too, without its name. */
  @Test
  void questionsThatFailForOtherReasonsAreCounted() throws IOException {
    String up = "windfall_source_up{source=\"file market.yaml\"} 1.0";
    String troubles =
        "\nwindfall_source_denied{source=\"file market.yaml\",right=\"pricing:GetProducts\"} 1.0"
            + "\nwindfall_source_troubles{source=\"file market.yaml\"} ";
    assertFinding(
        "ok        prices     file market.yaml: read 0s ago, 14 offers", up, up + troubles + "1.0");
    assertFinding(
        "warning   prices     file market.yaml: read 0s ago, but 2 of its questions",
        up,
        up + troubles + "3.0");
  }

  @Test
  void pricesThatNobodyHasReadForLongAreAWarningAndInTheEndAProblem() throws IOException {
    String read = "windfall_source_last_success_timestamp_seconds{source=\"file market.yaml\"} ";
    assertFinding(
        "warning   prices     file market.yaml: read 20m ago", read + "NOW", read + longAgo(1_210));
    assertFinding(
        "problem   prices     file market.yaml: read 2h ago", read + "NOW", read + longAgo(7_210));
  }

  @Test
  void aWatchThatIsSilentIsAWarningAndInTheEndAProblem() throws IOException {
    String heard =
        "windfall_watch_last_event_timestamp_seconds{resource=\"nodes\",watch=\"nodes\"} ";
    assertFinding(
        "warning   cluster    nothing heard of nodes for 4m", heard + "NOW", heard + longAgo(250));
    assertFinding(
        "problem   cluster    nothing heard of nodes for 1h",
        heard + "NOW",
        heard + longAgo(4_000));
  }

  /** The other watch of nodes was heard of, and hid it. */
  @Test
  void ofTwoWatchesOfOneKindTheSilentOneIsNamed() throws IOException {
    String heard =
        "windfall_watch_last_event_timestamp_seconds{resource=\"nodes\",watch=\"machines\"} ";
    assertFinding(
        "warning   cluster    nothing heard of nodes (machines) for 4m",
        heard + "NOW",
        heard + longAgo(250));
  }

  @Test
  void callsThatWereNotAnsweredAreCountedByKind() throws IOException {
    String before = "windfall_extender_nodes_known";
    String unreadable = "windfall_extender_rejected_total{kind=\"unreadable\"} 2.0\n";
    assertFinding(
        "warning   extender   calls that could not be answered since the start: unreadable 2; the"
            + " log says",
        before,
        unreadable + before);
    assertFinding(
        "problem   extender   calls that could not be answered since the start: unreadable 2,"
            + " whole-nodes 7; the scheduler's configuration of the extender lacks"
            + " nodeCacheCapable: true",
        before,
        unreadable + "windfall_extender_rejected_total{kind=\"whole-nodes\"} 7.0\n" + before);
  }

  @Test
  void manyUnknownPricesAndAnOldOneAreWarnings() throws IOException {
    assertFinding(
        "warning   extender   knows 12 GPU nodes; 50% of the prices that were asked for are"
            + " unknown; windfall score says which, and why",
        "unknown\"} 2.0", "unknown\"} 98.0");
    assertFinding(
        "warning   extender   the oldest price in a last call was 1h old",
        "age_seconds 30.0",
        "age_seconds 4000.0");
    assertFinding("warning   extender   knows no node with GPUs", "known 12.0", "known 0.0");
  }

  @Test
  void aSchedulerThatNeverAsksIsAProblemOnceItShouldHave() throws IOException {
    String calls = "prioritize\"} 40.0";
    String asked = "{asked=\"no\"} 0.0\nwindfall_extender_scheduled_pods_total{asked=\"yes\"} 40.0";
    String never = "{asked=\"no\"} 7.0\nwindfall_extender_scheduled_pods_total{asked=\"yes\"} 0.0";

    assertFinding(
        "problem   extender   the scheduler never asks: 7 GPU pods were scheduled although several"
            + " nodes fitted, so prices do not count; its KubeSchedulerConfiguration needs under"
            + " extenders: {urlPrefix: http://127.0.0.1:8888/scheduler,",
        calls,
        "prioritize\"} 0.0",
        asked,
        never);
    assertFinding(
        "ok      extender   not asked yet;",
        calls,
        "prioritize\"} 0.0",
        asked,
        never.replace("7.0", "2.0"));
    assertFinding(
        "problem   extender   the scheduler asks for filter (9 times) and never for scores",
        calls,
        "prioritize\"} 0.0",
        "filter\"} 0.0",
        "filter\"} 9.0");
    assertFinding(
        "warning   extender   asked 40 times, but not about 7 GPU pods",
        "\"no\"} 0.0",
        "\"no\"} 7.0");
  }

  @Test
  void ofSeveralServersTheOneThatIsAskedAnswersForAll() throws IOException {
    String standby =
        healthyBut(
            "prioritize\"} 40.0",
            "prioritize\"} 0.0",
            "{asked=\"no\"} 0.0",
            "{asked=\"no\"} 40.0",
            "{asked=\"yes\"} 40.0",
            "{asked=\"yes\"} 0.0");
    assertEquals(1, doctor(standby).exit());
    CommandLineRun run = doctor(standby, healthyBut());

    assertTrue(
        run.out().contains("extender   all                      asked 40 times\n"), run.out());
    assertTrue(run.out().endsWith("0 problems, 0 warnings\n"), run.out());
    assertEquals(0, run.exit());
  }

  @Test
  void aServerWithoutTheRoleHasNoLineForIt() throws IOException {
    String metrics =
        HEALTHY
            .lines()
            .filter(line -> !line.contains("extender"))
            .reduce("", (a, b) -> a + b + "\n");

    assertTrue(!doctor(server(200, "ready\n", metrics)).out().contains("extender"));
  }

  @Test
  void jsonIsForPrograms() throws IOException {
    JsonNode json =
        new ObjectMapper()
            .readTree(CommandLineRun.of("doctor", "--server", healthyBut(), "-o", "json").out());

    assertEquals(0, json.path("problems").asInt());
    assertEquals("ok", json.at("/findings/0/state").asText());
    assertEquals("ready", json.at("/findings/0/check").asText());
    assertTrue(json.at("/findings/4/server").isNull(), json.toString());
  }

  @Test
  void aServerThatIsNoUrlIsWrongUsage() {
    assertEquals(2, doctor("127.0.0.1:9090").exit());
    assertEquals(2, doctor("http://user:secret@host").exit());
  }

  @Test
  void metricsAreReadWithTheirEscapesAndNothingElseIsTakenForOne() {
    Samples samples =
        Samples.read(
            """
            windfall_a{x="a \\"b\\" \\\\ \\n,}",y="z"} 1.5E3 1700000000
            windfall_b +Inf
            other{ 1
            """);

    assertEquals("a \"b\" \\ \n,}", samples.of("windfall_a").findFirst().orElseThrow().label("x"));
    assertEquals(1500, samples.sum("windfall_a", "y", "z"));
    assertEquals(Double.POSITIVE_INFINITY, samples.sum("windfall_b"));
    for (String wrong :
        List.of(
            "windfall_a", "windfall_a{x=\"", "windfall_a{x} 1", "windfall_a x", "windfall_a 1f")) {
      assertThrows(IllegalArgumentException.class, () -> Samples.read(wrong), wrong);
    }
  }

  private void assertFinding(String line, String... replacements) throws IOException {
    CommandLineRun run = doctor(healthyBut(replacements));

    assertTrue(run.out().contains("\n" + line), run.out());
    assertEquals(line.startsWith("problem") ? 1 : 0, run.exit(), run.out());
  }
}
