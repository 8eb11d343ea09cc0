package dev.windfall.reconciler.nodes;

import dev.windfall.market.PriceBook;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import java.time.Instant;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All that a plan is made from.
 *
 * @param nodes those with GPUs and those of rungs, by name
 * @param claims by the name of their node
 * @param machines by the name of a rung, how many claims it has, those without a node included
 * @param rungs those that are Windfall's, by name
 * @param pools by name
 * @param deaf the DaemonSets that should bring GPUs to nodes and do not go to rungs, for a person
 */
record View(
    List<LiveNode> nodes,
    Map<String, LiveClaim> claims,
    Map<String, Integer> machines,
    Map<String, LiveRung> rungs,
    Map<String, LivePool> pools,
    List<String> deaf,
    PriceBook book,
    Instant now) {

  static View of(
      Collection<LiveNode> nodes,
      Collection<LiveClaim> claims,
      Collection<LiveRung> rungs,
      Collection<LivePool> pools,
      List<String> deaf,
      PriceBook book,
      Instant now) {
    Map<String, LiveClaim> byNode = new HashMap<>();
    claims.stream()
        .filter(claim -> !claim.life().nodeName().isEmpty())
        .forEach(claim -> byNode.put(claim.life().nodeName(), claim));
    Map<String, Integer> machines = new HashMap<>();
    claims.forEach(claim -> machines.merge(claim.nodePool(), 1, Integer::sum));
    Map<String, LiveRung> ownRungs = new TreeMap<>();
    rungs.stream()
        .filter(rung -> rung.pool().isPresent())
        .forEach(rung -> ownRungs.put(rung.name(), rung));
    Map<String, LivePool> byName = new TreeMap<>();
    pools.forEach(pool -> byName.put(pool.name(), pool));
    return new View(
        nodes.stream().sorted(Comparator.comparing(LiveNode::name)).toList(),
        byNode,
        machines,
        ownRungs,
        byName,
        List.copyOf(deaf),
        book,
        now);
  }

  /** The rung that a node is of; empty: others launched it. */
  Optional<LiveRung> rung(LiveNode node) {
    return Optional.ofNullable(rungs.get(node.rung()));
  }

  Optional<LivePool> pool(LiveRung rung) {
    return rung.pool().flatMap(name -> Optional.ofNullable(pools.get(name)));
  }

  Optional<LiveClaim> claim(LiveNode node) {
    return Optional.ofNullable(claims.get(node.name()));
  }
}
