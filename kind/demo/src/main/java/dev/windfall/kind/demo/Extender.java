package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Asks Windfall's extender as kube-scheduler does, with {@code nodeCacheCapable: true}. */
final class Extender {
  private static final String PATH = "/scheduler/prioritize";

  private static final ObjectMapper MAPPER = new ObjectMapper();
  private static final Duration TIMEOUT = Duration.ofSeconds(5);

  private final URI uri;
  private final HttpClient http;

  Extender(URI scheduler, HttpClient http) {
    this.uri = scheduler.resolve(PATH);
    this.http = http;
  }

  URI uri() {
    return uri;
  }

  /**
   * The scores of nodes for a pod, 0 to 10; a node that is not in the answer counts as 0, as it
   * does for the scheduler.
   *
   * @throws DemoException when it does not answer
   */
  Map<String, Integer> scores(JsonNode pod, List<String> nodes) throws InterruptedException {
    ObjectNode args = JsonNodeFactory.instance.objectNode();
    args.set("Pod", pod);
    args.putNull("Nodes");
    nodes.forEach(args.putArray("NodeNames")::add);
    HttpRequest request =
        HttpRequest.newBuilder(uri)
            .timeout(TIMEOUT)
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(args.toString()))
            .build();
    Map<String, Integer> scores = new TreeMap<>();
    try {
      HttpResponse<byte[]> response = http.send(request, BodyHandlers.ofByteArray());
      for (JsonNode score : MAPPER.readTree(response.body())) {
        scores.put(score.path("Host").asText(), score.path("Score").asInt());
      }
    } catch (IOException e) {
      throw new DemoException("asking the extender at " + uri + ": " + e.getMessage());
    }
    return scores;
  }
}
