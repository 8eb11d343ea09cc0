package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;

/** Reads x-kubernetes-validations; the expressions themselves are {@link Rules}' affair. */
final class RuleReader {
  private static final List<JsonNode> REASONS =
      LimitsReader.texts(
          "FieldValueDuplicate FieldValueForbidden FieldValueInvalid FieldValueRequired");

  private final List<Violation> violations;

  /**
   * A reader.
   *
   * @param violations where it says what is wrong
   */
  RuleReader(List<Violation> violations) {
    this.violations = violations;
  }

  List<Schema.Rule> read(JsonNode json, String path) {
    List<Schema.Rule> rules = new ArrayList<>();
    for (JsonNode rule : json.path("x-kubernetes-validations")) {
      String where = path + ".x-kubernetes-validations[" + rules.size() + "]";
      if (rule.path("rule").asText().isBlank()) {
        violations.add(Violation.required(where + ".rule", "rule is not specified"));
      }
      JsonNode reason = rule.path("reason");
      if (!reason.isMissingNode() && !REASONS.contains(reason)) {
        violations.add(Violation.unsupported(where + ".reason", reason, REASONS));
      }
      rules.add(
          new Schema.Rule(
              where,
              rule.path("rule").asText(),
              rule.path("message").asText(""),
              rule.path("messageExpression").asText(""),
              reason.asText(Violation.INVALID),
              fieldPath(json, rule.path("fieldPath").asText(""), where),
              rule.path("optionalOldSelf").asBoolean()));
    }
    return rules;
  }

  private String fieldPath(JsonNode json, String path, String where) {
    JsonNode at = json;
    for (String name :
        path.isEmpty() ? List.<String>of() : List.of(path.substring(1).split("\\.", -1))) {
      at = at.path("properties").path(name);
    }
    if (at.isMissingNode() || !(path.isEmpty() || path.startsWith("."))) {
      violations.add(Violation.invalid(where + ".fieldPath", path, "must be a valid path"));
    }
    return path;
  }
}
