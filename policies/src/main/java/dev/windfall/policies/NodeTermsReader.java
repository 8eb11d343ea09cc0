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
  /**
   * So many values are compared with an offer; each offer of a book is, for each wish. A pod that
   * lists more is held to offers as if it listed none: the scheduler compares, whatever we do.
   */
  private static final int MOST_VALUES = 1_000;

  private final JsonPull json;
  private int valuesKept;
  private final List<Expression> selected = new ArrayList<>();

  private boolean asksMore;

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
        case "matchFields" ->
            json.each(() -> {
              saysSomething[0] = true;
              asksMore = true;
            });
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
    operator.ifPresentOrElse(
        known -> keep(expressions, keyAndOperator[0], known, values), () -> asksMore = true);
  }

  private void keep(
      List<Expression> expressions, String key, Operator operator, List<String> values) {
    if (NodeTerms.KNOWN.contains(key)) {
      valuesKept += 1 + values.size();
    }
    if (NodeTerms.KNOWN.contains(key) && valuesKept <= MOST_VALUES) {
      expressions.add(new Expression(key, operator, values));
    } else {
      // Which machine of an offer it is a burst says, and never again.
      asksMore |= !key.equals(Keys.MACHINE);
    }
  }

  /** Whether something was said that is not kept. */
  boolean asksMore() {
    return asksMore;
  }

  NodeTerms terms() {
    if (valuesKept > MOST_VALUES) {
      return NodeTerms.ANY;
    }
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
