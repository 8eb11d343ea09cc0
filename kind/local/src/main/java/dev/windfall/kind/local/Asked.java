package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * One request as it arrived.
 *
 * @param verb get, list, watch, create, update, patch or delete, as Kubernetes names them
 * @param plural the kind's name in the URL; empty when the path leads to none
 * @param path decoded URL path
 * @param query raw query string, without the question mark
 * @param contentType empty when the request has none
 * @param body missing node when the request has none
 */
public record Asked(
    String verb, String plural, String path, String query, String contentType, JsonNode body) {
  /** Whether it asks for a change. */
  public boolean isWrite() {
    return switch (verb) {
      case "get", "list", "watch" -> false;
      default -> true;
    };
  }
}
