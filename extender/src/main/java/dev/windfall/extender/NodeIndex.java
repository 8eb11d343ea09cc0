package dev.windfall.extender;

import dev.windfall.market.Node;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Pod;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What the cluster's GPU nodes were rented as, and how many of their GPUs are in use. Replaced
 * whole.
 */
public final class NodeIndex {
  private static final NodeIndex EMPTY = new NodeIndex(Map.of());

  private final Map<String, Entry> entries;

  /**
   * One node.
   *
   * @param gpus that pods may use
   * @param used by pods that are bound there and have not ended
   */
  record Entry(OfferKey offer, int gpus, int used) {}

  private NodeIndex(Map<String, Entry> entries) {
    this.entries = entries;
  }

  /** An index of no node. */
  public static NodeIndex empty() {
    return EMPTY;
  }

  /**
   * An index of {@code nodes}, of which {@code pods} use GPUs. Nodes whose offer is not known are
   * not in it.
   */
  public static NodeIndex of(Collection<Node> nodes, Collection<Pod> pods) {
    Map<String, Integer> used = new HashMap<>();
    for (Pod pod : pods) {
      if (pod.bound() && !pod.finished()) {
        used.merge(pod.nodeName(), pod.gpus(), Integer::sum);
      }
    }
    Map<String, Entry> entries = HashMap.newHashMap(nodes.size());
    for (Node node : nodes) {
      node.offer()
          .ifPresent(offer ->
              entries.put(
                  node.name(), new Entry(offer, node.gpus(), used.getOrDefault(node.name(), 0))));
    }
    return new NodeIndex(entries);
  }

  Optional<Entry> find(String node) {
    return Optional.ofNullable(entries.get(node));
  }
}
