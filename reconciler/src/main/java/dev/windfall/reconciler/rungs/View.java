package dev.windfall.reconciler.rungs;

import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * All that a plan is made from.
 *
 * @param pools by name, without those that are being deleted
 * @param rungs by name, only those that are Windfall's
 * @param nodes NodeClaims by their NodePool
 * @param waiting the GPUs of each pod that Karpenter would buy a rung's node for, or is about to
 */
record View(
    List<LivePool> pools,
    List<LiveRung> rungs,
    Map<String, Integer> nodes,
    List<Integer> waiting,
    PriceBook book,
    Instant now) {

  static View of(
      Collection<LivePool> pools,
      Collection<LiveRung> rungs,
      Collection<LiveClaim> claims,
      Collection<Pod> pods,
      PriceBook book,
      Instant now) {
    return new View(
        pools.stream()
            .filter(pool -> !pool.deleting())
            .sorted(Comparator.comparing(LivePool::name))
            .toList(),
        rungs.stream()
            .filter(rung -> rung.pool().isPresent())
            .sorted(Comparator.comparing(LiveRung::name))
            .toList(),
        claims.stream().collect(Collectors.toMap(LiveClaim::nodePool, c -> 1, Integer::sum)),
        pods.stream().filter(View::waits).map(Pod::gpus).sorted().toList(),
        book,
        // Kubernetes writes times in whole seconds.
        now.truncatedTo(ChronoUnit.SECONDS));
  }

  int nodesOf(String rung) {
    return nodes.getOrDefault(rung, 0);
  }

  /** GPUs of all nodes that a pool's rungs have bought. */
  int gpusUsed(String pool) {
    return rungs.stream()
        .filter(rung -> rung.pool().equals(Optional.of(pool)))
        .mapToInt(rung -> rung.gpus() * nodesOf(rung.name()))
        .sum();
  }

  /**
   * Whether {@code offer} is absent from a book that some source has not spoken in: it may be gone,
   * and it may be unheard of.
   */
  boolean unheardOf(OfferKey offer) {
    return book.find(offer).isEmpty()
        && book.sources().stream()
            .anyMatch(source ->
                source.lastSuccess().isEmpty()
                    || (source.error().isPresent() && source.offers() == 0));
  }

  private static boolean waits(Pod pod) {
    return pod.gpus() > 0
        && (pod.unschedulable() || pod.waitsForBurst())
        && pod.toleratesRungs()
        && !pod.bound()
        && !pod.deleting()
        && !pod.finished();
  }
}
