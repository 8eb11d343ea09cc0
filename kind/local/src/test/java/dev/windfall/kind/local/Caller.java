package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;

/** A client that reads answers and believes nothing. JSON is written with single quotes. */
final class Caller implements AutoCloseable {
  static final ObjectMapper JSON = new ObjectMapper();
  static final String DEFINITIONS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";

  record Answer(int code, JsonNode body, List<String> warnings) {
    String message() {
      return body.path("message").asText();
    }

    /** Field and message of each cause. */
    List<String> causes() {
      return body.at("/details/causes")
          .valueStream()
          .map(cause -> cause.path("field").asText() + ": " + cause.path("message").asText())
          .toList();
    }
  }

  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final URI server;

  Caller(URI server) {
    this.server = server;
  }

  Answer post(String path, String body) throws Exception {
    return send("POST", path, "application/json", body);
  }

  Answer put(String path, String body) throws Exception {
    return send("PUT", path, "application/json", body);
  }

  Answer merge(String path, String body) throws Exception {
    return send("PATCH", path, "application/merge-patch+json", body);
  }

  Answer delete(String path) throws Exception {
    return send("DELETE", path, "application/json", "");
  }

  private Answer send(String method, String path, String contentType, String body)
      throws IOException, InterruptedException {
    HttpResponse<byte[]> answer =
        http.send(
            HttpRequest.newBuilder(server.resolve(path))
                .header("Content-Type", contentType)
                .method(method, BodyPublishers.ofString(quoted(body)))
                .build(),
            BodyHandlers.ofByteArray());
    return new Answer(
        answer.statusCode(), JSON.readTree(answer.body()), answer.headers().allValues("Warning"));
  }

  /** Text that has double quotes is taken as it is. */
  static String quoted(String json) {
    return json.contains("\"") ? json : json.replace('\'', '"');
  }

  @Override
  public void close() {
    http.close();
  }
}
