package dev.windfall.market;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.NodeRequirement.Operator;
import dev.windfall.policies.Keys;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.TreeSet;
import java.util.function.Predicate;

/** The offers that a pod names: those that it was granted, or that its owner chose. */
public final class NamedOffers {
  private NamedOffers() {}

  /**
   * The offers that {@code spec} names.
   *
   * @return empty when it may run on a node of which it names no offer
   */
  public static Optional<List<String>> in(JsonNode spec) {
    return spec.path("nodeSelector").has(Keys.OFFER) || eachTermNames(spec)
        ? Optional.of(anywhere(spec))
        : Optional.empty();
  }

  /** A term that is empty matches no node, and needs to name none. */
  private static boolean eachTermNames(JsonNode spec) {
    return NodeAffinity.restricts(spec)
        && NodeAffinity.terms(spec)
            .valueStream()
            .filter(NodeAffinity::matchesSome)
            .noneMatch(term -> expressionsOf(term).isEmpty());
  }

  /** The offers in any alternative of {@code spec}, of which others may name none. */
  public static List<String> anywhere(JsonNode spec) {
    TreeSet<String> named = new TreeSet<>();
    String selected = spec.path("nodeSelector").path(Keys.OFFER).asText("");
    if (!selected.isEmpty()) {
      named.add(selected);
    }
    expressions(spec)
        .forEach(expression -> expression.path("values").forEach(v -> named.add(v.asText())));
    return List.copyOf(named);
  }

  /**
   * Takes offers out of the node affinity.
   *
   * @param spec is changed
   * @param unwanted by the offer's label
   * @return whether each expression still names one; where one does not, nothing was changed
   */
  public static boolean without(ObjectNode spec, Predicate<String> unwanted) {
    List<List<String>> kept = new ArrayList<>();
    for (ObjectNode expression : expressions(spec)) {
      List<String> values = new ArrayList<>();
      expression.path("values").forEach(value -> values.add(value.asText()));
      values.removeIf(unwanted);
      kept.add(values);
    }
    if (kept.stream().anyMatch(List::isEmpty)) {
      return false;
    }
    List<ObjectNode> expressions = expressions(spec);
    for (int i = 0; i < expressions.size(); i++) {
      kept.get(i).forEach(expressions.get(i).putArray("values")::add);
    }
    return true;
  }

  private static List<ObjectNode> expressions(JsonNode spec) {
    List<ObjectNode> found = new ArrayList<>();
    NodeAffinity.terms(spec).forEach(term -> found.addAll(expressionsOf(term)));
    return found;
  }

  private static List<ObjectNode> expressionsOf(JsonNode term) {
    List<ObjectNode> found = new ArrayList<>();
    for (JsonNode expression : term.path("matchExpressions")) {
      if (expression instanceof ObjectNode own
          && own.path("key").asText().equals(Keys.OFFER)
          && own.path("operator").asText().equals(Operator.IN.toString())) {
        found.add(own);
      }
    }
    return found;
  }
}
