package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * One thing that is wrong with an object, worded as the API server words it.
 *
 * @param field dotted path, such as {@code spec.taints[0].key}; {@code <nil>} where the API server
 *     knows none
 * @param reason such as FieldValueRequired
 * @param message what is wrong, without the field
 */
record Violation(String field, String reason, String message) {
  static final String INVALID = "FieldValueInvalid";
  static final String REQUIRED = "FieldValueRequired";
  static final String NOWHERE = "<nil>";

  /** With one of these, the rules in CEL could trip over what is missing or of the wrong type. */
  private static final Set<String> BLOCKING =
      Set.of(
          REQUIRED,
          "FieldValueTooLong",
          "FieldValueTooMany",
          "FieldValueTypeInvalid",
          "FieldValueNotSupported");

  static Violation invalid(String field, JsonNode value, String why) {
    return new Violation(field, INVALID, "Invalid value: " + value + ": " + why);
  }

  static Violation invalid(String field, String value, String why) {
    return invalid(field, TextNode.valueOf(value), why);
  }

  static Violation required(String field, String why) {
    return new Violation(
        field, REQUIRED, why.isEmpty() ? "Required value" : "Required value: " + why);
  }

  static Violation wrongType(String path, String value, String wanted) {
    return new Violation(
        path,
        "FieldValueTypeInvalid",
        "Invalid value: \""
            + value
            + "\": "
            + path
            + " in body must be of type "
            + wanted
            + ": \""
            + value
            + "\"");
  }

  static Violation forbidden(String field, String why) {
    return new Violation(field, "FieldValueForbidden", "Forbidden: " + why);
  }

  static Violation tooMany(String field, int actual, int most) {
    return new Violation(
        field,
        "FieldValueTooMany",
        "Too many: " + actual + ": must have at most " + most + " items");
  }

  static Violation unsupported(String field, JsonNode value, List<JsonNode> supported) {
    String values = supported.stream().map(JsonNode::toString).collect(Collectors.joining(", "));
    return new Violation(
        field,
        "FieldValueNotSupported",
        "Unsupported value: " + value + ": supported values: " + values);
  }

  boolean blocksRules() {
    return BLOCKING.contains(reason);
  }

  /** The answer that names them all; there must be one at least. */
  static Refusal refusal(Kind kind, String name, List<Violation> violations) {
    String all =
        violations.stream()
            .map(violation -> violation.field() + ": " + violation.message())
            .collect(Collectors.joining(", "));
    Refusal refusal =
        new Refusal(
            422,
            "Invalid",
            kind.kind()
                + (kind.group().isEmpty() ? "" : "." + kind.group())
                + " \""
                + name
                + "\" is invalid: "
                + (violations.size() == 1 ? all : "[" + all + "]"));
    ObjectNode details = refusal.withDetails();
    details.put("name", name).put("group", kind.group()).put("kind", kind.kind());
    var causes = details.putArray("causes");
    for (Violation violation : violations) {
      causes
          .addObject()
          .put("reason", violation.reason())
          .put("message", violation.message())
          .put("field", violation.field());
    }
    return refusal;
  }
}
