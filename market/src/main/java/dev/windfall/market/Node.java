package dev.windfall.market;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.JsonPull;
import dev.windfall.policies.Keys;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The few things Windfall needs to know of a node.
 *
 * @param offer what it was rented as; empty when its labels do not say
 * @param gpus NVIDIA GPUs that the kubelet lets pods use; 0 until the device plug-in has reported
 *     them
 */
public record Node(String name, Optional<OfferKey> offer, int gpus) {

  /**
   * Reads a node from a stream, past everything else it holds.
   *
   * @param parser at the start of the node's object; left at its end
   * @throws IOException when the stream breaks or is no node
   */
  public static Node read(JsonParser parser) throws IOException {
    JsonPull json = new JsonPull(parser);
    Map<String, String> labels = new HashMap<>();
    String[] name = {""};
    long[] gpus = {0};
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
                json.object(resource -> {
                  if (resource.equals(Keys.GPU_RESOURCE)) {
                    gpus[0] = json.quantity();
                  } else {
                    json.skip();
                  }
                });
              } else {
                json.skip();
              }
            });
        default -> json.skip();
      }
    });
    return new Node(name[0], offer(labels), (int) Math.min(gpus[0], Integer.MAX_VALUE));
  }

  /**
   * The offer that a node with these labels was rented as: Windfall's own label, else the
   * well-known ones.
   */
  public static Optional<OfferKey> offer(Map<String, String> labels) {
    Optional<OfferKey> stated =
        Optional.ofNullable(labels.get(Keys.OFFER)).flatMap(OfferKey::parse);
    if (stated.isPresent()) {
      return stated;
    }
    String zone = labels.get(Keys.ZONE);
    String type = labels.get(Keys.INSTANCE_TYPE);
    Optional<Capacity> capacity =
        Optional.ofNullable(labels.get(Keys.CAPACITY_TYPE)).flatMap(Capacity::of);
    if (zone == null || type == null) {
      return Optional.empty();
    }
    return capacity.map(held -> new OfferKey(zone, type, held));
  }
}
