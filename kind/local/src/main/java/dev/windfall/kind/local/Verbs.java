package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;
import java.util.function.UnaryOperator;

/** Carries out what a request asks for, except for watches. */
final class Verbs {
  private static final String MERGE = "application/merge-patch+json";
  private static final String OPERATIONS = "application/json-patch+json";
  private static final Set<String> OF_CONTAINERS =
      Set.of("attach", "ephemeralcontainers", "exec", "log", "portforward", "proxy", "resize");

  private final Store store;
  private final Gate gate;
  private final Pages pages;

  Verbs(Store store, Gate gate, Pages pages) {
    this.store = store;
    this.gate = gate;
    this.pages = pages;
  }

  /** What a request asks for. */
  record Asking(String verb, Route route, Query query, String contentType, JsonNode body) {}

  /** Carries it out; what is to be said beside the answer is added to the writing. */
  ObjectNode carryOut(Asking asking, Writing writing) throws InterruptedException {
    Route route = asking.route();
    requireServed(route);
    return switch (asking.verb()) {
      case "get" -> store.read(route.kind(), route.namespace(), route.name());
      case "list" -> list(route, asking.query());
      case "create" -> create(asking, writing);
      case "update" -> {
        requireJson(asking.contentType());
        yield update(asking, writing, _ -> object(asking.body()).deepCopy());
      }
      case "patch" -> update(asking, writing, current -> patched(asking, current));
      case "delete" -> delete(asking, writing);
      case "deletecollection" -> deleteAll(asking, writing);
      default -> throw Refusal.notAllowed();
    };
  }

  /** Refuses subresources: all but status and eviction need something that is not here. */
  private static void requireServed(Route route) {
    String subresource = route.subresource();
    Kind kind = route.kind();
    if (subresource.isEmpty()
        || (subresource.equals("status") && kind.statusApart())
        || route.isEviction()) {
      return;
    }
    String what = kind.qualified() + " \"" + route.name() + "\": ";
    if ((kind.place().equals(Kinds.PODS) || kind.place().equals("nodes"))
        && OF_CONTAINERS.contains(subresource)) {
      throw new Refusal(
          405,
          "MethodNotAllowed",
          what + "there is no " + subresource + " here: this server runs no containers");
    }
    throw new Refusal(
        404, "NotFound", what + "the subresource " + subresource + " is not served here");
  }

  private ObjectNode create(Asking asking, Writing writing) throws InterruptedException {
    Route route = asking.route();
    requireJson(asking.contentType());
    if (route.isEviction()) {
      return evict(asking, writing);
    }
    if (!route.name().isEmpty() || (route.kind().namespaced() && route.namespace().isEmpty())) {
      throw Refusal.notAllowed();
    }
    return gate.create(route.kind(), route.namespace(), object(asking.body()), writing);
  }

  /** Deletes a pod at once; whether a PodDisruptionBudget allows it is for a fault to say. */
  private ObjectNode evict(Asking asking, Writing writing) throws InterruptedException {
    Route route = asking.route();
    ObjectNode eviction = object(asking.body());
    if (!eviction.path("kind").asText().equals("Eviction")
        || !eviction.at("/metadata/name").asText().equals(route.name())) {
      throw Refusal.badRequest("the body of the request is no Eviction of this pod");
    }
    JsonNode options = eviction.path("deleteOptions");
    boolean dryRun = asking.query().dryRun() || !options.path("dryRun").isEmpty();
    var _ =
        gate.delete(
            new Route(route.kind(), route.namespace(), route.name(), ""),
            options.at("/preconditions/uid").asText(""),
            options.at("/preconditions/resourceVersion").asText(""),
            new Writing(dryRun, writing.validation(), writing.warnings()));
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("kind", "Status").put("apiVersion", "v1").putObject("metadata");
    return status.put("status", "Success").put("code", 201);
  }

  private ObjectNode update(Asking asking, Writing writing, UnaryOperator<ObjectNode> change)
      throws InterruptedException {
    return gate.update(asking.route(), writing, asking.verb().equals("patch"), change);
  }

  private ObjectNode delete(Asking asking, Writing writing) throws InterruptedException {
    Route route = asking.route();
    requireDeletable(asking);
    JsonNode preconditions = asking.body().path("preconditions");
    ObjectNode last =
        gate.delete(
            route,
            preconditions.path("uid").asText(""),
            preconditions.path("resourceVersion").asText(""),
            deleting(asking, writing));
    boolean gone = !dryRun(asking) && !store.has(route.kind(), route.namespace(), route.name());
    return gone && !route.kind().place().equals(Kinds.PODS) ? done(route.kind(), last) : last;
  }

