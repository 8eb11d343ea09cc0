package dev.windfall.reconciler.rungs;

import dev.windfall.reconciler.rungs.Shortlist.Slot;
import java.util.HashSet;
import java.util.List;
import java.util.Set;

/**
 * The offers that waiting pods need rungs of: for each pod the first in order that would do. A pod
 * that needs a larger machine, another zone or one of the offers that it was granted gets a rung by
 * this, and nothing gets one that no pod could use.
 *
 * @param first for each pod, of all pools
 * @param ofPool the same in each pool, since a pod may not tolerate the taints of the first
 */
record Needed(Set<Slot> first, Set<Slot> ofPool) {
  static final Needed NOTHING = new Needed(Set.of(), Set.of());

  /** Of {@code order}, in which the best is first. */
  static Needed of(List<Candidate> order, View view) {
    if (view.asks().isEmpty()) {
      return NOTHING;
    }
    Set<Slot> first = new HashSet<>();
    Set<Slot> ofPool = new HashSet<>();
    long pools = order.stream().map(candidate -> candidate.pool().name()).distinct().count();
    for (Ask ask : view.asks()) {
      Set<String> served = new HashSet<>();
      for (Candidate candidate : order) {
        String pool = candidate.pool().name();
        if (!candidate.isWide()
            && !served.contains(pool)
            && ask.servedBy(candidate.offer(), view.daemons())) {
          if (served.isEmpty()) {
            first.add(candidate.slot());
          }
          ofPool.add(candidate.slot());
          served.add(pool);
          if (served.size() == pools) {
            break;
          }
        }
      }
    }
    return new Needed(first, ofPool);
  }

  boolean contains(Slot slot) {
    return ofPool.contains(slot);
  }
}
