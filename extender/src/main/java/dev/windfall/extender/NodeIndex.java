package dev.windfall.extender;

import static java.util.Comparator.comparing;

import dev.windfall.market.GpuSlicing;
import dev.windfall.market.Node;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Pod;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What the cluster's GPU nodes were rented as, and how much of their GPUs is in use. Immutable; of
 * two that differ in pods only, the later shares all else with the earlier.
 *
 * <p>A node has a slot in each array. What many nodes have in common, offers and ways to slice
 * GPUs, stands once and is pointed at.
 */
public final class NodeIndex {
  private static final NodeIndex EMPTY = of(List.of(), List.of());

  /** Rounding errors are smaller, and no share of a GPU is. */
  private static final double CRUMB = 1e-6;

  private final Shape shape;

  /** By slot, in sevenths of a GPU. */
  private final double[] used;

  /** What does not change with pods. */
  private static final class Shape {
    private final NodeNames names;
    private final Node[] nodes;
    private final List<OfferKey> offers;

    /** By slot, into {@code offers}; -1: not known. */
    private final int[] offerOf;

    private final List<GpuSlicing> slicings;

    /** By slot, into {@code slicings}. */
    private final int[] slicingOf;

    /** By slot, in sevenths of a GPU. */
    private final double[] room;

    Shape(Node[] nodes) {
      this.nodes = nodes;
      names = new NodeNames(Arrays.stream(nodes).map(Node::name).toList());
      offerOf = new int[nodes.length];
      slicingOf = new int[nodes.length];
      room = new double[nodes.length];
      Map<OfferKey, Integer> offerNumbers = new LinkedHashMap<>();
      Map<GpuSlicing, Integer> slicingNumbers = new LinkedHashMap<>();
      for (int slot = 0; slot < nodes.length; slot++) {
        Node node = nodes[slot];
        offerOf[slot] = node.offer().map(offer -> number(offerNumbers, offer)).orElse(-1);
        slicingOf[slot] = number(slicingNumbers, node.slicing());
        room[slot] = node.slicing().sevenths(node.gpus());
      }
      offers = List.copyOf(offerNumbers.keySet());
      slicings = List.copyOf(slicingNumbers.keySet());
    }

    private static <T> int number(Map<T, Integer> numbers, T thing) {
      Integer known = numbers.putIfAbsent(thing, numbers.size());
      return known == null ? numbers.size() - 1 : known;
    }
  }

  private NodeIndex(Shape shape, double[] used) {
    this.shape = shape;
    this.used = used;
  }

  /** An index of no node. */
  public static NodeIndex empty() {
    return EMPTY;
  }

  /** An index of {@code nodes}, of which {@code pods} use GPUs. */
  public static NodeIndex of(Collection<Node> nodes, Collection<Pod> pods) {
    // Schedulers ask in about this order, so that the memory of one node lies beside that of the
    // next: fetching it in any order was half of what a question about 5,000 nodes took.
    Node[] byName = nodes.toArray(Node[]::new);
    Arrays.sort(byName, comparing(Node::name));
    Shape shape = new Shape(byName);
    return new NodeIndex(shape, new double[nodes.size()]).with(List.of(), pods);
  }

  /**
   * The same nodes after some pods have changed.
   *
   * @param before as they were when they were last counted
   * @param after as they are
   */
  public NodeIndex with(Collection<Pod> before, Collection<Pod> after) {
    double[] now = used.clone();
    before.forEach(pod -> count(pod, -1, now));
    after.forEach(pod -> count(pod, 1, now));
    return new NodeIndex(shape, now);
  }

  private void count(Pod pod, int sign, double[] sums) {
    if (pod.bound() && !pod.finished()) {
      int slot = shape.names.find(pod.nodeName().getBytes(StandardCharsets.UTF_8));
      if (slot >= 0) {
        sums[slot] += sign * shape.nodes[slot].slicing().sevenths(pod.asks());
      }
    }
  }

  NodeNames names() {
    return shape.names;
  }

  Node node(int slot) {
    return shape.nodes[slot];
  }

  /** What the nodes were rented as, each once. The same list while the nodes are the same. */
  List<OfferKey> offers() {
    return shape.offers;
  }

  /** The place of a node's offer in {@link #offers}; -1: not known. */
  int offerOf(int slot) {
    return shape.offerOf[slot];
  }

  /** How the nodes' GPUs are sliced, each way once. */
  List<GpuSlicing> slicings() {
    return shape.slicings;
  }

  /** The place of a node's way in {@link #slicings}. */
  int slicingOf(int slot) {
    return shape.slicingOf[slot];
  }

  /** What the node was rented as. */
  Optional<OfferKey> offer(int slot) {
    return node(slot).offer();
  }

  /** How many of the node's GPUs pods use, in sevenths of a GPU. */
  double used(int slot) {
    return used[slot];
  }

  /** Whether GPUs stay free on the node when {@code sevenths} more are used. */
  boolean leavesSome(int slot, double sevenths) {
    return shape.room[slot] - used[slot] - sevenths > CRUMB;
  }

  /** Whether {@code sevenths} of a GPU are free on the node. */
  boolean has(int slot, double sevenths) {
    return shape.room[slot] - used[slot] - sevenths >= -CRUMB;
  }

  /** How many GPUs pods may use on the node, in sevenths of a GPU. */
  double room(int slot) {
    return shape.room[slot];
  }

  /** How many nodes there are. */
  public int size() {
    return shape.nodes.length;
  }
}
