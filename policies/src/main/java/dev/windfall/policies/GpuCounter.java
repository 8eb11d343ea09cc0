package dev.windfall.policies;

import java.util.HashMap;
import java.util.Map;

/**
 * Counts a pod's GPUs as the scheduler does: containers and sidecars together, or the largest of
 * the init containers with the sidecars that were started before it.
 */
final class GpuCounter {
  /** A pod may name what no node has; nobody asks for more kinds than this and means it. */
  private static final int MOST_KINDS = 16;

  private final Map<String, Tally> tallies = new HashMap<>();

  private static final class Tally {
    private int containers;
    private int sidecars;
    private int peak;
  }

  void container(GpuCounts asks) {
    asks.byResource()
        .forEach((resource, count) -> {
          Tally tally = tally(resource);
          tally.containers = GpuCounts.sum(tally.containers, count);
        });
  }

  void initContainer(GpuCounts asks, boolean sidecar) {
    asks.byResource()
        .forEach((resource, count) -> {
          Tally tally = tally(resource);
          int together = GpuCounts.sum(tally.sidecars, count);
          tally.peak = Math.max(tally.peak, together);
          if (sidecar) {
            tally.sidecars = together;
          }
        });
  }

  private Tally tally(String resource) {
    Tally known = tallies.get(resource);
    if (known != null) {
      return known;
    }
    Tally made = new Tally();
    if (tallies.size() < MOST_KINDS) {
      tallies.put(resource, made);
    }
    return made;
  }

  GpuCounts counts() {
    Map<String, Integer> counts = HashMap.newHashMap(tallies.size());
    tallies.forEach((resource, tally) -> {
      int count = Math.max(GpuCounts.sum(tally.containers, tally.sidecars), tally.peak);
      if (count > 0) {
        counts.put(resource, count);
      }
    });
    return counts.isEmpty() ? GpuCounts.NONE : new GpuCounts(counts);
  }
}
