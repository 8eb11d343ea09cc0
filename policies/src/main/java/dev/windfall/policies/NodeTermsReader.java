package dev.windfall.policies;

import dev.windfall.policies.Selector.Expression;
import dev.windfall.policies.Selector.Operator;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * Reads a pod's node selector and required node affinity, of which it keeps what concerns an offer.
 */
final class NodeTermsReader {
  private final JsonPull json;
  private final List<Expression> selected = new ArrayList<>();

  /** Null: the pod has no required node affinity. */
  private @Nullable List<List<Expression>> required;

  NodeTermsReader(JsonPull json) {
    this.json = json;
  }

  /** At {@code spec.nodeSelector}. */
  void selector() throws IOException {
    json.object(key -> keep(selected, key, Operator.IN, List.of(json.text())));
  }

  /** At {@code spec.affinity}. */
  void affinity() throws IOException {
    within(
        "nodeAffinity",
        () ->
            within(
                "requiredDuringSchedulingIgnoredDuringExecution",
                () -> {
                  if (json.atObject()) {
                    required = new ArrayList<>();
                  }
                  within("nodeSelectorTerms", () -> json.each(this::term));
                }));
  }

  private void within(String wanted, JsonPull.ItemReader reader) throws IOException {
    json.object(field -> {
      if (field.equals(wanted)) {
        reader.read();
      }
    });
  }

  private void term() throws IOException {
    List<Expression> expressions = new ArrayList<>();
    // A term without anything matches no node, and is no alternative.
    boolean[] saysSomething = {false};
    json.object(field -> {
      switch (field) {
        case "matchExpressions" ->
            json.each(() -> {
              saysSomething[0] = true;
              expression(expressions);
            });
        case "matchFields" -> json.each(() -> saysSomething[0] = true);
        default -> json.skip();
      }
    });
    if (saysSomething[0] && required != null) {
      required.add(expressions);
    }
  }

  private void expression(List<Expression> expressions) throws IOException {
    String[] keyAndOperator = {"", ""};
    List<String> values = new ArrayList<>();
    json.object(field -> {
      switch (field) {
        case "key" -> keyAndOperator[0] = json.text();
        case "operator" -> keyAndOperator[1] = json.text();
        case "values" -> json.each(() -> values.add(json.text()));
        default -> json.skip();
      }
    });
    // Gt and Lt compare numbers, which no label of an offer is.
    Optional<Operator> operator =
        Arrays.stream(Operator.values())
            .filter(known -> known.toString().equals(keyAndOperator[1]))
            .findFirst();
    operator.ifPresent(known -> keep(expressions, keyAndOperator[0], known, values));
  }

  private static void keep(
      List<Expression> expressions, String key, Operator operator, List<String> values) {
    if (NodeTerms.KNOWN.contains(key)) {
      expressions.add(new Expression(key, operator, values));
    }
  }

  NodeTerms terms() {
    List<List<Expression>> alternatives = required == null ? List.of(List.of()) : required;
    NodeTerms terms =
        new NodeTerms(
            alternatives.stream()
                .map(term -> Stream.concat(selected.stream(), term.stream()).toList())
                .distinct()
                .toList());
    return terms.equals(NodeTerms.ANY) ? NodeTerms.ANY : terms;
  }
}
