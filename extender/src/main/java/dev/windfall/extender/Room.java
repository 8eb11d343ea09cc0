package dev.windfall.extender;

import dev.windfall.market.Node;
import dev.windfall.policies.GpuCounts;
import java.util.stream.IntStream;

/**
 * Which nodes have the GPUs that a pod asks for and enough of them free, as far as an index knows:
 * for who asks about a pod that no scheduler has found candidates for.
 */
final class Room {
  private final NodeIndex nodes;
  private final GpuCounts asks;

  Room(NodeIndex nodes, GpuCounts asks) {
    this.nodes = nodes;
    this.asks = asks;
  }

  /** The slots of the nodes that have room for {@code asks}. */
  static int[] slots(NodeIndex nodes, GpuCounts asks) {
    Room room = new Room(nodes, asks);
    return IntStream.range(0, nodes.size()).filter(room::has).toArray();
  }

  boolean has(int slot) {
    Node node = nodes.node(slot);
    boolean offered =
        asks.byResource().entrySet().stream()
            .allMatch(
                each -> node.gpus().byResource().getOrDefault(each.getKey(), 0) >= each.getValue());
    return offered && nodes.has(slot, asked(node));
  }

  /** How many GPUs, or shares such as the pod asks for, the node has. */
  double usable(int slot) {
    return nodes.room(slot) * asks.total() / asked(nodes.node(slot));
  }

  private double asked(Node node) {
    return node.slicing().sevenths(asks);
  }
}
