package dev.windfall.kind.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.http.HeaderName;
import io.helidon.http.HeaderNames;
import io.helidon.webserver.CloseConnectionException;
import io.helidon.webserver.http.Handler;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.IOException;
import java.io.OutputStream;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/** Reads one HTTP request, meets its fault if there is one, and answers as the API server does. */
final class Endpoint implements Handler {
  private static final HeaderName WARNING = HeaderNames.create("Warning");
  private static final Duration WATCH_TIMEOUT = Duration.ofMinutes(30);

  private final ObjectMapper mapper = new ObjectMapper();
  private final Kinds kinds;
  private final Store store;
  private final Verbs verbs;
  private final Discovery discovery;
  private final Tables tables;
  private final Faults faults;
  private final Journal journal;
  private final AtomicInteger cuts;

  Endpoint(
      Kinds kinds,
      Store store,
      Gate gate,
      Pages pages,
      Tables tables,
      Faults faults,
      Journal journal,
      AtomicInteger cuts) {
    this.kinds = kinds;
    this.store = store;
    this.verbs = new Verbs(store, gate, pages);
    this.discovery = new Discovery(kinds);
    this.tables = tables;
    this.faults = faults;
    this.journal = journal;
    this.cuts = cuts;
  }

  /** A body, or why it cannot be read. */
  private record Body(JsonNode tree, @Nullable Refusal unreadable) {}

  @Override
  public void handle(ServerRequest request, ServerResponse response) throws Exception {
    String method = request.prologue().method().text();
    String path = request.path().path();
    String contentType = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("");
    Query query = new Query(request.query());
    try {
      Body body =
          parse(
              request.content().hasEntity() ? request.content().as(byte[].class) : new byte[0],
              contentType);
      Optional<Route> route = Optional.empty();
      Refusal unrouted = null;
      try {
        route = Optional.of(Route.parse(request.path().rawPath(), kinds));
      } catch (Refusal e) {
        unrouted = e;
      }
      String verb = verb(method, route, query);
      String plural = route.map(Route::resource).orElse("");
      journal.note(
          new Asked(verb, plural, path, request.query().rawValue(), contentType, body.tree()));
      Optional<Fault> fault = faults.take(verb, plural);
      if (meet(fault, response)) {
        return;
      }
      Accept accept = Accept.read(request.headers().first(HeaderNames.ACCEPT).orElse(""));
      if (unrouted != null) {
        discover(method, path, accept, unrouted, response);
        return;
      }
      Verbs.Asking asking =
          new Verbs.Asking(verb, route.orElseThrow(), query, contentType, body.tree());
      if (verb.equals("watch")) {
        watch(asking, accept, fault, response);
        return;
      }
      if (body.unreadable() != null && !contentType.contains("yaml")) {
        throw body.unreadable();
      }
      serve(asking, accept, fault, response);
    } catch (Refusal e) {
      send(response, e.code(), e.body());
    }
  }

  /** Whether the fault was the whole answer. */
  private boolean meet(Optional<Fault> fault, ServerResponse response) throws InterruptedException {
    switch (fault.orElse(null)) {
      case Fault.Answer answer -> {
        if (answer.retryAfterSeconds() >= 0) {
          response.header("Retry-After", Integer.toString(answer.retryAfterSeconds()));
        }
        send(
            response,
            answer.code(),
            Refusal.status(answer.code(), answer.reason(), answer.message()));
        return true;
      }
      case Fault.Refuse _ ->
          throw new CloseConnectionException("refusing the request, as the test asks");
      case Fault.Held held -> held.until().await();
      case Fault.Slow slow -> Thread.sleep(slow.by());
      case null, default -> {}
    }
    return false;
  }

  /** Answers what leads to no objects: what is served here, and whether the server is well. */
  private void discover(
      String method, String path, Accept accept, Refusal otherwise, ServerResponse response) {
    Optional<String> text = Discovery.text(path);
    if (!method.equals("GET")) {
      throw text.isPresent() ? Refusal.notAllowed() : otherwise;
    }
    if (text.isPresent()) {
      response.header("Content-Type", "text/plain; charset=utf-8").send(text.get());
      return;
    }
    ObjectNode answer = discovery.answer(path, accept).orElseThrow(() -> otherwise);
    boolean aggregated = answer.path("kind").asText().equals("APIGroupDiscoveryList");
    send(response, 200, answer, aggregated ? Accept.AGGREGATED : Accept.JSON);
  }

