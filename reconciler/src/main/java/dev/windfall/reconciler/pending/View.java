package dev.windfall.reconciler.pending;

import dev.windfall.market.PriceBook;
import dev.windfall.policies.AdmittedPods;
import dev.windfall.policies.Pod;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Surroundings;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.bursts.Fleet;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * All that a plan is made from.
 *
 * @param pods those that wait, by namespace and name
 * @param surroundings what counts for them besides what they say themselves
 * @param pools what may be bought
 * @param rungs by name
 * @param fleet the machines that there are, and those that may be bought
 * @param namespace Windfall's own
 */
record View(
    List<Pod> pods,
    Surroundings surroundings,
    List<SpotPool> pools,
    List<LiveRung> rungs,
    Fleet fleet,
    PriceBook book,
    String namespace,
    Instant now) {

  static View of(
      Collection<Pod> pods,
      Surroundings surroundings,
      Collection<LivePool> pools,
      Collection<LiveRung> rungs,
      Collection<LiveClaim> claims,
      Set<String> retiring,
      PriceBook book,
      String namespace,
      Instant now) {
    return new View(
        pods.stream()
            .filter(pod -> !pod.bound() && !pod.finished() && !pod.deleting())
            .sorted(Comparator.comparing(Pod::namespace).thenComparing(Pod::name))
            .toList(),
        surroundings,
        LivePool.buying(pools),
        rungs.stream()
            .filter(rung -> rung.pool().isPresent() && !rung.deleting())
            .sorted(Comparator.comparing(LiveRung::name))
            .toList(),
        Fleet.of(rungs, claims, pods, retiring, book, now),
        book,
        namespace,
        now);
  }

  /** Whether admission steers such a pod, unless it is away. Others it leaves alone on purpose. */
  boolean admits(Pod pod) {
    return !pod.ofDaemonSet()
        && !pod.mirror()
        && !pod.namespace().equals(namespace)
        && !AdmittedPods.SYSTEM_NAMESPACES.contains(pod.namespace());
  }
}
