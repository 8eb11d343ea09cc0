package dev.windfall.market;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.JsonPull;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The few things Windfall needs to know of a node.
 *
 * @param offer what it was rented as; empty when its labels do not say
 * @param gpus NVIDIA GPUs and shares of them that the kubelet lets pods use; none until the device
 *     plug-in has reported them
 * @param slicing what one of them is of a GPU
 */
public record Node(String name, Optional<OfferKey> offer, GpuCounts gpus, GpuSlicing slicing) {

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
        GpuSlicing.of(labels));
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
