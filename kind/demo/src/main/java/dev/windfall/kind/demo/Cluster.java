package dev.windfall.kind.demo;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.policies.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.function.UnaryOperator;

/**
 * The cluster as the demo sees it. What a person would do goes over HTTP, so that webhooks are
 * asked; what is played goes straight into the store, and is not counted among the requests that
 * Windfall made.
 */
final class Cluster {
  static final String NAMESPACE = "default";
  static final String KARPENTER = "karpenter.sh/v1";
  static final String SPOT_POOLS = "windfall.dev/v1alpha1";

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(30);

  private final LocalApiServer server;
  private final HttpClient http;

  Cluster(LocalApiServer server, HttpClient http) {
    this.server = server;
    this.http = http;
  }

  URI uri() {
    return server.uri();
  }

  LocalApiServer server() {
    return server;
  }

  /**
   * Creates an object as {@code kubectl create} does.
   *
   * @param collection URL path, such as {@code /api/v1/namespaces/default/pods}
   * @return what was stored
   * @throws DemoException when the API server refuses
   */
  ObjectNode create(String collection, ObjectNode object) throws InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(server.uri().resolve(collection))
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(object.toString()))
            .build();
    try {
      HttpResponse<String> response = http.send(request, BodyHandlers.ofString());
      JsonNode answer = MAPPER.readTree(response.body());
      if (response.statusCode() != 201) {
        throw new DemoException(
            "creating %s %s: %s"
                .formatted(
                    object.path("kind").asText(),
                    object.at("/metadata/name").asText(),
                    answer.path("message").asText()));
      }
      return (ObjectNode) answer;
    } catch (IOException e) {
      throw new DemoException("asking the API server of the demo: " + e.getMessage());
    }
  }

  ObjectNode createPod(ObjectNode pod) throws InterruptedException {
    return create("/api/v1/namespaces/" + NAMESPACE + "/pods", pod);
  }

  void put(ObjectNode object) {
    var _ = server.put(object);
  }

  /** Changes an object in place; one that somebody has deleted meanwhile is left so. */
  void change(ObjectNode object, UnaryOperator<ObjectNode> change) {
    boolean _ =
        server.change(
            object.path("apiVersion").asText(),
            object.path("kind").asText(),
            object.at("/metadata/namespace").asText(""),
            object.at("/metadata/name").asText(),
            change);
  }

  List<ObjectNode> pods() {
    return server.all("v1", "Pod");
  }

  Optional<ObjectNode> pod(String name) {
    return server.read("v1", "Pod", NAMESPACE, name);
  }

  List<ObjectNode> nodes() {
    return server.all("v1", "Node");
  }

  List<ObjectNode> nodePools() {
    return server.all(KARPENTER, "NodePool");
  }

  List<ObjectNode> nodeClaims() {
    return server.all(KARPENTER, "NodeClaim");
  }

  /** The demo's SpotPool; empty when somebody deleted it. */
  Optional<ObjectNode> spotPool() {
    return server.read(SPOT_POOLS, "SpotPool", "", Samples.POOL);
  }

  /** Takes a machine away, or what somebody has left of it. */
  void removeMachine(String name) {
    if (server.read("v1", "Node", "", name).isPresent()) {
      server.remove("v1", "Node", "", name);
    }
    if (server.read(KARPENTER, "NodeClaim", "", name).isPresent()) {
      server.remove(KARPENTER, "NodeClaim", "", name);
    }
  }

  /** What events say about a pod, in the order in which they were first written. */
  List<String> eventsOf(String pod, String reason) {
    return server.all("events.k8s.io/v1", "Event").stream()
        .filter(event -> event.at("/regarding/name").asText().equals(pod))
        .filter(event -> event.path("reason").asText().equals(reason))
        .map(event -> event.path("note").asText())
        .toList();
  }

  /** A pod as Windfall reads it: its GPUs as the scheduler counts them. */
  static Pod read(JsonNode pod) {
    try (var parser = MAPPER.treeAsTokens(pod)) {
      parser.nextToken();
      return Pod.read(parser);
    } catch (IOException e) {
      throw new UncheckedIOException("reading a tree", e);
    }
  }

  /** An object out of YAML's little brother. */
  static ObjectNode json(String text) {
    try {
      return (ObjectNode) MAPPER.readTree(text);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException(text, e);
    }
  }
}
