package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;

/**
 * JSON merge patch (RFC 7396) and JSON patch (RFC 6902), on trees. The target is never changed; a
 * copy is.
 */
final class Patch {
  private Patch() {}

  static JsonNode merge(JsonNode target, JsonNode patch) {
    if (!(patch instanceof ObjectNode changes)) {
      return patch.deepCopy();
    }
    ObjectNode merged =
        target instanceof ObjectNode object
            ? object.deepCopy()
            : JsonNodeFactory.instance.objectNode();
    for (var change : changes.properties()) {
      if (change.getValue().isNull()) {
        merged.remove(change.getKey());
      } else {
        merged.set(change.getKey(), merge(merged.path(change.getKey()), change.getValue()));
      }
    }
    return merged;
  }

  /**
   * Applies the operations in order, all or none.
   *
   * @throws Refusal 422 when an operation does not apply, a failed {@code test} included; 400 when
   *     it is no operation
   */
  static JsonNode operations(JsonNode target, JsonNode operations) {
    if (!operations.isArray()) {
      throw Refusal.badRequest("a JSON patch is an array of operations");
    }
    JsonNode patched = target.deepCopy();
    for (JsonNode operation : operations) {
      patched = apply(patched, operation);
    }
    return patched;
  }

  private static JsonNode apply(JsonNode target, JsonNode operation) {
    List<String> path = pointer(operation.path("path").asText());
    return switch (operation.path("op").asText()) {
      case "add" -> add(target, path, value(operation));
      case "remove" -> remove(target, path);
      case "replace" -> {
        at(target, path);
        yield path.isEmpty() ? value(operation) : add(remove(target, path), path, value(operation));
      }
      case "move" -> {
        List<String> from = pointer(operation.path("from").asText());
        JsonNode moved = at(target, from);
        yield add(remove(target, from), path, moved);
      }
      case "copy" ->
          add(target, path, at(target, pointer(operation.path("from").asText())).deepCopy());
      case "test" -> {
        if (!at(target, path).equals(value(operation))) {
          throw refused("testing value " + operation.path("path").asText() + " failed");
        }
        yield target;
      }
      default ->
          throw Refusal.badRequest(
              "unknown operation \"" + operation.path("op").asText() + "\" in a JSON patch");
    };
  }

  private static JsonNode value(JsonNode operation) {
    JsonNode value = operation.get("value");
    if (value == null) {
      throw Refusal.badRequest("operation \"" + operation.path("op").asText() + "\" has no value");
    }
    return value.deepCopy();
  }

  private static List<String> pointer(String text) {
    if (text.isEmpty()) {
      return List.of();
    }
    if (text.charAt(0) != '/') {
      throw Refusal.badRequest("\"" + text + "\" is no JSON pointer");
    }
    List<String> segments = new ArrayList<>();
    for (String segment : text.substring(1).split("/", -1)) {
      segments.add(segment.replace("~1", "/").replace("~0", "~"));
    }
    return segments;
  }

  private static JsonNode at(JsonNode target, List<String> path) {
    JsonNode node = target;
    for (String segment : path) {
      node =
          node instanceof ArrayNode array
              ? array.path(index(segment, array.size() - 1))
              : node.path(segment);
    }
    if (node.isMissingNode()) {
      throw refused("the path /" + String.join("/", path) + " does not exist");
    }
    return node;
  }

  private static JsonNode add(JsonNode target, List<String> path, JsonNode value) {
    if (path.isEmpty()) {
      return value;
    }
    String last = path.getLast();
    switch (at(target, path.subList(0, path.size() - 1))) {
      case ObjectNode object -> object.set(last, value);
      case ArrayNode array ->
          array.insert(last.equals("-") ? array.size() : index(last, array.size()), value);
      default -> throw refused("the path /" + String.join("/", path) + " does not exist");
    }
    return target;
  }

  private static JsonNode remove(JsonNode target, List<String> path) {
    at(target, path);
    if (path.isEmpty()) {
      return JsonNodeFactory.instance.objectNode();
    }
    String last = path.getLast();
    switch (at(target, path.subList(0, path.size() - 1))) {
      case ObjectNode object -> object.remove(last);
      case ArrayNode array -> array.remove(index(last, array.size() - 1));
      default -> throw refused("the path /" + String.join("/", path) + " does not exist");
    }
    return target;
  }

  private static int index(String segment, int max) {
    try {
      int index = Integer.parseInt(segment);
      if (index >= 0 && index <= max) {
        return index;
      }
    } catch (NumberFormatException e) {
      // Told below, like an index out of range.
    }
    throw refused("\"" + segment + "\" is no index of the array");
  }

  private static Refusal refused(String why) {
    return new Refusal(
        422, "Invalid", "the server rejected our request due to an error in our request: " + why);
  }
}
