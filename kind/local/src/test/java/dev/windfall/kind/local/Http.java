package dev.windfall.kind.local;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import org.jspecify.annotations.Nullable;

/** A plain client of the server under test. In bodies, single quotes stand for double ones. */
final class Http implements AutoCloseable {
  static final String AS_TABLE =
      "application/json;as=Table;v=v1;g=meta.k8s.io,application/json;as=Table;v=v1beta1;g=meta.k8s.io,application/json";

  private static final ObjectMapper JSON = new ObjectMapper();

  private final HttpClient client =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  private final LocalApiServer server;

  Http(LocalApiServer server) {
    this.server = server;
  }

  record Answer(int code, JsonNode body, HttpResponse<?> response) {
    String message() {
      return body.path("message").asText();
    }
  }

  static ObjectNode json(String text) {
    try {
      return (ObjectNode) JSON.readTree(text.replace('\'', '"'));
    } catch (IOException e) {
      throw new UncheckedIOException(text, e);
    }
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send("GET", path, "", "");
  }

  Answer delete(String path) throws IOException, InterruptedException {
    return send("DELETE", path, "", "");
  }

  Answer post(String path, String body) throws IOException, InterruptedException {
    return send("POST", path, "application/json", body);
  }

  Answer merge(String path, String body) throws IOException, InterruptedException {
    return send("PATCH", path, "application/merge-patch+json", body);
  }

  Answer send(String method, String path, String contentType, String body)
      throws IOException, InterruptedException {
    return answer(
        client.send(request(method, path, contentType, body).build(), BodyHandlers.ofString()));
  }

  /** Asks for something in a form other than plain JSON. */
  Answer get(String path, String accept) throws IOException, InterruptedException {
    return answer(
        client.send(
            request("GET", path, "", "").header("Accept", accept).build(),
            BodyHandlers.ofString()));
  }

  CompletableFuture<Answer> later(String path) {
    return client
        .sendAsync(request("GET", path, "", "").build(), BodyHandlers.ofString())
        .thenApply(response -> {
          try {
            return answer(response);
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        });
  }

  List<String> names(String path) throws IOException, InterruptedException {
    return get(path).body().path("items").findValuesAsText("name");
  }

  Stream watch(String path) throws IOException, InterruptedException {
    return watch(path, "application/json");
  }

  Stream watch(String path, String accept) throws IOException, InterruptedException {
    return new Stream(
        client
            .send(
                request("GET", path, "", "").header("Accept", accept).build(),
                BodyHandlers.ofInputStream())
            .body());
  }

  private static Answer answer(HttpResponse<String> response) throws IOException {
    boolean json =
        response.headers().firstValue("Content-Type").orElse("").startsWith("application/json");
    return new Answer(
        response.statusCode(),
        json ? JSON.readTree(response.body()) : TextNode.valueOf(response.body()),
        response);
  }

  private HttpRequest.Builder request(String method, String path, String contentType, String body) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(server.uri() + path))
            .method(
                method,
                body.isEmpty()
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(body.replace('\'', '"')));
    return contentType.isEmpty() ? builder : builder.header("Content-Type", contentType);
  }

  @Override
  public void close() {
    client.close();
  }

  /** A watch as it arrives. The parser is made late, as it waits for the first bytes. */
  static final class Stream implements AutoCloseable {
    private final InputStream body;
    private @Nullable JsonParser events;

    Stream(InputStream body) {
      this.body = body;
    }

    /** The next event; a missing node when the watch has ended. */
    JsonNode read() throws IOException {
      if (events == null) {
        events = JSON.createParser(body);
      }
      JsonNode event = JSON.readTree(events);
      return event == null ? MissingNode.getInstance() : event;
    }

    String next() throws IOException {
      JsonNode event = read();
      return event.path("type").asText() + " " + event.at("/object/metadata/name").asText();
    }

    @Override
    public void close() throws IOException {
      body.close();
    }
  }
}
