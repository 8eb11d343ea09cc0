package dev.windfall.reconciler.leftover;

import dev.windfall.market.PriceBook;
import dev.windfall.policies.LeftoverConfig;
import dev.windfall.policies.SpotPool.Mode;
import dev.windfall.reconciler.LivePool;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * All that a plan is made from.
 *
 * @param leftovers every LeftoverNodePool, by name
 * @param pools every SpotPool, by name
 * @param config what holds for those that do not say otherwise
 */
record View(
    List<LiveLeftover> leftovers,
    List<LivePool> pools,
    NodeClasses classes,
    LeftoverConfig config,
    PriceBook book,
    Instant now) {

  static View of(
      Collection<LiveLeftover> leftovers,
      Collection<LivePool> pools,
      NodeClasses classes,
      LeftoverConfig config,
      PriceBook book,
      Instant now) {
    return new View(
        leftovers.stream().sorted(Comparator.comparing(LiveLeftover::name)).toList(),
        pools.stream().sorted(Comparator.comparing(LivePool::name)).toList(),
        classes,
        config,
        book,
        // Kubernetes writes times in whole seconds.
        now.truncatedTo(ChronoUnit.SECONDS));
  }

  Optional<LivePool> pool(String name) {
    return pools.stream().filter(pool -> pool.name().equals(name)).findFirst();
  }

  /** The names of all LeftoverNodePools. */
  Set<String> names() {
    return leftovers.stream().map(LiveLeftover::name).collect(Collectors.toSet());
  }

  /** What holds for one of them. */
  LeftoverConfig config(LiveLeftover leftover) {
    return leftover.mode().map(config::in).orElse(config);
  }

  /** Whether one of them is Windfall's to write to. */
  boolean acts(LiveLeftover leftover) {
    return config(leftover).mode() == Mode.ACT;
  }
}
