package dev.windfall.reconciler.pending;

import dev.windfall.market.PriceBook;
import dev.windfall.policies.Pod;
import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;

/**
 * All that a plan is made from.
 *
 * @param pods those that wait, by namespace and name
 * @param pools what may be bought
 * @param rungs by name
 */
record View(
    List<Pod> pods, List<SpotPool> pools, List<LiveRung> rungs, PriceBook book, Instant now) {

  static View of(
      Collection<Pod> pods,
      Collection<LivePool> pools,
      Collection<LiveRung> rungs,
      PriceBook book,
      Instant now) {
    return new View(
        pods.stream()
            .filter(pod -> !pod.bound() && !pod.finished() && !pod.deleting())
            .sorted(Comparator.comparing(Pod::namespace).thenComparing(Pod::name))
            .toList(),
        LivePool.buying(pools),
        rungs.stream()
            .filter(rung -> rung.pool().isPresent() && !rung.deleting())
            .sorted(Comparator.comparing(LiveRung::name))
            .toList(),
        book,
        now);
  }
}
