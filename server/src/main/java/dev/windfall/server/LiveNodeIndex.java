package dev.windfall.server;

import dev.windfall.cluster.Key;
import dev.windfall.cluster.Watcher;
import dev.windfall.extender.NodeIndex;
import dev.windfall.market.Node;
import dev.windfall.policies.Pod;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.locks.Lock;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Supplier;

/**
 * The node index of this moment. The call that asks first after a change brings it up to date, so
 * that changes cost nothing while nobody asks; others wait for it, as the last index may be of long
 * ago.
 */
final class LiveNodeIndex implements Supplier<NodeIndex> {
  private final Supplier<Map<Key, Node>> nodes;
  private final Supplier<Map<Key, Pod>> pods;
  private final Lock turn = new ReentrantLock();

  private volatile Made made;

  /** An index and the snapshots it was made of, which never change. */
  private record Made(Map<Key, Node> nodes, Map<Key, Pod> pods, NodeIndex index) {
    static Made of(Map<Key, Node> nodes, Map<Key, Pod> pods) {
      return new Made(nodes, pods, NodeIndex.of(nodes.values(), pods.values()));
    }

    Made with(Map<Key, Pod> podsNow) {
      List<Pod> before = new ArrayList<>();
      List<Pod> after = new ArrayList<>();
      Watcher.differences(
          pods,
          podsNow,
          (was, is) -> {
            if (was != null) {
              before.add(was);
            }
            if (is != null) {
              after.add(is);
            }
          });
      return new Made(nodes, podsNow, index.with(before, after));
    }
  }

  LiveNodeIndex(Supplier<Map<Key, Node>> nodes, Supplier<Map<Key, Pod>> pods) {
    this.nodes = nodes;
    this.pods = pods;
    made = Made.of(nodes.get(), pods.get());
  }

  @Override
  @SuppressWarnings("ReferenceEquality") // the same snapshot, not an equal one
  public NodeIndex get() {
    if (!upToDate(made)) {
      turn.lock();
      try {
        Map<Key, Node> nodesNow = nodes.get();
        Map<Key, Pod> podsNow = pods.get();
        if (made.nodes() != nodesNow) {
          made = Made.of(nodesNow, podsNow);
        } else if (made.pods() != podsNow) {
          made = made.with(podsNow);
        }
      } finally {
        turn.unlock();
      }
    }
    return made.index();
  }

  @SuppressWarnings("ReferenceEquality") // the same snapshot, not an equal one
  private boolean upToDate(Made last) {
    return last.nodes() == nodes.get() && last.pods() == pods.get();
  }
}
