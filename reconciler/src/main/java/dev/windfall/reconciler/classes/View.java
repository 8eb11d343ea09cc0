package dev.windfall.reconciler.classes;

import dev.windfall.policies.SpotPool;
import dev.windfall.policies.SpotPool.NodeClass;
import dev.windfall.policies.SpotPool.NodeClassRef;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All that a plan is made from.
 *
 * @param pools by name, those that are being deleted too
 * @param used the names of the EC2NodeClasses that rungs or NodeClaims refer to
 * @param standing those that are there
 * @param roles those that a class may be made with
 */
record View(List<LivePool> pools, Set<String> used, Standing standing, Roles roles, Instant now) {
  /** By which Karpenter has a NodeClaim name its class. */
  static final String CLAIM_LABEL = "karpenter.k8s.aws/ec2nodeclass";

  /**
   * The EC2NodeClasses of the cluster.
   *
   * @param classes by name, Windfall's and everybody's
   * @param barred why they cannot be known; empty: they are
   */
  record Standing(Map<String, LiveClass> classes, Optional<Barred> barred) {
    static Standing unknown(Barred barred) {
      return new Standing(Map.of(), Optional.of(barred));
    }

    /** Whether some of them were made by Windfall. */
    boolean someOurs() {
      return classes.values().stream().anyMatch(LiveClass::named);
    }
  }

  /**
   * Why no class can be looked at, let alone made.
   *
   * @param reason one word
   */
  record Barred(String reason, String message) {}

  static View of(
      Collection<LivePool> pools,
      Collection<LiveRung> rungs,
      Collection<LiveClaim> claims,
      Standing standing,
      Roles roles,
      Instant now) {
    Set<String> used =
        rungs.stream()
            .map(rung -> Referred.ofNodePool(rung.object()))
            .filter(View::isEc2)
            .map(NodeClassRef::name)
            .collect(Collectors.toCollection(HashSet::new));
    claims.stream()
        .flatMap(claim -> Optional.ofNullable(claim.labels().get(CLAIM_LABEL)).stream())
        .forEach(used::add);
    return new View(
        pools.stream().sorted(Comparator.comparing(LivePool::name)).toList(),
        used,
        standing,
        roles,
        now);
  }

  static boolean isEc2(NodeClassRef ref) {
    return ref.group().equals(NodeClass.GROUP) && ref.kind().equals(NodeClass.KIND);
  }

  /** Whether {@code pool} asks for a class that is Windfall's to make. */
  static boolean asks(LivePool pool) {
    return pool.pool().filter(spec -> spec.acts() && spec.nodeClass().isPresent()).isPresent()
        && !pool.deleting();
  }

  /** The classes that {@code pools} ask for, by name. */
  static Set<String> asked(Collection<LivePool> pools) {
    return pools.stream()
        .filter(View::asks)
        .map(pool -> pool.pool().orElseThrow().nodeClassRef().name())
        .collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Whether {@code pool} has {@code live} stay. One that only observes has nothing deleted, and of
   * one that cannot be read nobody knows what it refers to.
   */
  static boolean keeps(LivePool pool, LiveClass live) {
    boolean own = live.pool().equals(Optional.of(pool.name()));
    return pool.pool().map(spec -> refers(spec, live) || (own && !spec.acts())).orElse(own);
  }

  private static boolean refers(SpotPool pool, LiveClass live) {
    return pool.nodeClassRef().equals(live.ref());
  }
}
