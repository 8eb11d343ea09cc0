package dev.windfall.policies;

import java.util.HashMap;
import java.util.Map;

/** Counts a pod's GPUs as the scheduler does. */
final class GpuCounter {
  /** A pod may name what no node has; nobody asks for more kinds than this and means it. */
  private static final int MOST_KINDS = 16;

  private final Map<String, Tally> tallies = new HashMap<>();

  void container(GpuCounts asks) {
    asks.byResource()
        .forEach((resource, count) -> {
          tally(resource).container(count);
        });
  }

  void initContainer(GpuCounts asks, boolean sidecar) {
    asks.byResource()
        .forEach((resource, count) -> {
          tally(resource).initContainer(count, sidecar);
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
      int count = GpuCounts.sum(0, tally.total());
      if (count > 0) {
        counts.put(resource, count);
      }
    });
    return counts.isEmpty() ? GpuCounts.NONE : new GpuCounts(counts);
  }
}
