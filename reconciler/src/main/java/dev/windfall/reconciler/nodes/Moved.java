package dev.windfall.reconciler.nodes;

import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whose pods were evicted lately. What is made anew may come back to a machine as dear, for a
 * reason that nobody sees here, and would then be begun anew for ever; so each is left alone for
 * longer the more often that was.
 *
 * @param counts by the uid of what makes the pods anew
 */
record Moved(Map<String, Count> counts) {
  static final Moved NOBODY = new Moved(Map.of());

  /** Of more the oldest are forgotten. */
  static final int MOST = 1_000;

  /** Nobody waits longer, and it is forgotten then. */
  private static final Duration LONGEST = Duration.ofHours(24);

  private static final int DOUBLED_AT_MOST = 5;

  /** How often, and when last. */
  record Count(int times, Instant last) {
    private Instant until() {
      Duration wait = Duration.ofHours(1L << Math.min(times - 1, DOUBLED_AT_MOST));
      return last.plus(wait.compareTo(LONGEST) < 0 ? wait : LONGEST);
    }
  }

  Moved {
    counts = Map.copyOf(counts);
  }

  boolean mayGo(String controller, Instant now) {
    Count count = counts.get(controller);
    return count == null || !now.isBefore(count.until());
  }

  /** The same, with those of whom pods were evicted now. */
  Moved and(Collection<String> controllers, Instant now) {
    Map<String, Count> more = new HashMap<>(counts);
    more.values().removeIf(count -> !now.isBefore(count.last().plus(LONGEST)));
    for (String controller : Set.copyOf(controllers)) {
      Count count = more.getOrDefault(controller, new Count(0, Instant.MIN));
      // One that should still wait has another pod on the machine that is being emptied.
      int times = count.times() == 0 || mayGo(controller, now) ? count.times() + 1 : count.times();
      more.put(controller, new Count(times, now));
    }
    return new Moved(
        more.entrySet().stream()
            .sorted(
                Comparator.comparing(
                    (Map.Entry<String, Count> one) -> one.getValue().last(),
                    Comparator.reverseOrder()))
            .limit(MOST)
            .collect(Collectors.toMap(Map.Entry::getKey, Map.Entry::getValue)));
  }
}
