package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.KubeClient;
import dev.windfall.kind.local.Asked;
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
import java.util.Set;
import java.util.concurrent.Callable;
import java.util.function.Predicate;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.io.TempDir;

/** The whole server before an API server in this process, with a pool of two families. */
abstract class OnePool {
  static final ObjectMapper JSON = new ObjectMapper();
  static final String POOL =
      """
      {"apiVersion": "windfall.dev/v1alpha1", "kind": "SpotPool", "metadata": {"name": "gpu"},
       "spec": {"provider": "aws", "region": "eu-central-1", "families": ["g6", "g5"],
        "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"}}}
      """;

  @TempDir private Path directory;
  final LocalApiServer cluster = LocalApiServer.start();
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

  void prices(String g6, String g5) throws IOException {
    prices(Map.of("g6.xlarge", g6, "g5.xlarge", g5));
  }

  /** The same with an offer that the pool does not want. */
  void prices(String g6, String g5, String g4dn) throws IOException {
    prices(Map.of("g6.xlarge", g6, "g5.xlarge", g5, "g4dn.xlarge", g4dn));
  }

  private void prices(Map<String, String> usdPerHour) throws IOException {
    StringBuilder offers = new StringBuilder("offers:\n");
    usdPerHour.forEach((type, usd) ->
        offers.append(
            """
            - {provider: aws, region: eu-central-1, zone: eu-central-1a, instanceType: %s, capacity: spot,
               gpu: {model: L4, count: 1, memory: 24Gi}, cpu: 4, memory: 16Gi, usdPerHour: "%s"}
            """
                .formatted(type, usd)));
    Path next = Files.writeString(directory.resolve("next.yaml"), offers);
    Files.move(next, directory.resolve("market.yaml"), StandardCopyOption.REPLACE_EXISTING);
  }

  Server server() {
    return server("", Clocks.SYSTEM);
  }

  /**
   * A server that is not started.
   *
   * @param sources besides the file, each with a comma before it
   */
  Server server(String sources, Clocks clocks) {
    return server(sources, clocks, "");
  }

  /**
   * The same.
   *
   * @param more keys of the configuration
   */
  Server server(String sources, Clocks clocks, String more) {
    WindfallConfig config =
        WindfallConfig.read(
            directory.resolve("windfall.yaml"),
            """
            roles: [extender, reconciler]
            scheduler: {port: 0}
            management: {host: 127.0.0.1, port: 0}
            market: {sources: [{type: file, path: market.yaml}%s]}
            %s
            """
                .formatted(sources, more),
            Map.of(),
            Map.of());
    return new Server(config, clocks);
  }

  Server start() throws InterruptedException {
    return started(server());
  }

  Server started(Server server) throws InterruptedException {
    server.start(metrics -> KubeClient.at(cluster.uri(), metrics));
    return server;
  }

  Server withRungs() throws Exception {
    return withRungs(server());
  }

  /** Starts {@code server}, has it make two rungs, and returns when its pool is ready. */
  Server withRungs(Server server) throws Exception {
    var _ = started(server);
    put(POOL);
    eventually(() -> order().equals(List.of("g6", "g5")));
    eventually(() -> condition("Ready").path("status").asText().equals("True"));
    return server;
  }

  void put(String manifest) throws IOException {
    cluster.put((ObjectNode) JSON.readTree(manifest));
  }

  /** Families of the exact rungs, the heaviest first. */
  List<String> order() {
    return cluster.all("karpenter.sh/v1", "NodePool").stream()
        .filter(rung -> rung.at("/spec/template/metadata/labels").has("windfall.dev/offer"))
        .sorted(Comparator.comparingInt(rung -> -rung.at("/spec/weight").asInt()))
        .map(rung -> rung.at("/spec/template/metadata/labels/windfall.dev~1offer").asText())
        .map(offer -> offer.substring("eu-central-1a.".length()).replaceFirst("\\..*", ""))
        .toList();
  }

  JsonNode condition(String type) {
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

  List<Asked> writes() {
    return cluster.writes().stream()
        .filter(write -> !write.plural().equals("leases") && !write.plural().equals("events"))
        .toList();
  }

  double failedCalls(Server server) throws Exception {
    return sum(
        server,
        "windfall_kubernetes_requests_total",
        sample -> Set.of("0", "403").contains(sample.label("status")));
  }

  /** How often a loop has looked. */
  double passes(Server server, String loop) throws Exception {
    return sum(server, "windfall_loop_passes_total", sample -> sample.label("loop").equals(loop));
  }

  double sum(Server server, String metric, Predicate<Samples.Sample> which) throws Exception {
    return Samples.read(body(server, "/metrics"))
        .of(metric)
        .filter(which)
        .mapToDouble(Samples.Sample::value)
        .sum();
  }

  int get(Server server, String path) throws Exception {
    return http.send(request(server, path), BodyHandlers.discarding()).statusCode();
  }

  String body(Server server, String path) throws Exception {
    return http.send(request(server, path), BodyHandlers.ofString()).body();
  }

  private static HttpRequest request(Server server, String path) {
    int port = server.ports().getOrDefault(Wiring.Port.MANAGEMENT, 0);
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build();
  }

  /** The exact rung of a family. */
  private JsonNode exact(String family) {
    return cluster.all("karpenter.sh/v1", "NodePool").stream()
        .filter(rung ->
            rung.at("/spec/template/metadata/labels/windfall.dev~1offer")
                .asText()
                .contains("." + family + "."))
        .findFirst()
        .orElseThrow();
  }

  String rung(String family) {
    return exact(family).at("/metadata/name").asText();
  }

  boolean closed(String family) {
    return exact(family).at("/metadata/annotations").has("windfall.dev/closed");
  }

  /** Has a loop look again, twice since the first look may have begun before. */
  void look(Server server, String loop) throws Exception {
    for (int i = 0; i < 2; i++) {
      double before = passes(server, loop);
      String meaningless = Double.toString(before);
      assertTrue(
          cluster.change(
              "windfall.dev/v1alpha1",
              "SpotPool",
              "",
              "gpu",
              pool -> {
                pool.withObject("/metadata/annotations").put("looked", meaningless);
                return pool;
              }));
      eventually(() -> passes(server, loop) > before);
    }
  }

  /** The class's time-out ends what never comes true. */
  static void eventually(Callable<Boolean> condition) throws Exception {
    while (!condition.call()) {
      if (Thread.interrupted()) {
        throw new InterruptedException();
      }
      Thread.onSpinWait();
    }
  }
}
