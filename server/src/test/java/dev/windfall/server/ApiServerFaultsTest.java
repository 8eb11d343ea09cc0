package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.KubeClient;
import dev.windfall.kind.local.Asked;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.policies.WindfallConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * The whole server before an API server that does what API servers do on a bad day. What has to be
 * written is written once that is over, and a person is told.
 */
@Timeout(60)
class ApiServerFaultsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String POOL =
      """
      {"apiVersion": "windfall.dev/v1alpha1", "kind": "SpotPool", "metadata": {"name": "gpu"},
       "spec": {"provider": "aws", "region": "eu-central-1", "families": ["g6", "g5"],
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"}}}
      """;

  @TempDir private Path directory;
  private final LocalApiServer cluster = LocalApiServer.start();
  private final HttpClient http = HttpClient.newHttpClient();

  @BeforeEach
  void g6IsCheaper() throws IOException {
    prices("0.40", "0.60");
  }

  @AfterEach
  void close() {
    cluster.close();
    http.close();
  }

  // What goes wrong.

  @Test
  void anApiServerThatIsAwayFindsTheOrderOfTodayWhenItIsBack() throws Exception {
    try (Server server = withRungs()) {
      cluster.faults().always("*", "*", Fault.refuse());
      cluster.cutWatches();
      prices("0.80", "0.60");
      eventually(() -> failedCalls(server) > 20);
      assertEquals(200, get(server, "/livez"), "a restart would help nobody");
      assertEquals(List.of("g6", "g5"), order(), "nothing was written");

      cluster.faults().clear();
      eventually(() -> order().equals(List.of("g5", "g6")));
    }
  }

  @Test
  void aStormOfConflictsEndsInTheOrderThatWasMeant() throws Exception {
    try (Server server = withRungs()) {
      for (int i = 0; i < 3; i++) {
        cluster.faults().next("patch", "nodepools", Fault.status(409));
      }
      prices("0.80", "0.60");

      eventually(() -> order().equals(List.of("g5", "g6")));
      assertEquals("ready\n", body(server, "/readyz"));
    }
  }

  @Test
  void whoIsTurnedAwayComesBackWhenItWasToldTo() throws Exception {
    try (Server _ = withRungs()) {
      cluster.forgetRequests();
      for (int i = 0; i < 2; i++) {
        cluster
            .faults()
            .next("patch", "nodepools", new Fault.Answer(429, "TooManyRequests", "busy", 1));
      }
      long begin = System.nanoTime();
      prices("0.80", "0.60");

      eventually(() -> order().equals(List.of("g5", "g6")));
      assertTrue(System.nanoTime() - begin > 1_900_000_000L, "twice a second was asked for");
    }
  }

  @Test
  void watchesThatAreCutAgainAndAgainCostNoWriteAndLoseNoNews() throws Exception {
    try (Server server = withRungs()) {
      cluster.forgetRequests();
      eventually(() -> {
        cluster.cutWatches();
        return cluster.requests("watch", "nodepools").size() >= 3;
      });
      assertEquals(List.of(), writes(), "nothing had changed");

      prices("0.80", "0.60");
      eventually(() -> order().equals(List.of("g5", "g6")));
      assertEquals("ready\n", body(server, "/readyz"));
    }
  }

  @Test
  void anAnswerThatIsLostLeadsToNoSecondRung() throws Exception {
    cluster.faults().next("create", "nodepools", Fault.mute());
    cluster.faults().next("patch", "spotpools", Fault.mute());
    try (Server _ = withRungs()) {
      assertEquals(List.of("g6", "g5"), order());
    }
  }

  // What is missing.

  @Test
  void withoutKarpenterItWaitsAndSaysSoAndGoesOnOnceItIsThere() throws Exception {
    for (String kind : List.of("nodepools", "nodeclaims")) {
      cluster.faults().always("*", kind, Fault.status(404));
    }
    startsOnlyAfter("nodepools cannot be read: ", "404 Not Found", "is Karpenter installed");
  }

  @Test
  void withoutARightItWaitsAndSaysWhichAndGoesOnOnceItIsGranted() throws Exception {
    cluster.faults().always("*", "pods", Fault.status(403));

    startsOnlyAfter("pods cannot be read: ", "403 Forbidden", "may Windfall list and watch them?");
  }

  /** That nobody may look is no word about what is there: what is bought stays. */
  @Test
  void aRightThatIsTakenAwayLaterLeavesWhatIsThere() throws Exception {
    try (Server server = withRungs()) {
      cluster.faults().always("*", "spotpools", Fault.status(403));
      cluster.cutWatches();
      eventually(() -> failedCalls(server) > 3);

      assertEquals(List.of("g6", "g5"), order());
    }
  }

  @Test
  void aWriteThatIsForbiddenIsSaidInTheStatusOfThePool() throws Exception {
    cluster.faults().always("create", "nodepools", Fault.status(403));
    try (Server _ = start()) {
      put(POOL);

      eventually(() -> condition("Degraded").path("message").asText().contains("403 Forbidden"));
      assertEquals("RungRefused", condition("Degraded").path("reason").asText());
      cluster.faults().clear();
      // Else it is tried again within a minute.
      prices("0.41", "0.60");
      eventually(() -> order().equals(List.of("g6", "g5")));
      eventually(() -> condition("Degraded").path("status").asText().equals("False"));
    }
  }

  private void startsOnlyAfter(String... reasons) throws Exception {
    try (Server server = server();
        ExecutorService starting = Executors.newSingleThreadExecutor()) {
      Future<?> started =
          starting.submit(() -> {
            server.start(metrics -> KubeClient.at(cluster.uri(), metrics));
            return null;
          });
      eventually(() -> !server.ports().isEmpty());
      for (String reason : reasons) {
        eventually(() -> body(server, "/readyz").contains(reason));
      }
      assertEquals(200, get(server, "/livez"));
      assertFalse(started.isDone());

      cluster.faults().clear();
      started.get();
      assertEquals("ready\n", body(server, "/readyz"));
    }
  }

  // The world.

  private void prices(String g6, String g5) throws IOException {
    StringBuilder offers = new StringBuilder("offers:\n");
    Map.of("g6.xlarge", g6, "g5.xlarge", g5)
        .forEach((type, usd) ->
            offers.append(
                """
                - {provider: aws, region: eu-central-1, zone: eu-central-1a, instanceType: %s, capacity: spot,
                   gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "%s"}
                """
                    .formatted(type, usd)));
    Path next = Files.writeString(directory.resolve("next.yaml"), offers);
    Files.move(next, directory.resolve("market.yaml"), StandardCopyOption.REPLACE_EXISTING);
  }

  private Server server() {
    WindfallConfig config =
        WindfallConfig.read(
            directory.resolve("windfall.yaml"),
            """
            roles: [extender, reconciler]
            scheduler: {port: 0}
            management: {host: 127.0.0.1, port: 0}
            market: {sources: [{type: file, path: market.yaml}]}
            """,
            Map.of(),
            Map.of());
    return new Server(config, Clocks.SYSTEM);
  }

  private Server start() throws InterruptedException {
    Server server = server();
    server.start(metrics -> KubeClient.at(cluster.uri(), metrics));
    return server;
  }

  private Server withRungs() throws Exception {
    Server server = start();
    put(POOL);
    eventually(() -> order().equals(List.of("g6", "g5")));
    eventually(() -> condition("Ready").path("status").asText().equals("True"));
    return server;
  }

  private void put(String manifest) throws IOException {
    cluster.put((ObjectNode) JSON.readTree(manifest));
  }

  /** Families of the exact rungs, the heaviest first. */
  private List<String> order() {
    return cluster.all("karpenter.sh/v1", "NodePool").stream()
        .filter(rung -> rung.at("/spec/template/metadata/labels").has("windfall.dev/offer"))
        .sorted(Comparator.comparingInt(rung -> -rung.at("/spec/weight").asInt()))
        .map(rung -> rung.at("/spec/template/metadata/labels/windfall.dev~1offer").asText())
        .map(offer -> offer.substring("eu-central-1a.".length()).replaceFirst("\\..*", ""))
        .toList();
  }

  private JsonNode condition(String type) {
    for (JsonNode condition :
        cluster
            .read("windfall.dev/v1alpha1", "SpotPool", "", "gpu")
            .orElseThrow()
            .at("/status/conditions")) {
      if (condition.path("type").asText().equals(type)) {
        return condition;
      }
    }
    return JSON.missingNode();
  }

  private List<Asked> writes() {
    return cluster.writes().stream()
        .filter(write -> !write.plural().equals("leases") && !write.plural().equals("events"))
        .toList();
  }

  private double failedCalls(Server server) throws Exception {
    return body(server, "/metrics")
        .lines()
        .filter(line -> line.startsWith("windfall_kubernetes_requests_total{"))
        .filter(line -> line.contains("status=\"0\"") || line.contains("status=\"403\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private int get(Server server, String path) throws Exception {
    return http.send(request(server, path), BodyHandlers.discarding()).statusCode();
  }

  private String body(Server server, String path) throws Exception {
    return http.send(request(server, path), BodyHandlers.ofString()).body();
  }

  private static HttpRequest request(Server server, String path) {
    int port = server.ports().getOrDefault(Wiring.Port.MANAGEMENT, 0);
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
  }

  /** The class's time-out ends what never comes true. */
  private static void eventually(Callable<Boolean> condition) throws Exception {
    while (!condition.call()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      Thread.onSpinWait();
    }
  }
}
