package dev.windfall.kind.local;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
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
import java.util.function.UnaryOperator;

/** Reads one HTTP request, meets its fault if there is one, and answers as the API server does. */
final class Endpoint implements Handler {
  private static final String MERGE = "application/merge-patch+json";
  private static final String OPERATIONS = "application/json-patch+json";
  private static final HeaderName WARNING = HeaderNames.create("Warning");
  private static final Duration WATCH_TIMEOUT = Duration.ofMinutes(30);

  private final ObjectMapper mapper = new ObjectMapper();
  private final Kinds kinds;
  private final Store store;
  private final Gate gate;
  private final Pages pages;
  private final Faults faults;
  private final Journal journal;
  private final AtomicInteger cuts;

  Endpoint(
      Kinds kinds,
      Store store,
      Gate gate,
      Pages pages,
      Faults faults,
      Journal journal,
      AtomicInteger cuts) {
    this.kinds = kinds;
    this.store = store;
    this.gate = gate;
    this.pages = pages;
    this.faults = faults;
    this.journal = journal;
    this.cuts = cuts;
  }

  @Override
  public void handle(ServerRequest request, ServerResponse response) throws Exception {
    String method = request.prologue().method().text();
    String path = request.path().path();
    String contentType = request.headers().first(HeaderNames.CONTENT_TYPE).orElse("");
    Query query = new Query(request.query());
    try {
      byte[] bytes =
          request.content().hasEntity() ? request.content().as(byte[].class) : new byte[0];
      JsonNode body = parse(bytes);
      Optional<Route> route = Optional.empty();
      Refusal unrouted = null;
      try {
        route = Optional.of(Route.parse(request.path().rawPath(), kinds));
      } catch (Refusal e) {
        unrouted = e;
      }
      String verb = verb(method, route, query);
      String plural = route.map(r -> r.kind().plural()).orElse("");
      journal.note(new Asked(verb, plural, path, request.query().rawValue(), contentType, body));
      Optional<Fault> fault = faults.take(verb, plural);
      if (meet(fault, response)) {
        return;
      }
      if (unrouted != null) {
        throw unrouted;
      }
      serve(verb, route.orElseThrow(), query, contentType, body, fault, response);
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
      case null, default -> {}
    }
    return false;
  }

  private void serve(
      String verb,
      Route route,
      Query query,
      String contentType,
      JsonNode body,
      Optional<Fault> fault,
      ServerResponse response)
      throws IOException, InterruptedException {
    if (verb.equals("watch")) {
      watch(route, query, fault, response);
      return;
    }
    int code = verb.equals("create") ? 201 : 200;
    Writing writing = Writing.of(query, verb);
    ObjectNode answer;
    try {
      answer =
          switch (verb) {
            case "get" -> store.read(route.kind(), route.namespace(), route.name());
            case "list" -> list(route, query);
            case "create" -> gate.create(route.kind(), route.namespace(), object(body), writing);
            case "update" -> update(route, writing, false, current -> object(body).deepCopy());
            case "patch" ->
                update(
                    route,
                    writing,
                    true,
                    current -> patched(route.kind(), current, contentType, body));
            case "delete" -> delete(route, writing, body);
            default ->
                throw new Refusal(
                    405,
                    "MethodNotAllowed",
                    "the server does not allow this method on the requested resource");
          };
    } finally {
      writing.headers().forEach(warning -> response.headers().add(WARNING, warning));
    }
    if (fault.orElse(null) instanceof Fault.Mute) {
      throw new CloseConnectionException("carried out without an answer, as the test asks");
    }
    send(response, code, answer);
  }

  private ObjectNode update(
      Route route, Writing writing, boolean patch, UnaryOperator<ObjectNode> change)
      throws InterruptedException {
    boolean status = route.subresource().equals("status");
    if (!route.subresource().isEmpty() && !(status && route.kind().statusApart())) {
      throw new Refusal(404, "NotFound", "the server could not find the requested resource");
    }
    return gate.update(route, writing, patch, change);
  }

