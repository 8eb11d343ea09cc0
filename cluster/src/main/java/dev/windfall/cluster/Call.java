package dev.windfall.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;

/**
 * One request to the API server, before it is sent.
 *
 * @param verb as Kubernetes names it, for messages and meters
 * @param method HTTP method
 * @param what the object or collection, for messages: {@code nodepool gpu-x}
 * @param path URL path
 * @param query parameters, in order
 * @param contentType empty without a body
 * @param body missing without one
 * @param repeatable whether sending it twice does no more than sending it once
 */
record Call(
    String verb,
    String method,
    Resource resource,
    String what,
    String path,
    Map<String, String> query,
    String contentType,
    JsonNode body,
    boolean repeatable) {
  private static final Map<String, String> WRITE = Map.of("fieldManager", "windfall");
  private static final Map<String, String> DRY = Map.of("dryRun", "All");

  static Call read(
      String verb, Resource resource, String what, String path, Map<String, String> query) {
    return new Call(verb, "GET", resource, what, path, query, "", MissingNode.getInstance(), true);
  }

  /** The sentence that an error begins with: {@code patching nodepool gpu-x}. */
  String doing() {
    String gerund =
        switch (verb) {
          case "get" -> "reading";
          case "list" -> "listing";
          case "watch" -> "watching";
          case "create" -> "creating";
          case "update" -> "replacing";
          case "patch" -> "patching";
          case "delete" -> "deleting";
          case "evict" -> "evicting";
          default -> verb;
        };
    return gerund + " " + what;
  }

  static Map<String, String> query(Selection selection) {
    Map<String, String> query = new LinkedHashMap<>();
    if (!selection.labels().isEmpty()) {
      query.put("labelSelector", selection.labels());
    }
    if (!selection.fields().isEmpty()) {
      query.put("fieldSelector", selection.fields());
    }
    return query;
  }

  /** A call that changes something, in Windfall's name. */
  static Call write(
      String verb,
      String method,
      Resource resource,
      String what,
      String path,
      String type,
      JsonNode body,
      boolean repeatable) {
    return new Call(verb, method, resource, what, path, WRITE, type, body, repeatable);
  }

  static Call delete(Resource resource, Key key, Preconditions preconditions) {
    ObjectNode options = Json.object().put("kind", "DeleteOptions").put("apiVersion", "v1");
    options.put("propagationPolicy", "Background");
    ObjectNode wanted = Json.object();
    if (!preconditions.uid().isEmpty()) {
      wanted.put("uid", preconditions.uid());
    }
    if (!preconditions.resourceVersion().isEmpty()) {
      wanted.put("resourceVersion", preconditions.resourceVersion());
    }
    if (!wanted.isEmpty()) {
      options.set("preconditions", wanted);
    }
    return write(
        "delete",
        "DELETE",
        resource,
        what(resource, key),
        resource.path(key),
        "application/json",
        options,
        !wanted.isEmpty());
  }

  /**
   * The eviction of the pod with this uid. A dry run says so twice: the deletion is told by the
   * body, and admission webhooks by the query.
   */
  static Call evict(Key pod, String uid, boolean dryRun) {
    ObjectNode eviction = Json.object().put("apiVersion", "policy/v1").put("kind", "Eviction");
    eviction.putObject("metadata").put("namespace", pod.namespace()).put("name", pod.name());
    ObjectNode options = eviction.putObject("deleteOptions");
    options.putObject("preconditions").put("uid", uid);
    if (dryRun) {
      options.putArray("dryRun").add("All");
    }
    Map<String, String> query = new LinkedHashMap<>(WRITE);
    query.putAll(dryRun ? DRY : Map.of());
    return new Call(
        "evict",
        "POST",
        Resource.PODS,
        what(Resource.PODS, pod),
        Resource.PODS.path(pod) + "/eviction",
        query,
        "application/json",
        eviction,
        true);
  }

  /** An object as messages name it: {@code nodepool gpu-x}. */
  static String what(Resource resource, Key key) {
    return resource.kind().toLowerCase(Locale.ROOT) + " " + key;
  }

  /** Whether a write carries the version it was decided on. */
  static boolean versioned(ObjectNode object) {
    return !object.path("metadata").path("resourceVersion").asText("").isEmpty();
  }

  /** The object with its kind and apiVersion. */
  static ObjectNode typed(Resource resource, ObjectNode object) {
    ObjectNode typed =
        Json.object().put("apiVersion", resource.apiVersion()).put("kind", resource.kind());
    typed.setAll(object);
    return typed;
  }
}