  /** What is told of an object that is gone; a pod is shown as it was. */
  private static ObjectNode done(Kind kind, ObjectNode last) {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("kind", "Status").put("apiVersion", "v1").putObject("metadata");
    status
        .put("status", "Success")
        .putObject("details")
        .put("name", last.path("metadata").path("name").asText())
        .put("group", kind.group())
        .put("kind", kind.plural())
        .put("uid", last.path("metadata").path("uid").asText());
    return status;
  }

  private ObjectNode deleteAll(Asking asking, Writing writing) throws InterruptedException {
    Route route = asking.route();
    if (route.kind().namespaced() && route.namespace().isEmpty()) {
      throw Refusal.notAllowed();
    }
    requireDeletable(asking);
    Selector selector = asking.query().selector(route.kind());
    Store.State state = store.state(route.kind(), route.namespace());
    List<ObjectNode> chosen = state.objects().stream().filter(selector::matches).toList();
    for (ObjectNode object : chosen) {
      JsonNode metadata = object.path("metadata");
      Route one = new Route(route.kind(), route.namespace(), metadata.path("name").asText(), "");
      var _ = gate.delete(one, metadata.path("uid").asText(), "", deleting(asking, writing));
    }
    return listOf(route.kind(), new Pages.Page(chosen, state.version(), "", 0));
  }

  private static void requireDeletable(Asking asking) {
    requireJson(asking.contentType());
    if (asking.body().path("propagationPolicy").asText().equals("Foreground")
        || asking.query().text("propagationPolicy").equals("Foreground")) {
      throw Refusal.badRequest(
          "propagationPolicy Foreground is not done here, as nothing collects what an object owns;"
              + " Background and Orphan delete the object alone");
    }
  }

  private static Writing deleting(Asking asking, Writing writing) {
    return new Writing(dryRun(asking), writing.validation(), writing.warnings());
  }

  private static boolean dryRun(Asking asking) {
    return asking.query().dryRun() || !asking.body().path("dryRun").isEmpty();
  }

  private ObjectNode list(Route route, Query query) {
    int limit = query.number("limit", 0);
    String token = query.text("continue");
    if (!token.isEmpty()) {
      return listOf(route.kind(), pages.next(token, limit));
    }
    Selector selector = query.selector(route.kind());
    Store.State state = store.state(route.kind(), route.namespace());
    List<ObjectNode> chosen = state.objects().stream().filter(selector::matches).toList();
    return listOf(route.kind(), pages.first(new Store.State(chosen, state.version()), limit));
  }

  private static ObjectNode listOf(Kind kind, Pages.Page page) {
    ObjectNode list = JsonNodeFactory.instance.objectNode();
    list.put("kind", kind.names().listKind()).put("apiVersion", kind.apiVersion());
    ObjectNode metadata =
        list.putObject("metadata").put("resourceVersion", Long.toString(page.version()));
    if (!page.next().isEmpty()) {
      metadata.put("continue", page.next()).put("remainingItemCount", page.remaining());
    }
    ArrayNode items = list.putArray("items");
    page.items().forEach(items::add);
    return list;
  }

  private static ObjectNode patched(Asking asking, ObjectNode current) {
    JsonNode patched =
        switch (mediaType(asking.contentType())) {
          case MERGE -> Patch.merge(current, asking.body());
          case OPERATIONS -> Patch.operations(current, asking.body());
          case "application/strategic-merge-patch+json" ->
              throw unsupported(
                  "strategic merge patch is not done here; use kubectl patch --type=merge or"
                      + " --type=json, or kubectl replace");
          case "application/apply-patch+yaml", "application/apply-patch+cbor" ->
              throw unsupported(
                  "server-side apply is not done here; use kubectl apply without --server-side, or"
                      + " kubectl replace");
          default -> throw unsupported(accepted(OPERATIONS + ", " + MERGE));
        };
    if (!(patched instanceof ObjectNode object)) {
      throw Refusal.invalid(
          asking.route().kind(),
          current.path("metadata").path("name").asText(),
          "the patch leaves no object");
    }
    return object;
  }

  private static void requireJson(String contentType) {
    String mediaType = mediaType(contentType);
    if (!List.of("", "application/json", Protobuf.MEDIA_TYPE).contains(mediaType)) {
      throw unsupported(accepted("application/json"));
    }
  }

  private static String mediaType(String contentType) {
    return contentType.split(";", 2)[0].strip();
  }

  private static String accepted(String types) {
    return "the body of the request was in an unknown format - accepted media types include: "
        + types;
  }

  private static Refusal unsupported(String message) {
    return new Refusal(415, "UnsupportedMediaType", message);
  }

  private static ObjectNode object(JsonNode body) {
    if (body instanceof ObjectNode object) {
      return object;
    }
    throw Refusal.badRequest("the body of the request is no object");
  }
}
