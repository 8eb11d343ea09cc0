package dev.windfall.reconciler;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.policies.JsonPull;
import java.io.IOException;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Set;

/**
 * The few things Windfall needs to know of a NodeClaim.
 *
 * @param labels as Karpenter's drift test reads them
 * @param drifted whether Karpenter has marked it already
 */
public record LiveClaim(String name, Map<String, String> labels, boolean drifted) {
  /** The label by which a NodeClaim names its NodePool. */
  public static final String NODEPOOL = "karpenter.sh/nodepool";

  public LiveClaim {
    labels = Map.copyOf(labels);
  }

  /** Its NodePool; empty when it was made without one. */
  public String nodePool() {
    return labels.getOrDefault(NODEPOOL, "");
  }

  /**
   * Reads a NodeClaim from a stream. A {@link dev.windfall.cluster.Decoder}.
   *
   * @throws IOException when the stream breaks
   */
  public static LiveClaim read(JsonParser parser) throws IOException {
    JsonPull json = new JsonPull(parser);
    String[] name = {""};
    Map<String, String> labels = new HashMap<>();
    Set<String> holding = new HashSet<>();
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
              if (key.equals("conditions")) {
                json.each(() -> condition(json, holding));
              } else {
                json.skip();
              }
            });
        default -> json.skip();
      }
    });
    return new LiveClaim(name[0], labels, holding.contains("Drifted"));
  }

  private static void condition(JsonPull json, Set<String> holding) throws IOException {
    Map<String, String> condition = new HashMap<>();
    json.object(field -> condition.put(field, json.text()));
    if (condition.getOrDefault("status", "").equals("True")) {
      holding.add(condition.getOrDefault("type", ""));
    }
  }
}
