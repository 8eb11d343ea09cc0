package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * OpenAPI 3 as far as kubectl reads it: which query parameters a write takes, and what a kind's
 * fields are. The schema of a kind that is built in is not known here, which it says.
 */
final class OpenApi {
  private static final JsonNodeFactory JSON = JsonNodeFactory.instance;
  private static final String GVK = "x-kubernetes-group-version-kind";
  private static final String UNKNOWN =
      "The fields of kinds that are built into this server are not described here; a real API"
          + " server describes them.";

  private final Kinds kinds;

  OpenApi(Kinds kinds) {
    this.kinds = kinds;
  }

  /** The answer below {@code /openapi}. */
  Optional<ObjectNode> answer(List<String> words) {
    if (words.isEmpty() || !words.getFirst().equals("v3")) {
      throw new Refusal(
          404, "NotFound", "only /openapi/v3 is served here, in JSON; /openapi/v2 is not");
    }
    if (words.size() == 1) {
      return Optional.of(index());
    }
    String path = String.join("/", words.subList(1, words.size()));
    List<Kind> served = kinds.all().stream().filter(kind -> path(kind).equals(path)).toList();
    return served.isEmpty() ? Optional.empty() : Optional.of(document(path, served));
  }

  private static String path(Kind kind) {
    return (kind.group().isEmpty() ? "api/" : "apis/") + kind.apiVersion();
  }

  private ObjectNode index() {
    Map<String, ObjectNode> documents = new LinkedHashMap<>();
    for (Kind kind : kinds.all()) {
      documents.computeIfAbsent(
          path(kind), path -> JSON.objectNode().put("serverRelativeURL", "/openapi/v3/" + path));
    }
    ObjectNode index = JSON.objectNode();
    index.putObject("paths").setAll(documents);
    return index;
  }

  private static ObjectNode document(String path, List<Kind> served) {
    ObjectNode document = JSON.objectNode().put("openapi", "3.0.0");
    document.putObject("info").put("title", "Kubernetes").put("version", "unversioned");
    ObjectNode paths = document.putObject("paths");
    ObjectNode schemas = document.putObject("components").putObject("schemas");
    for (Kind kind : served) {
      String base = "/" + path + (kind.namespaced() ? "/namespaces/{namespace}/" : "/");
      ObjectNode list = paths.putObject(base + kind.plural());
      list.set("get", operation(kind, "list"));
      list.set("post", operation(kind, "post"));
      ObjectNode one = paths.putObject(base + kind.plural() + "/{name}");
      one.set("get", operation(kind, "get"));
      one.set("put", operation(kind, "put"));
      one.set("patch", operation(kind, "patch"));
      one.set("delete", operation(kind, "delete"));
      schemas.set(kind.kind(), schema(kind));
    }
    return document;
  }

  private static ObjectNode operation(Kind kind, String action) {
    ObjectNode operation = JSON.objectNode();
    operation.put("x-kubernetes-action", action);
    operation.set(GVK, Discovery.responseKind(kind));
    ArrayNode parameters = operation.putArray("parameters");
    if (List.of("post", "put", "patch").contains(action)) {
      for (String name : List.of("dryRun", "fieldManager", "fieldValidation")) {
        ObjectNode parameter = parameters.addObject().put("name", name).put("in", "query");
        parameter.putObject("schema").put("type", "string");
      }
    }
    operation.putObject("responses").putObject("200").put("description", "OK");
    return operation;
  }

  private static ObjectNode schema(Kind kind) {
    JsonNode defined = kind.definition().map(Definition::schema).orElse(JSON.missingNode());
    ObjectNode schema;
    if (defined instanceof ObjectNode known) {
      schema = known.deepCopy();
    } else {
      schema = JSON.objectNode().put("type", "object").put("description", UNKNOWN);
      schema.put("x-kubernetes-preserve-unknown-fields", true);
    }
    schema.putArray(GVK).add(Discovery.responseKind(kind));
    return schema;
  }
}
