package dev.windfall.policies;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/**
 * What lets a pod onto nodes that keep others off.
 *
 * @param key empty: any taint's, which only {@code Exists} may say
 * @param operator {@code Exists}, or {@code Equal}; empty: {@code Equal}
 * @param value compared by {@code Equal} only
 * @param effect empty: any
 */
public record Toleration(String key, String operator, String value, String effect) {
  private static final String EXISTS = "Exists";

  /** Whether {@code taint} keeps no pod with this toleration off, by the rules of Kubernetes. */
  public boolean tolerates(SpotPool.Taint taint) {
    if (!effect.isEmpty() && !effect.equals(taint.effect())) {
      return false;
    }
    return switch (operator) {
      case EXISTS -> key.isEmpty() || key.equals(taint.key());
      case "", "Equal" -> key.equals(taint.key()) && value.equals(taint.value());
      default -> false;
    };
  }

  /**
   * What a pod has to tolerate besides what it does, to run on Windfall's nodes.
   *
   * @param spec of the pod, which is not changed
   * @return to be added to {@code spec.tolerations}; empty when it needs nothing
   */
  public static List<ObjectNode> missing(JsonNode spec) {
    return SpotPool.Taint.RUNGS.stream()
        .filter(taint -> !tolerated(spec.path("tolerations"), taint))
        .map(taint ->
            JsonNodeFactory.instance
                .objectNode()
                .put("key", taint.key())
                .put("operator", EXISTS)
                .put("effect", taint.effect()))
        .toList();
  }

  private static boolean tolerated(JsonNode tolerations, SpotPool.Taint taint) {
    for (JsonNode json : tolerations) {
      Toleration toleration =
          new Toleration(
              json.path("key").asText(""),
              json.path("operator").asText(""),
              json.path("value").asText(""),
              json.path("effect").asText(""));
      if (toleration.tolerates(taint)) {
        return true;
      }
    }
    return false;
  }
}
