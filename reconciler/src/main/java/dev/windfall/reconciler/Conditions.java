package dev.windfall.reconciler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Instant;

/** The conditions of one object, as Kubernetes writes them. */
public final class Conditions {
  public static final String READY = "Ready";
  public static final String MARKET_FRESH = "MarketFresh";

  /** Whether something is worse than it could be while the rest works. */
  public static final String DEGRADED = "Degraded";

  /** What Kubernetes allows is more, but nobody reads more. */
  private static final int LONGEST_MESSAGE = 2000;

  private final JsonNode before;
  private final long generation;
  private final Instant now;
  private final ArrayNode conditions = JsonNodeFactory.instance.arrayNode();

  /**
   * None are set yet.
   *
   * @param before the conditions as they stand
   * @param generation of the spec that they are about
   */
  public Conditions(JsonNode before, long generation, Instant now) {
    this.before = before;
    this.generation = generation;
    this.now = now;
  }

  /** Sets a condition; its time of transition changes only if {@code holds} does. */
  public void set(String type, boolean holds, String reason, String message) {
    String status = holds ? "True" : "False";
    JsonNode old = find(before, type);
    ObjectNode condition = conditions.addObject();
    condition.put("type", type);
    condition.put("status", status);
    condition.put("reason", reason);
    condition.put(
        "message",
        message.length() > LONGEST_MESSAGE ? message.substring(0, LONGEST_MESSAGE) + "…" : message);
    condition.put(
        "lastTransitionTime",
        old.path("status").asText().equals(status)
            ? old.path("lastTransitionTime").asText()
            : now.toString());
    condition.put("observedGeneration", generation);
  }

  /** Leaves a condition as it stands. */
  public void keep(String type) {
    JsonNode old = find(before, type);
    if (old.isObject()) {
      conditions.add(old.deepCopy());
    }
  }

  /** Those that were set or kept. */
  public ArrayNode json() {
    return conditions;
  }

  /** A missing node when there is no such condition. */
  public static JsonNode find(JsonNode conditions, String type) {
    for (JsonNode condition : conditions) {
      if (condition.path("type").asText().equals(type)) {
        return condition;
      }
    }
    return JsonNodeFactory.instance.missingNode();
  }
}
