package dev.windfall.policies;

import dev.windfall.policies.Selector.Expression;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Which nodes a pod allows by its own node selector and required node affinity, as far as an offer
 * says what its node would be labelled with.
 *
 * @param alternatives of which one must hold, with all its expressions; none: no node will do
 */
public record NodeTerms(List<List<Expression>> alternatives) {
  /** Any node will do. */
  public static final NodeTerms ANY = new NodeTerms(List.of(List.of()));

  /** The labels that an offer says. */
  public static final Set<String> KNOWN =
      Set.of(
          Keys.ZONE,
          Keys.REGION,
          Keys.INSTANCE_TYPE,
          Keys.ARCHITECTURE,
          Keys.CAPACITY_TYPE,
          Keys.OFFER,
          Keys.PROVIDER);

  /** What a node is labelled with. */
  @FunctionalInterface
  public interface Labels {
    /** The value of a label among {@link #KNOWN}; null: the node has none. */
    @Nullable String value(String label);
  }

  public NodeTerms {
    alternatives = alternatives.stream().map(List::copyOf).toList();
  }

  /** The same without what is said of a label. */
  NodeTerms without(String label) {
    NodeTerms fewer =
        new NodeTerms(
            alternatives.stream()
                .map(all -> all.stream().filter(one -> !one.key().equals(label)).toList())
                .distinct()
                .toList());
    return fewer.equals(ANY) ? ANY : fewer;
  }

  /** Whether a node with these labels may do. */
  public boolean allow(Labels node) {
    for (List<Expression> alternative : alternatives) {
      if (holds(alternative, node)) {
        return true;
      }
    }
    return false;
  }

  private static boolean holds(List<Expression> expressions, Labels node) {
    for (Expression expression : expressions) {
      if (!expression.holds(node.value(expression.key()))) {
        return false;
      }
    }
    return true;
  }
}
