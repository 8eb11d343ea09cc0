package dev.windfall.market;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.NodeRequirement.Operator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Writes requirements into a pod's node affinity.
 *
 * <p>There is one required term, never alternatives of ours: Karpenter tries alternatives in the
 * order written, above the weight of NodePools, and drops them before it drops a soft constraint.
 * Terms that the user wrote are narrowed each. A term that is empty matches no node; adding to it
 * would make it match some, so it is left. So is a requirement without any term, which matches no
 * node either and which the API server refuses.
 */
public final class NodeAffinity {
  private static final String REQUIRED = "requiredDuringSchedulingIgnoredDuringExecution";

  private NodeAffinity() {}

  /**
   * The affinity that {@code spec} has to be given so that it also holds {@code requirements}.
   *
   * @param spec of the pod, which is not changed
   * @return empty when the pod holds them already
   */
  public static Optional<ObjectNode> narrowed(JsonNode spec, List<NodeRequirement> requirements) {
    List<NodeRequirement> open =
        requirements.stream()
            .filter(wanted -> !heldBySelector(spec.path("nodeSelector"), wanted))
            .toList();
    ObjectNode affinity =
        spec.get("affinity") instanceof ObjectNode own
            ? own.deepCopy()
            : JsonNodeFactory.instance.objectNode();
    boolean unrestricted = !restricts(spec);
    ArrayNode terms = madeTerms(affinity);
    if (unrestricted && !open.isEmpty()) {
      terms.addObject();
      narrow((ObjectNode) terms.get(0), open);
      return Optional.of(affinity);
    }
    boolean changed = false;
    for (JsonNode term : terms) {
      if (matchesSome(term)) {
        changed |= narrow((ObjectNode) term, open);
      }
    }
    return changed ? Optional.of(affinity) : Optional.empty();
  }

  /** Whether {@code spec} requires anything of nodes by its affinity. */
  static boolean restricts(JsonNode spec) {
    return required(spec).isObject();
  }

  /** The required terms of {@code spec}; none when it has none. */
  static JsonNode terms(JsonNode spec) {
    return required(spec).path("nodeSelectorTerms");
  }

  private static JsonNode required(JsonNode spec) {
    return spec.path("affinity").path("nodeAffinity").path(REQUIRED);
  }

  private static ArrayNode madeTerms(ObjectNode affinity) {
    ObjectNode required = child(child(affinity, "nodeAffinity"), REQUIRED);
    return required.get("nodeSelectorTerms") instanceof ArrayNode terms
        ? terms
        : required.putArray("nodeSelectorTerms");
  }

  private static ObjectNode child(ObjectNode parent, String field) {
    return parent.get(field) instanceof ObjectNode child ? child : parent.putObject(field);
  }

  /** Whether {@code term} matches any node; one that says nothing does not. */
  static boolean matchesSome(JsonNode term) {
    return term instanceof ObjectNode
        && !(term.path("matchExpressions").isEmpty() && term.path("matchFields").isEmpty());
  }

  private static boolean narrow(ObjectNode term, List<NodeRequirement> requirements) {
    boolean changed = false;
    for (NodeRequirement wanted : requirements) {
      if (!heldByTerm(term, wanted)) {
        ArrayNode expressions =
            term.get("matchExpressions") instanceof ArrayNode own
                ? own
                : term.putArray("matchExpressions");
        ObjectNode expression = expressions.addObject();
        expression.put("key", wanted.key());
        expression.put("operator", wanted.operator().toString());
        wanted.values().forEach(expression.putArray("values")::add);
        changed = true;
      }
    }
    return changed;
  }

  private static boolean heldByTerm(JsonNode term, NodeRequirement wanted) {
    for (JsonNode expression : term.path("matchExpressions")) {
      if (expression.path("key").asText().equals(wanted.key())) {
        Set<String> values = new HashSet<>();
        expression.path("values").forEach(value -> values.add(value.asText()));
        if (implies(expression.path("operator").asText(), values, wanted)) {
          return true;
        }
      }
    }
    return false;
  }

  private static boolean heldBySelector(JsonNode selector, NodeRequirement wanted) {
    return selector.has(wanted.key())
        && implies(Operator.IN.toString(), Set.of(selector.get(wanted.key()).asText()), wanted);
  }

  private static boolean implies(String operator, Set<String> values, NodeRequirement wanted) {
    boolean in = operator.equals(Operator.IN.toString());
    if (wanted.operator() == Operator.NOT_IN) {
      return in
          ? wanted.values().stream().noneMatch(values::contains)
          : operator.equals(Operator.NOT_IN.toString()) && values.containsAll(wanted.values());
    }
    return in && wanted.values().containsAll(values);
  }
}
