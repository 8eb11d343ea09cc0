package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.KubeClient;
import dev.windfall.kind.ec2.LocalEc2;
import dev.windfall.kind.ec2.Machine;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.policies.WindfallConfig;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Prices that only the leader asks for, in the whole server. */
@Timeout(90)
class PublishedPricesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String POOL =
      """
      {"apiVersion": "windfall.dev/v1alpha1", "kind": "SpotPool", "metadata": {"name": "gpu"},
       "spec": {"provider": "aws", "region": "eu-central-1",
         "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"}}}
      """;

  private final LocalApiServer cluster = LocalApiServer.start();
  private final HttpClient http = HttpClient.newHttpClient();

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

  @AfterEach
  void close() {
    cluster.close();
    http.close();
  }

  /** All replicas gone and the cloud with them: what was known is known again. */
  @Test
  void aReplicaThatStartsWithoutTheCloudHasTheOrderThatWas() throws Exception {
    String endpoint;
    Map<String, Integer> order;
    try (LocalEc2 ec2 = LocalEc2.start()) {
      endpoint = ec2.uri().toString();
      ec2.region("eu-central-1")
          .zone("eu-central-1a", "euc1-az2")
          .zone("eu-central-1b", "euc1-az3")
          .machine(Machine.nvidia("g6.xlarge", 4, 16, 1, "L4", 24576))
          .price("g6.xlarge", "eu-central-1a", "0.4021")
          .price("g6.xlarge", "eu-central-1b", "0.3021");
      try (Server first = start(endpoint)) {
        cluster.put((ObjectNode) JSON.readTree(POOL));
        order = awaitTwoRungs();
        awaitPublished();
        assertEquals("ready\n", get(first, "/readyz"));
      }
    }

    try (Server second = start(endpoint)) {
      assertEquals("ready\n", get(second, "/readyz"));
      String metrics = get(second, "/metrics");
      assertTrue(
          metrics.contains("windfall_source_offers{source=\"published price book\"} "), metrics);
      assertEquals(order, awaitTwoRungs());
    }
  }

  private Server start(String endpoint) throws InterruptedException {
    WindfallConfig config =
        WindfallConfig.read(
            Path.of("windfall.yaml"),
            """
            admission: {host: 127.0.0.1, port: 0}
            scheduler: {port: 0}
            management: {host: 127.0.0.1, port: 0}
            market:
              publish: {every: 1s}
              sources:
              - {type: aws, regions: [eu-central-1], endpoints: {ec2: "%s", pricing: "%s", quotas: "%s"}}
            """
                .formatted(endpoint, endpoint, endpoint),
            Map.of(),
            Map.of());
    Server server = new Server(config, Clocks.SYSTEM);
    server.start(metrics -> KubeClient.at(cluster.uri(), metrics));
    return server;
  }

  private String get(Server server, String path) throws Exception {
    int port = server.ports().getOrDefault(Wiring.Port.MANAGEMENT, 0);
    return http.send(
            HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + path)).build(),
            BodyHandlers.ofString())
        .body();
  }

  /** The weights of the open rungs, by their names. */
  private Map<String, Integer> awaitTwoRungs() throws IOException, InterruptedException {
    while (true) {
      String body =
          http.send(
                  HttpRequest.newBuilder(cluster.uri().resolve("/apis/karpenter.sh/v1/nodepools"))
                      .build(),
                  BodyHandlers.ofString())
              .body();
      Map<String, Integer> weights = new java.util.TreeMap<>();
      JSON.readTree(body)
          .path("items")
          .forEach(rung ->
              weights.put(rung.at("/metadata/name").asText(), rung.at("/spec/weight").asInt()));
      if (weights.size() == 2) {
        return weights;
      }
    }
  }

  private void awaitPublished() {
    Optional<ObjectNode> published = Optional.empty();
    while (published.isEmpty()) {
      published = cluster.read("v1", "ConfigMap", "windfall-system", "windfall-price-book");
    }
  }
}