  private ObjectNode delete(Route route, Writing writing, JsonNode body)
      throws InterruptedException {
    JsonNode preconditions = body.path("preconditions");
    return gate.delete(
        route,
        preconditions.path("uid").asText(""),
        preconditions.path("resourceVersion").asText(""),
        writing);
  }

  private static ObjectNode patched(
      Kind kind, ObjectNode current, String contentType, JsonNode patch) {
    JsonNode patched =
        switch (contentType.split(";", 2)[0].strip()) {
          case MERGE -> Patch.merge(current, patch);
          case OPERATIONS -> Patch.operations(current, patch);
          default ->
              throw new Refusal(
                  415,
                  "UnsupportedMediaType",
                  "the body of the request was in an unknown format - accepted media types include:"
                      + " "
                      + OPERATIONS
                      + ", "
                      + MERGE);
        };
    if (!(patched instanceof ObjectNode object)) {
      throw Refusal.invalid(
          kind, current.path("metadata").path("name").asText(), "the patch leaves no object");
    }
    return object;
  }

  private ObjectNode list(Route route, Query query) {
    int limit = query.number("limit", 0);
    String token = query.text("continue");
    Pages.Page page;
    if (token.isEmpty()) {
      Selector selector = query.selector();
      Store.State state = store.state(route.kind(), route.namespace());
      page =
          pages.first(
              new Store.State(
                  state.objects().stream().filter(selector::matches).toList(), state.version()),
              limit);
    } else {
      page = pages.next(token, limit);
    }
    ObjectNode list = mapper.createObjectNode();
    list.put("kind", route.kind().kind() + "List").put("apiVersion", route.kind().apiVersion());
    ObjectNode metadata =
        list.putObject("metadata").put("resourceVersion", Long.toString(page.version()));
    if (!page.next().isEmpty()) {
      metadata.put("continue", page.next()).put("remainingItemCount", page.remaining());
    }
    ArrayNode items = list.putArray("items");
    page.items().forEach(items::add);
    return list;
  }

  private void watch(Route route, Query query, Optional<Fault> fault, ServerResponse response)
      throws IOException, InterruptedException {
    String from = query.text("resourceVersion");
    boolean state = from.isEmpty() || from.equals("0") || query.flag("sendInitialEvents");
    Selector selector = query.selector();
    if (!route.name().isEmpty()) {
      selector = Selector.parse("", "metadata.name=" + route.name());
    }
    int seconds = query.number("timeoutSeconds", (int) WATCH_TIMEOUT.toSeconds());
    WatchStream.Wish wish =
        new WatchStream.Wish(
            route.kind(),
            route.namespace(),
            selector,
            state ? -1 : Query.version(from),
            query.flag("allowWatchBookmarks"),
            query.flag("sendInitialEvents"),
            Duration.ofSeconds(seconds));
    response.header("Content-Type", "application/json");
    try (OutputStream out = response.outputStream()) {
      new WatchStream(mapper, store, wish, fault, out).run(cuts::get);
    }
  }

  private static String verb(String method, Optional<Route> route, Query query) {
    boolean one = route.isPresent() && !route.get().name().isEmpty();
    return switch (method) {
      case "GET" -> query.flag("watch") ? "watch" : one ? "get" : "list";
      case "POST" -> one ? "connect" : "create";
      case "PUT" -> one ? "update" : "connect";
      case "PATCH" -> one ? "patch" : "connect";
      case "DELETE" -> one ? "delete" : "deletecollection";
      default -> "connect";
    };
  }

  private JsonNode parse(byte[] bytes) throws IOException {
    try {
      return bytes.length == 0 ? MissingNode.getInstance() : mapper.readTree(bytes);
    } catch (JsonProcessingException e) {
      throw Refusal.badRequest("the body of the request is no JSON: " + e.getOriginalMessage());
    }
  }

  private static ObjectNode object(JsonNode body) {
    if (body instanceof ObjectNode object) {
      return object;
    }
    throw Refusal.badRequest("the body of the request is no object");
  }

  private void send(ServerResponse response, int code, ObjectNode body) {
    try {
      response
          .status(code)
          .header("Content-Type", "application/json")
          .send(mapper.writeValueAsBytes(body));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("writing a JSON tree", e);
    }
  }
}
