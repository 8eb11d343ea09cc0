package dev.windfall.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** What has to be patched for a live object to be as a manifest wants it. */
final class Difference {
  /** What identifies the object, or is nobody's to set: never part of a patch. */
  private static final List<String> IDENTITY =
      List.of(
          "name",
          "namespace",
          "uid",
          "resourceVersion",
          "generation",
          "creationTimestamp",
          "managedFields");

  private Difference() {}

  /** A merge patch with every field that differs; empty when the live object is as wanted. */
  static ObjectNode patch(ObjectNode live, ObjectNode manifest) {
    ObjectNode wanted = manifest.deepCopy();
    wanted.remove(List.of("apiVersion", "kind", "status"));
    if (wanted.get("metadata") instanceof ObjectNode metadata) {
      metadata.remove(IDENTITY);
    }
    return changes(live, wanted);
  }

  private static ObjectNode changes(JsonNode live, ObjectNode wanted) {
    ObjectNode patch = Json.object();
    for (var field : wanted.properties()) {
      JsonNode is = live.path(field.getKey());
      JsonNode shall = field.getValue();
      if (is.isObject() && shall instanceof ObjectNode object) {
        ObjectNode inner = changes(is, object);
        if (!inner.isEmpty()) {
          patch.set(field.getKey(), inner);
        }
      } else if (!covers(is, shall)) {
        patch.set(field.getKey(), shall);
      }
    }
    return patch;
  }

  /**
   * Whether everything wanted is there. A null is wanted absent; an empty list may be, as the API
   * server drops those.
   */
  static boolean covers(JsonNode is, JsonNode shall) {
    if (shall.isNull() || (shall.isArray() && shall.isEmpty())) {
      return is.isMissingNode() || is.isNull() || (is.isArray() && is.isEmpty());
    }
    if (shall.isObject()) {
      for (var field : shall.properties()) {
        if (!covers(is.path(field.getKey()), field.getValue())) {
          return false;
        }
      }
      return is.isObject();
    }
    if (shall.isArray()) {
      if (is.size() != shall.size() || !is.isArray()) {
        return false;
      }
      for (int i = 0; i < shall.size(); i++) {
        if (!covers(is.get(i), shall.get(i))) {
          return false;
        }
      }
      return true;
    }
    // 1 and 1.0 are one number to the API server.
    return (is.isNumber() && shall.isNumber())
        ? is.decimalValue().compareTo(shall.decimalValue()) == 0
        : is.equals(shall);
  }
}
