package dev.windfall.reconciler.rungs;

import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import dev.windfall.policies.Pod;
import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.ClassTrouble;
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
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;

/**
 * All that a plan is made from.
 *
 * @param pools by name, without those that are being deleted
 * @param leaving the others, by name
 * @param rungs by name, only those that are Windfall's
 * @param nodes NodeClaims by their NodePool
 * @param claims every NodeClaim
 * @param waiting the GPUs of each pod that Karpenter would buy a rung's node for, or is about to
 * @param hopeful those pods
 * @param asks what they ask for, each once; not more than are looked at
 * @param daemons what takes its part of a machine before them
 * @param repairKnown whether Karpenter can be told to keep node repair off a rung
 * @param classTroubles what is wrong with the pools' own node classes, by the pool's name
 */
record View(
    List<LivePool> pools,
    List<LivePool> leaving,
    List<LiveRung> rungs,
    Map<String, Integer> nodes,
    List<LiveClaim> claims,
    List<Integer> waiting,
    List<Hopeful> hopeful,
    List<Ask> asks,
    Daemons daemons,
    PriceBook book,
    boolean repairKnown,
    Map<String, ClassTrouble> classTroubles,
    Instant now) {

  /**
   * So many different wishes are looked at; of more, the others have their turn when those are
   * served.
   */
  private static final int MOST_ASKS = 256;

  /** Of pods whose volumes hold them nowhere, on machines without DaemonSets. */
  static View of(
      Collection<LivePool> pools,
      Collection<LiveRung> rungs,
      Collection<LiveClaim> claims,
      Collection<Pod> pods,
      PriceBook book,
      Instant now) {
    return of(pools, rungs, claims, pods, pod -> Optional.empty(), Daemons.NONE, book, now);
  }

  /**
   * The view of now.
   *
   * @param zones where the volumes of a pod that waits are; empty: anywhere
   */
  static View of(
      Collection<LivePool> pools,
      Collection<LiveRung> rungs,
      Collection<LiveClaim> claims,
      Collection<Pod> pods,
      Function<Pod, Optional<Set<String>>> zones,
      Daemons daemons,
      PriceBook book,
      Instant now) {
    List<Hopeful> hopeful =
        waiting(pods).stream()
            .map(pod ->
                new Hopeful(
                    new Ask(pod.gpus(), pod.needs(), pod.own(), zones.apply(pod)),
                    pod.unschedulableSince()))
            .toList();
    return new View(
        pools.stream()
            .filter(pool -> !pool.deleting())
            .sorted(Comparator.comparing(LivePool::name))
            .toList(),
        pools.stream()
            .filter(LivePool::deleting)
            .sorted(Comparator.comparing(LivePool::name))
            .toList(),
        rungs.stream()
            .filter(rung -> rung.pool().isPresent())
            .sorted(Comparator.comparing(LiveRung::name))
            .toList(),
        claims.stream().collect(Collectors.toMap(LiveClaim::nodePool, c -> 1, Integer::sum)),
        List.copyOf(claims),
        hopeful.stream().map(pod -> pod.ask().gpus()).sorted().toList(),
        hopeful,
        hopeful.stream().map(Hopeful::ask).distinct().limit(MOST_ASKS).toList(),
        daemons,
        book,
        false,
        Map.of(),
        // Kubernetes writes times in whole seconds.
        now.truncatedTo(ChronoUnit.SECONDS));
  }

  /** The same, of a cluster whose Karpenter knows node repair as a reason, or does not. */
  View withRepairKnown(boolean known) {
    return new View(
        pools,
        leaving,
        rungs,
        nodes,
        claims,
        waiting,
        hopeful,
        asks,
        daemons,
        book,
        known,
        classTroubles,
        now);
  }

  /** The same, of a cluster in which node classes of pools have these troubles. */
  View withClassTroubles(Map<String, ClassTrouble> troubles) {
    return new View(
        pools,
        leaving,
        rungs,
        nodes,
        claims,
        waiting,
        hopeful,
        asks,
        daemons,
        book,
        repairKnown,
        troubles,
        now);
  }

  /** What is to be said of {@code pool}, also while it is being deleted. */
  Optional<LivePool> leaving(String pool) {
    return leaving.stream().filter(live -> live.name().equals(pool)).findFirst();
  }

  /** The rungs that were made for {@code pool}. */
  List<LiveRung> rungsOf(String pool) {
    return rungs.stream().filter(rung -> rung.pool().equals(Optional.of(pool))).toList();
  }

  /** Those that Karpenter would buy a rung's node for, always in the same order. */
  static List<Pod> waiting(Collection<Pod> pods) {
    return pods.stream()
        .filter(View::waits)
        .sorted(Comparator.comparing(Pod::namespace).thenComparing(Pod::name))
        .toList();
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
   * Whether {@code offer} is absent from a book in which a source of {@code pool}'s region has not
   * spoken: it may be gone, and it may be unheard of.
   */
  private boolean unheardOf(OfferKey offer, SpotPool pool) {
    return book.find(offer).isEmpty() && someSilent(book, pool);
  }

  /** Whether a source that is silent may have what {@code rung} buys. */
  boolean mayBeUnheardOf(LiveRung rung) {
    Optional<SpotPool> pool =
        pools.stream()
            .filter(live -> rung.pool().equals(Optional.of(live.name())))
            .findFirst()
            .flatMap(LivePool::pool);
    return pool.isPresent()
        && (rung.wide()
            ? someSilent(book, pool.get())
            : rung.offer().filter(offer -> unheardOf(offer, pool.get())).isPresent());
  }

  /** Whether some source that may know offers for {@code pool} has said nothing at all yet. */
  static boolean someSilent(PriceBook book, SpotPool pool) {
    return book.sources().stream()
        .filter(source -> !ofAnotherRegion(source, pool))
        .anyMatch(source ->
            source.lastSuccess().isEmpty() || (source.error().isPresent() && source.offers() == 0));
  }

  /**
   * A provider's source is called by the provider and the one region that it knows. One with any
   * other name may know everything.
   */
  private static boolean ofAnotherRegion(SourceHealth source, SpotPool pool) {
    String provider = pool.provider() + " ";
    return source.name().startsWith(provider) && !source.name().equals(provider + pool.region());
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
