package dev.windfall.reconciler.nodes;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * What came of evictions, for the next plan. It is noted as it happens, so that it is known where
 * the rest of a plan fails. Owned by the loop's thread.
 */
final class Outcome {
  private final Set<String> refused = new HashSet<>();
  private final Set<String> forbidden = new HashSet<>();
  private final Map<String, Set<String>> evicted = new HashMap<>();

  /** The nodes that were not begun with, since one of their pods may not go now. */
  Set<String> refused() {
    return refused;
  }

  /** The same, since there is no right to evict one of their pods. */
  Set<String> forbidden() {
    return forbidden;
  }

  /** Whose pods were evicted, by the name of their node; or may have been, as no answer came. */
  Map<String, Set<String>> evicted() {
    return evicted;
  }

  void evicted(String node, String controller) {
    evicted.computeIfAbsent(node, n -> new HashSet<>()).add(controller);
  }
}
