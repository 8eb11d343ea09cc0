package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.InstantSource;
import java.util.List;

/** Shows objects as tables of {@code meta.k8s.io/v1}, which kubectl prints as they come. */
final class Tables {
  /** What of each object goes with its row. */
  enum Include {
    NONE,
    METADATA,
    OBJECT;

    static Include read(String text) {
      return switch (text) {
        case "", "Metadata" -> METADATA;
        case "None" -> NONE;
        case "Object" -> OBJECT;
        default ->
            throw Refusal.badRequest(
                "includeObject: Unsupported value: \""
                    + text
                    + "\": supported values: \"Metadata\", \"None\", \"Object\"");
      };
    }
  }

  private final InstantSource clock;

  Tables(InstantSource clock) {
    this.clock = clock;
  }

  /** One object, or a list with its metadata. */
  ObjectNode of(Kind kind, ObjectNode answer, Include include) {
    ObjectNode table = empty(answer.path("metadata"), answer.has("items"));
    ArrayNode definitions = table.putArray("columnDefinitions");
    List<Column> columns = Columns.all(kind);
    columns.forEach(column ->
        definitions
            .addObject()
            .put("name", column.name())
            .put("type", column.type())
            .put("format", column.format())
            .put("description", column.description())
            .put("priority", column.priority()));
    ArrayNode rows = table.putArray("rows");
    if (answer.has("items")) {
      answer.path("items").forEach(item -> rows.add(row(columns, item, include)));
    } else {
      rows.add(row(columns, answer, include));
    }
    return table;
  }

  /** One event of a watch: the columns are told once, with the first. */
  ObjectNode event(Kind kind, ObjectNode object, Include include, boolean first) {
    ObjectNode table = of(kind, object, include);
    return first ? table : table.putNull("columnDefinitions");
  }

  /** A bookmark: a table without rows. */
  static ObjectNode bookmark(ObjectNode bookmark) {
    ObjectNode table = empty(bookmark.path("metadata"), true);
    table.putNull("columnDefinitions").putArray("rows");
    return table;
  }

  private static ObjectNode empty(JsonNode metadata, boolean whole) {
    ObjectNode table = JsonNodeFactory.instance.objectNode();
    table.put("kind", "Table").put("apiVersion", "meta.k8s.io/v1");
    ObjectNode own = table.putObject("metadata");
    own.set("resourceVersion", metadata.path("resourceVersion"));
    if (whole && metadata instanceof ObjectNode object) {
      own.setAll(object);
    }
    return table;
  }

  private ObjectNode row(List<Column> columns, JsonNode object, Include include) {
    ObjectNode row = JsonNodeFactory.instance.objectNode();
    ArrayNode cells = row.putArray("cells");
    var now = clock.instant();
    columns.forEach(column -> cells.add(column.cell().of(object, now)));
    switch (include) {
      case NONE -> {}
      case METADATA ->
          row.putObject("object")
              .put("kind", "PartialObjectMetadata")
              .put("apiVersion", "meta.k8s.io/v1")
              .set("metadata", object.path("metadata"));
      case OBJECT -> row.set("object", object);
    }
    return row;
  }
}
