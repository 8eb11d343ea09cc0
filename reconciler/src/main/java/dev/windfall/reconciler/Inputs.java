package dev.windfall.reconciler;

import dev.windfall.cluster.Key;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Policies;
import dev.windfall.policies.Surroundings;
import java.util.Map;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * What the loops look at. Each supplier gives the newest snapshot and is asked once a pass.
 *
 * @param pools every SpotPool
 * @param rungs the NodePools with the label {@code windfall.dev/pool}; others are ignored
 * @param claims every NodeClaim
 * @param retiring the names of nodes that get no new work
 * @param pods every pod, or at least those with GPUs
 * @param surroundings what counts for a pod besides what it says itself
 * @param policies those in force, from files and from the cluster
 * @param livePolicies every SpotPolicy of the cluster, in force or not
 * @param classTroubles what is wrong with the node classes that Windfall makes, by the pool's name
 * @param synced whether all of these have been listed once; until then nothing is decided, since
 *     what is not listed yet looks deleted
 */
public record Inputs(
    Supplier<Map<Key, LivePool>> pools,
    Supplier<Map<Key, LiveRung>> rungs,
    Supplier<Map<Key, LiveClaim>> claims,
    Supplier<Set<String>> retiring,
    Supplier<Map<Key, Pod>> pods,
    Supplier<Surroundings> surroundings,
    Supplier<Policies> policies,
    Supplier<Map<Key, LivePolicy>> livePolicies,
    Supplier<PriceBook> book,
    Supplier<Map<String, ClassTrouble>> classTroubles,
    BooleanSupplier synced) {
  /** The same for a loop that decides on nothing before {@code known} holds too. */
  public Inputs once(BooleanSupplier known) {
    return new Inputs(
        pools,
        rungs,
        claims,
        retiring,
        pods,
        surroundings,
        policies,
        livePolicies,
        book,
        classTroubles,
        () -> synced.getAsBoolean() && known.getAsBoolean());
  }

  /** The same for a loop that is to know what is wrong with node classes. */
  public Inputs knowing(Supplier<Map<String, ClassTrouble>> troubles) {
    return new Inputs(
        pools,
        rungs,
        claims,
        retiring,
        pods,
        surroundings,
        policies,
        livePolicies,
        book,
        troubles,
        synced);
  }
}
