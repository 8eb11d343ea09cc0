package dev.windfall.server;

import dev.windfall.cluster.Key;
import dev.windfall.extender.NodeIndex;
import dev.windfall.market.Node;
import dev.windfall.policies.Pod;
import java.util.Map;
import java.util.function.Supplier;

/**
 * The node index of this moment. It is made by the call that asks first after a change, so that a
 * burst of changes costs nothing while nobody asks. Two calls at once may both make it; they make
 * the same.
 */
final class LiveNodeIndex implements Supplier<NodeIndex> {
  private final Supplier<Map<Key, Node>> nodes;
  private final Supplier<Map<Key, Pod>> pods;

  private volatile Made made = new Made(Map.of(), Map.of(), NodeIndex.empty());

  /** An index and the snapshots it was made of, which never change. */
  private record Made(Map<Key, Node> nodes, Map<Key, Pod> pods, NodeIndex index) {}

  LiveNodeIndex(Supplier<Map<Key, Node>> nodes, Supplier<Map<Key, Pod>> pods) {
    this.nodes = nodes;
    this.pods = pods;
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // the same snapshot, not an equal one
  public NodeIndex get() {
    Map<Key, Node> nodesNow = nodes.get();
    Map<Key, Pod> podsNow = pods.get();
    Made last = made;
    if (last.nodes() == nodesNow && last.pods() == podsNow) {
      return last.index();
    }
    NodeIndex index = NodeIndex.of(nodesNow.values(), podsNow.values());
    made = new Made(nodesNow, podsNow, index);
    return index;
  }
}
