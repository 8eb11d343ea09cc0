package dev.windfall.market;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.JsonPull;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The few things Windfall needs to know of a node.
 *
 * @param offer what it was rented as; empty when its labels do not say
 * @param gpus NVIDIA GPUs and shares of them that the kubelet lets pods use; none until the device
 *     plug-in has reported them
 * @param slicing what one of them is of a GPU
 * @param kind a number that is the same for nodes with the same taints and the same labels, but for
 *     those that name the node
 */
public record Node(
    String name, Optional<OfferKey> offer, GpuCounts gpus, GpuSlicing slicing, int kind) {
  /** Labels that name the node or its machine. That of the host name is its name mostly. */
  private static final Set<String> NAMING =
      Set.of("kubernetes.io/hostname", "alpha.eksctl.io/instance-id");

  /** A node with neither labels nor taints. */
  public Node(String name, Optional<OfferKey> offer, GpuCounts gpus, GpuSlicing slicing) {
    this(name, offer, gpus, slicing, 0);
  }

  /** Whether {@code other} is another node that nothing but its name tells from this one. */
  public boolean isLike(Node other) {
    return kind == other.kind
        && offer.equals(other.offer)
        && gpus.equals(other.gpus)
        && slicing.equals(other.slicing)
        && !name.equals(other.name);
  }

  /**
   * Reads a node from a stream, past everything else it holds.
   *
   * @param parser at the start of the node's object; left at its end
   * @throws IOException when the stream breaks or is no node
   */
  public static Node read(JsonParser parser) throws IOException {
    JsonPull json = new JsonPull(parser);
    Map<String, String> labels = new HashMap<>();
    Map<String, Integer> gpus = new HashMap<>();
    Set<Map<String, String>> taints = new HashSet<>();
    String[] name = {""};
    json.object(field -> {
      switch (field) {
        case "metadata" ->
            json.object(key -> {
              switch (key) {
                case "name" -> name[0] = json.text();
                case "labels" -> json.object(label -> labels.put(label, json.text()));
                default -> json.skip();
              }
            });
        case "spec" ->
            json.object(key -> {
              if (key.equals("taints")) {
                json.each(() -> taints.add(taint(json)));
              } else {
                json.skip();
              }
            });
        case "status" ->
            json.object(key -> {
              if (key.equals("allocatable")) {
                json.object(resource -> count(resource, json, gpus));
              } else {
                json.skip();
              }
            });
        default -> json.skip();
      }
    });
    return new Node(
        name[0],
        NodeLabels.offer(labels),
        gpus.isEmpty() ? GpuCounts.NONE : new GpuCounts(gpus),
        GpuSlicing.of(labels),
        kind(name[0], labels, taints));
  }

  /** What labels say that a node was rented as; empty where they do not. */
  public static Optional<OfferKey> rentedAs(Map<String, String> labels) {
    return NodeLabels.offer(labels);
  }

  /** Without the time since which it is there. */
  private static Map<String, String> taint(JsonPull json) throws IOException {
    Map<String, String> taint = new HashMap<>();
    json.object(field -> {
      if (field.equals("timeAdded")) {
        json.skip();
      } else {
        taint.put(field, json.text());
      }
    });
    return taint;
  }

  private static int kind(
      String name, Map<String, String> labels, Set<Map<String, String>> taints) {
    Map<String, String> telling = new HashMap<>(labels);
    telling.keySet().removeAll(NAMING);
    telling.values().removeIf(name::equals);
    return 31 * telling.hashCode() + taints.hashCode();
  }

  private static void count(String resource, JsonPull json, Map<String, Integer> gpus)
      throws IOException {
    if (!GpuCounts.counts(resource)) {
      json.skip();
      return;
    }
    int count = (int) Math.min(json.quantity(), Integer.MAX_VALUE);
    if (count > 0) {
      gpus.put(resource, count);
    }
  }
}
