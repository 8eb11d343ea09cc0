package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import com.google.re2j.Pattern;
import com.google.re2j.PatternSyntaxException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Reads the bounds that a schema sets. */
final class LimitsReader {
  private final List<Violation> violations;

  /**
   * A reader.
   *
   * @param violations where it says what is wrong
   */
  LimitsReader(List<Violation> violations) {
    this.violations = violations;
  }

  Schema.Limits read(JsonNode json, String path) {
    List<JsonNode> allowed = new ArrayList<>();
    json.path("enum").forEach(allowed::add);
    return new Schema.Limits(
        strings(json.path("required")),
        allowed,
        pattern(json.get("pattern"), path),
        json.path("format").asText(""),
        number(json, "minimum", path),
        json.path("exclusiveMinimum").asBoolean(),
        number(json, "maximum", path),
        json.path("exclusiveMaximum").asBoolean(),
        number(json, "multipleOf", path),
        size(json, "Length", path),
        size(json, "Items", path),
        size(json, "Properties", path));
  }

  private @Nullable Pattern pattern(@Nullable JsonNode text, String path) {
    if (text == null) {
      return null;
    }
    try {
      return Pattern.compile(text.asText());
    } catch (PatternSyntaxException e) {
      violations.add(
          Violation.invalid(
              path + ".pattern",
              text,
              "must be a valid regular expression, but isn't: " + e.getMessage()));
      return null;
    }
  }

  private @Nullable JsonNode number(JsonNode json, String keyword, String path) {
    JsonNode value = json.get(keyword);
    if (value != null && !value.isNumber()) {
      violations.add(Violation.invalid(path + "." + keyword, value, "must be a number"));
      return null;
    }
    return value;
  }

  private Schema.Size size(JsonNode json, String what, String path) {
    return new Schema.Size(
        bound(json, "min" + what, 0, path), bound(json, "max" + what, Integer.MAX_VALUE, path));
  }

  private int bound(JsonNode json, String keyword, int otherwise, String path) {
    JsonNode value = json.get(keyword);
    if (value != null && (!value.isInt() || value.asInt() < 0)) {
      violations.add(
          Violation.invalid(path + "." + keyword, value, "must be greater than or equal to 0"));
      return otherwise;
    }
    return value == null ? otherwise : value.asInt();
  }

  static List<String> strings(JsonNode array) {
    List<String> strings = new ArrayList<>();
    array.forEach(each -> strings.add(each.asText()));
    return strings;
  }

  static List<JsonNode> texts(String words) {
    return List.copyOf(Arrays.stream(words.split(" ", -1)).map(TextNode::valueOf).toList());
  }
}
