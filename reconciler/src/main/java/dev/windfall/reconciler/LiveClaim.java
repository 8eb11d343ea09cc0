package dev.windfall.reconciler;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.JsonPull;
import dev.windfall.policies.Needs;
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
 * @param deleting whether its deletion has begun
 * @param nodeName empty until its node is there
 * @param gpus NVIDIA GPUs that pods may use of it; 0 until it is launched
 * @param allocatable what else pods may use of it; none until it is launched
 */
public record LiveClaim(
    String name,
    Map<String, String> labels,
    boolean drifted,
    boolean deleting,
    String nodeName,
    int gpus,
    Needs allocatable) {
  /** The label by which a NodeClaim names its NodePool. */
  public static final String NODEPOOL = "karpenter.sh/nodepool";

  public LiveClaim {
    labels = Map.copyOf(labels);
  }

  /** One that is not launched yet. */
  public LiveClaim(String name, Map<String, String> labels, boolean drifted) {
    this(name, labels, drifted, false, "", 0, Needs.NONE);
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
    boolean[] deleting = {false};
    String[] nodeName = {""};
    Map<String, String> allocatable = new HashMap<>();
    json.object(field -> {
      switch (field) {
        case "metadata" ->
            json.object(key -> {
              switch (key) {
                case "name" -> name[0] = json.text();
                case "deletionTimestamp" -> deleting[0] = !json.text().isEmpty();
                case "labels" -> json.object(label -> labels.put(label, json.text()));
                default -> json.skip();
              }
            });
        case "status" ->
            json.object(key -> {
              switch (key) {
                case "conditions" -> json.each(() -> condition(json, holding));
                case "nodeName" -> nodeName[0] = json.text();
                case "allocatable" ->
                    json.object(resource -> allocatable.put(resource, json.text()));
                default -> json.skip();
              }
            });
        default -> json.skip();
      }
    });
    return new LiveClaim(
        name[0],
        labels,
        holding.contains("Drifted"),
        deleting[0],
        nodeName[0],
        GpuCounts.of(allocatable).whole(),
        Needs.of(allocatable));
  }

  private static void condition(JsonPull json, Set<String> holding) throws IOException {
    Map<String, String> condition = new HashMap<>();
    json.object(field -> condition.put(field, json.text()));
    if (condition.getOrDefault("status", "").equals("True")) {
      holding.add(condition.getOrDefault("type", ""));
    }
  }
}
