package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;

/**
 * A write that has been asked for, before it is allowed.
 *
 * @param name empty as long as the server has not made it up
 * @param object as it would be written; null JSON for a delete
 * @param old as it is stored; null JSON for a create
 */
record Attempt(
    Operation operation,
    Kind kind,
    String namespace,
    String name,
    String subresource,
    JsonNode object,
    JsonNode old,
    Writing writing) {

  enum Operation {
    CREATE,
    UPDATE,
    DELETE
  }

  Attempt with(JsonNode changed) {
    return new Attempt(operation, kind, namespace, name, subresource, changed, old, writing);
  }

  /** As rules name it: {@code pods}, or {@code pods/status}. */
  String resource() {
    return subresource.isEmpty() ? kind.plural() : kind.plural() + "/" + subresource;
  }

  static Map<String, String> labels(JsonNode object) {
    Map<String, String> labels = new HashMap<>();
    for (var label : object.path("metadata").path("labels").properties()) {
      labels.put(label.getKey(), label.getValue().asText());
    }
    return labels;
  }

  /** The {@code request} of an AdmissionReview, without uid and objects. */
  ObjectNode request() {
    ObjectNode request = JsonNodeFactory.instance.objectNode();
    for (String field : new String[] {"kind", "requestKind"}) {
      request
          .putObject(field)
          .put("group", kind.group())
          .put("version", kind.version())
          .put("kind", kind.kind());
    }
    for (String field : new String[] {"resource", "requestResource"}) {
      request
          .putObject(field)
          .put("group", kind.group())
          .put("version", kind.version())
          .put("resource", kind.plural());
    }
    if (!subresource.isEmpty()) {
      request.put("subResource", subresource).put("requestSubResource", subresource);
    }
    if (!name.isEmpty()) {
      request.put("name", name);
    }
    if (!namespace.isEmpty()) {
      request.put("namespace", namespace);
    } else if (kind.equals(Kinds.NAMESPACE) && !name.isEmpty()) {
      request.put("namespace", name);
    }
    request.put("operation", operation.name()).put("dryRun", writing.dryRun());
    // Nobody has to say here who they are.
    request
        .putObject("userInfo")
        .put("username", "system:anonymous")
        .putArray("groups")
        .add("system:unauthenticated");
    String verb = operation.name().toLowerCase(Locale.ROOT);
    ObjectNode options =
        request
            .putObject("options")
            .put(
                "kind",
                verb.substring(0, 1).toUpperCase(Locale.ROOT) + verb.substring(1) + "Options")
            .put("apiVersion", "meta.k8s.io/v1");
    if (writing.dryRun()) {
      options.putArray("dryRun").add("All");
    }
    return request;
  }
}
