package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * A selector of labels as objects hold it: matchLabels and matchExpressions, all of which apply.
 */
record LabelSelector(List<Term> terms) {
  private static final Set<String> OPERATORS = Set.of("In", "NotIn", "Exists", "DoesNotExist");

  private record Term(String key, String operator, Set<String> values) {
    boolean holds(Map<String, String> labels) {
      String value = labels.get(key);
      return switch (operator) {
        case "In" -> value != null && values.contains(value);
        case "NotIn" -> value == null || !values.contains(value);
        case "Exists" -> value != null;
        default -> value == null;
      };
    }
  }

  /** Reads one; a missing node selects everything. */
  static LabelSelector read(JsonNode json, String path, List<Violation> violations) {
    List<Term> terms = new ArrayList<>();
    for (var label : json.path("matchLabels").properties()) {
      terms.add(new Term(label.getKey(), "In", Set.of(label.getValue().asText())));
    }
    int index = 0;
    for (JsonNode expression : json.path("matchExpressions")) {
      String operator = expression.path("operator").asText();
      if (!OPERATORS.contains(operator)) {
        violations.add(
            Violation.invalid(
                path + ".matchExpressions[" + index + "].operator",
                operator,
                "not a valid selector operator"));
      }
      Set<String> values = new HashSet<>();
      expression.path("values").forEach(value -> values.add(value.asText()));
      terms.add(new Term(expression.path("key").asText(), operator, values));
      index++;
    }
    return new LabelSelector(terms);
  }

  boolean matches(Map<String, String> labels) {
    return terms.stream().allMatch(term -> term.holds(labels));
  }
}
