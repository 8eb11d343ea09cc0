package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.HashMap;
import java.util.Map;

/**
 * One object seen as another version of its kind. An event of the core group and one of {@code
 * events.k8s.io} are the same object with other names for its fields; other kinds differ in
 * apiVersion only.
 */
final class Versions {
  private static final Map<String, String> EVENTS_OF_CORE =
      Map.of(
          "regarding", "involvedObject",
          "note", "message",
          "reportingController", "reportingComponent",
          "deprecatedSource", "source",
          "deprecatedFirstTimestamp", "firstTimestamp",
          "deprecatedLastTimestamp", "lastTimestamp",
          "deprecatedCount", "count");

  private static final Map<String, String> EVENTS_OF_THEIR_OWN = new HashMap<>();

  static {
    EVENTS_OF_CORE.forEach((own, core) -> EVENTS_OF_THEIR_OWN.put(core, own));
  }

  private Versions() {}

  /** The object as a kind shows it; itself when it has that shape already. */
  static ObjectNode as(Kind kind, ObjectNode object) {
    if (object.path("apiVersion").asText().equals(kind.apiVersion())) {
      return object;
    }
    Map<String, String> renamed =
        switch (kind.qualified()) {
          case "events" -> EVENTS_OF_CORE;
          case "events.events.k8s.io" -> EVENTS_OF_THEIR_OWN;
          default -> Map.of();
        };
    ObjectNode shaped = JsonNodeFactory.instance.objectNode();
    object
        .properties()
        .forEach(field ->
            shaped.set(renamed.getOrDefault(field.getKey(), field.getKey()), field.getValue()));
    return shaped.put("apiVersion", kind.apiVersion());
  }
}