  private void serve(
      Verbs.Asking asking, Accept accept, Optional<Fault> fault, ServerResponse response)
      throws InterruptedException {
    Tables.Include include = Tables.Include.read(asking.query().text("includeObject"));
    Writing writing = Writing.of(asking.query(), asking.verb());
    ObjectNode answer;
    try {
      answer = verbs.carryOut(asking, writing);
    } finally {
      writing.headers().forEach(warning -> response.headers().add(WARNING, warning));
    }
    if (fault.orElse(null) instanceof Fault.Mute) {
      throw new CloseConnectionException("carried out without an answer, as the test asks");
    }
    int code = asking.verb().equals("create") ? 201 : 200;
    if (accept == Accept.TABLE && !answer.path("kind").asText().equals("Status")) {
      send(response, code, tables.of(asking.route().kind(), answer, include));
    } else {
      send(response, code, answer);
    }
  }

  private void watch(
      Verbs.Asking asking, Accept accept, Optional<Fault> fault, ServerResponse response)
      throws IOException, InterruptedException {
    Route route = asking.route();
    Query query = asking.query();
    String from = query.text("resourceVersion");
    boolean state = from.isEmpty() || from.equals("0") || query.flag("sendInitialEvents");
    Selector selector = query.selector(route.kind());
    if (!route.name().isEmpty()) {
      selector = Selector.parse(route.kind(), "", "metadata.name=" + route.name());
    }
    int seconds = query.number("timeoutSeconds", (int) WATCH_TIMEOUT.toSeconds());
    Tables.Include include = Tables.Include.read(query.text("includeObject"));
    WatchStream.Wish wish =
        new WatchStream.Wish(
            route.kind(),
            route.namespace(),
            selector,
            state ? -1 : Query.version(from),
            query.flag("allowWatchBookmarks"),
            query.flag("sendInitialEvents"),
            accept == Accept.TABLE ? Optional.of(include) : Optional.empty(),
            Duration.ofSeconds(seconds));
    response.header("Content-Type", "application/json");
    try (OutputStream out = response.outputStream()) {
      new WatchStream(mapper, kinds, store, tables, wish, fault, out).run(cuts::get);
    }
  }

  private static String verb(String method, Optional<Route> route, Query query) {
    if (route.isEmpty() && method.equals("GET")) {
      return "get";
    }
    boolean one = route.isPresent() && !route.get().name().isEmpty();
    return switch (method) {
      case "GET" -> query.flag("watch") ? "watch" : one ? "get" : "list";
      case "POST" -> one && !route.get().isEviction() ? "connect" : "create";
      case "PUT" -> one ? "update" : "connect";
      case "PATCH" -> one ? "patch" : "connect";
      case "DELETE" -> one ? "delete" : "deletecollection";
      default -> "connect";
    };
  }

  private Body parse(byte[] bytes, String contentType) throws IOException {
    try {
      JsonNode tree =
          bytes.length == 0
              ? MissingNode.getInstance()
              : contentType.startsWith(Protobuf.MEDIA_TYPE)
                  ? Protobuf.read(bytes)
                  : mapper.readTree(bytes);
      return new Body(tree, null);
    } catch (JsonProcessingException e) {
      return new Body(
          MissingNode.getInstance(),
          Refusal.badRequest("the body of the request is no JSON: " + e.getOriginalMessage()));
    } catch (Refusal e) {
      return new Body(MissingNode.getInstance(), e);
    }
  }

  private void send(ServerResponse response, int code, ObjectNode body) {
    send(response, code, body, Accept.JSON);
  }

  private void send(ServerResponse response, int code, ObjectNode body, Accept form) {
    try {
      response
          .status(code)
          .header(
              "Content-Type",
              form == Accept.AGGREGATED
                  ? "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList"
                  : "application/json")
          .send(mapper.writeValueAsBytes(body));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("writing a JSON tree", e);
    }
  }
}
