package dev.windfall.reconciler.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.Grants;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Surroundings;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import java.time.Instant;
import java.util.ArrayList;
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
 * @param bought by the name of a rung, when the newest of its claims that stay was made
 * @param rungs those that are Windfall's, by name
 * @param pools by name
 * @param pods those with GPUs that have not ended, by the name of their node
 * @param surroundings what counts for them besides what they say themselves
 * @param grants what they may run on
 * @param deaf the DaemonSets that should bring GPUs to nodes and do not go to rungs, for a person
 */
record View(
    List<LiveNode> nodes,
    Map<String, LiveClaim> claims,
    Map<String, Integer> machines,
    Map<String, Instant> bought,
    Map<String, LiveRung> rungs,
    Map<String, LivePool> pools,
    Map<String, List<Pod>> pods,
    Surroundings surroundings,
    Grants grants,
    List<String> deaf,
    PriceBook book,
    Instant now) {

  static View of(
      Collection<LiveNode> nodes,
      Collection<LiveClaim> claims,
      Collection<LiveRung> rungs,
      Collection<LivePool> pools,
      Collection<Pod> pods,
      Surroundings surroundings,
      List<String> deaf,
      PriceBook book,
      Instant now) {
    Map<String, LiveClaim> byNode = new HashMap<>();
    claims.stream()
        .filter(claim -> !claim.life().nodeName().isEmpty())
        .forEach(claim -> byNode.put(claim.life().nodeName(), claim));
    Map<String, Integer> machines = new HashMap<>();
    claims.forEach(claim -> machines.merge(claim.nodePool(), 1, Integer::sum));
    Map<String, Instant> bought = new HashMap<>();
    claims.stream()
        .filter(claim -> !claim.life().deleting())
        .forEach(claim ->
            claim
                .life()
                .created()
                .ifPresent(
                    at -> bought.merge(claim.nodePool(), at, (a, b) -> a.isAfter(b) ? a : b)));
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
        bought,
        ownRungs,
        byName,
        onNodes(pods),
        surroundings,
        new Grants(book, LivePool.buying(pools), now),
        List.copyOf(deaf),
        book,
        now);
  }

  private static Map<String, List<Pod>> onNodes(Collection<Pod> pods) {
    Map<String, List<Pod>> onNodes = new HashMap<>();
    pods.stream()
        .filter(pod -> pod.bound() && !pod.finished() && !pod.asks().isEmpty())
        .sorted(Comparator.comparing(Pod::namespace).thenComparing(Pod::name))
        .forEach(pod -> onNodes.computeIfAbsent(pod.nodeName(), n -> new ArrayList<>()).add(pod));
    return onNodes;
  }

  /** Whether nodes are bought from the rung of this name. */
  boolean isOpen(String rung) {
    return Optional.ofNullable(rungs.get(rung))
        .filter(one -> one.closed().isEmpty() && !one.deleting())
        .isPresent();
  }

  /** Whether a machine of the rung of this name was bought since, or is being bought. */
  boolean hasBought(String rung, Instant since) {
    Instant newest = bought.get(rung);
    return newest != null && !newest.isBefore(since);
  }

  /** How many machines more fit under its limit. */
  long room(LiveRung rung) {
    JsonNode limit = rung.object().at("/spec/limits").path(Keys.GPU_RESOURCE);
    return limit.isMissingNode()
        ? Integer.MAX_VALUE
        : limit.asLong() / Math.max(1, rung.gpus()) - machines.getOrDefault(rung.name(), 0);
  }

  /** The pods with GPUs on a node. */
  List<Pod> pods(LiveNode node) {
    return pods.getOrDefault(node.name(), List.of());
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
