package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/**
 * What a CustomResourceDefinition says of one version of its kind, beyond names.
 *
 * @param columns those of its table; empty when it names none
 * @param selectable fields that field selectors may name, such as {@code spec.color}
 * @param schema missing node when there is none
 */
record Definition(List<Column> columns, List<String> selectable, JsonNode schema) {
  /**
   * Reads one element of {@code spec.versions}.
   *
   * @param where of the version in the definition, such as {@code spec.versions[0]}
   * @throws IllegalArgumentException naming what of it cannot be read
   */
  static Definition read(JsonNode version, String where) {
    List<Column> columns = new ArrayList<>();
    for (JsonNode column : version.path("additionalPrinterColumns")) {
      String at = where + ".additionalPrinterColumns[" + columns.size() + "]";
      columns.add(Column.read(column, at));
    }
    List<String> selectable = new ArrayList<>();
    for (JsonNode field : version.path("selectableFields")) {
      String path = field.path("jsonPath").asText();
      String at = where + ".selectableFields[" + selectable.size() + "].jsonPath";
      if (!path.matches("(\\.[A-Za-z0-9_-]+)+")) {
        throw new IllegalArgumentException(
            at + ": Invalid value: \"" + path + "\": must be a path of field names, as in .spec.a");
      }
      selectable.add(path.substring(1));
    }
    return new Definition(
        List.copyOf(columns),
        List.copyOf(selectable),
        version.path("schema").path("openAPIV3Schema"));
  }
}
