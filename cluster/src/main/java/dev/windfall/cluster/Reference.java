package dev.windfall.cluster;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * The object an event is about.
 *
 * @param resource its kind
 * @param key which one
 * @param uid empty when unknown; {@code kubectl describe} shows only events that carry the right
 *     one
 */
public record Reference(Resource resource, Key key, String uid) {
  /** A reference to an object as the API server returned it. */
  public static Reference to(Resource resource, JsonNode object) {
    JsonNode metadata = object.path("metadata");
    Key key = new Key(metadata.path("namespace").asText(""), metadata.path("name").asText(""));
    return new Reference(resource, key, metadata.path("uid").asText(""));
  }
}
