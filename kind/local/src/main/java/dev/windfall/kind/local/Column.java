package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.NullNode;
import java.time.Instant;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One column of a table.
 *
 * @param type string, integer, number, boolean or date
 * @param format {@code name} for the column that names the object; mostly empty
 * @param priority 0 is always shown, more with {@code -o wide} only
 */
record Column(
    String name, String type, String format, String description, int priority, Cell cell) {
  /** What the column shows of an object. */
  interface Cell {
    JsonNode of(JsonNode object, Instant now);
  }

  private static final Set<String> TYPES = Set.of("string", "integer", "number", "boolean", "date");

  static final Column NAME =
      new Column(
          "Name",
          "string",
          "name",
          "Unique within its namespace",
          0,
          (object, _) -> object.path("metadata").path("name"));

  static final Column AGE = at("Age", "date", ".metadata.creationTimestamp");

  /**
   * Reads an element of {@code additionalPrinterColumns}.
   *
   * @param where it is in its definition
   * @throws IllegalArgumentException naming the column and what is wrong with it
   */
  static Column read(JsonNode column, String where) {
    String name = column.path("name").asText();
    String type = column.path("type").asText();
    String path = column.path("jsonPath").asText();
    if (name.isEmpty()) {
      throw new IllegalArgumentException(where + ".name: Required value");
    }
    if (!TYPES.contains(type)) {
      throw new IllegalArgumentException(
          "%s.type: Invalid value: \"%s\": column \"%s\" must be one of boolean,date,integer,number,string"
              .formatted(where, type, name));
    }
    try {
      return new Column(
          name,
          type,
          column.path("format").asText(),
          column.path("description").asText(),
          column.path("priority").asInt(),
          at(type, JsonPath.parse(path)));
    } catch (IllegalArgumentException e) {
      throw new IllegalArgumentException(
          "%s.jsonPath: Invalid value: \"%s\": the path of column \"%s\" %s"
              .formatted(where, path, name, e.getMessage()),
          e);
    }
  }

  static Column at(String name, String type, String path) {
    return new Column(name, type, "", "", 0, at(type, JsonPath.parse(path)));
  }

  static Column of(String name, String type, Cell cell) {
    return new Column(name, type, "", "", 0, cell);
  }

  /** The same, for {@code -o wide} only. */
  Column wide() {
    return new Column(name, type, format, description, 1, cell);
  }

  private static Cell at(String type, JsonPath path) {
    return (object, now) -> {
      List<JsonNode> found = path.find(object);
      return found.isEmpty() ? NullNode.getInstance() : shown(type, found, now);
    };
  }

  private static JsonNode shown(String type, List<JsonNode> found, Instant now) {
    JsonNode first = found.getFirst();
    return switch (type) {
      case "integer" ->
          first.isNumber()
              ? JsonNodeFactory.instance.numberNode(first.asLong())
              : NullNode.getInstance();
      case "number" -> first.isNumber() ? first : NullNode.getInstance();
      case "boolean" -> first.isBoolean() ? first : NullNode.getInstance();
      case "date" -> JsonNodeFactory.instance.textNode(Age.of(first.asText(), now));
      default ->
          JsonNodeFactory.instance.textNode(
              found.stream()
                  .map(node -> node.isValueNode() ? node.asText() : node.toString())
                  .collect(Collectors.joining(" ")));
    };
  }
}
