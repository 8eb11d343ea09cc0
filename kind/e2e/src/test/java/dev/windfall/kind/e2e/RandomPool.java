package dev.windfall.kind.e2e;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;

/** A SpotPool of which somebody edits one field after the other. */
final class RandomPool {
  /** What may stand in each field; or nothing, and its default holds. */
  private static final Map<String, List<String>> FIELDS = new TreeMap<>();

  static {
    FIELDS.put("region", List.of("eu-west-1"));
    FIELDS.put("mode", List.of("Observe"));
    FIELDS.put("families", List.of("[g6]", "[g5]", "[g6, g5]", "[p4d]"));
    FIELDS.put("gpu", List.of("{models: [L4]}", "{maxCount: 1}", "{minMemory: 40Gi}"));
    FIELDS.put("maxInstanceTypes", List.of("1", "2"));
    FIELDS.put("maxZones", List.of("1", "3"));
    FIELDS.put("targetCount", List.of("5"));
    FIELDS.put("minPlacementScore", List.of("5"));
    FIELDS.put("maxPricePerGpu", List.of("\"0.45\"", "\"0.60\"", "\"1.40\""));
    FIELDS.put(
        "limits",
        List.of(
            "{gpus: 4}",
            "{gpus: 16}",
            "{usdPerHour: \"5\"}",
            "{gpus: 8, usdPerHour: \"3\"}",
            "{gpus: 0}"));
    FIELDS.put("labels", List.of("{team: research}", "{team: sales}"));
    FIELDS.put("taints", List.of("[{key: team, value: research, effect: NoSchedule}]"));
    FIELDS.put(
        "disruption",
        List.of(
            "{consolidateAfter: 1m}",
            "{consolidateAfter: 5s, emptyBudget: \"1\"}",
            "{consolidateAfter: 5s, maxNodeAge: 30s}"));
    FIELDS.put(
        "ranking",
        List.of("{hysteresis: 0%}", "{hysteresis: 20%}", "{minHold: 10s}", "{maxQuoteAge: 30m}"));
    FIELDS.put("capacity", List.of("on-demand"));
    FIELDS.put("onDemandFallback", List.of("{enabled: true}", "{enabled: true, after: 1h}"));
    FIELDS.put(
        "nodeClassRef", List.of("{group: karpenter.kwok.sh, kind: KWOKNodeClass, name: second}"));
  }

  private static final Map<String, String> USUAL =
      Map.of(
          "provider",
          "aws",
          "region",
          "eu-central-1",
          "nodeClassRef",
          "{group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}",
          "disruption",
          "{consolidateAfter: 5s}");

  private final String name;
  private final Random random;
  private final Map<String, String> fields = new TreeMap<>(USUAL);

  RandomPool(String name, Random random) {
    this.name = name;
    this.random = random;
  }

  /** Gives one field another value, or its default. */
  void edit() {
    List<String> names = new ArrayList<>(FIELDS.keySet());
    String field = names.get(random.nextInt(names.size()));
    List<String> values = FIELDS.getOrDefault(field, List.of());
    // Back to what is usual as often as away from it, so that most pools buy most of the time.
    if (fields.containsKey(field) && !usual(field)) {
      reset(field);
    } else {
      fields.put(field, values.get(random.nextInt(values.size())));
    }
    // The API server refuses both.
    if (fields.containsKey("capacity") && fields.containsKey("onDemandFallback")) {
      reset(field.equals("capacity") ? "onDemandFallback" : "capacity");
    }
  }

  private boolean usual(String field) {
    return fields.getOrDefault(field, "").equals(USUAL.getOrDefault(field, "none"));
  }

  private void reset(String field) {
    fields.remove(field);
    if (USUAL.containsKey(field)) {
      fields.put(field, USUAL.getOrDefault(field, ""));
    }
  }

  /** It as YAML. */
  String manifest() {
    StringBuilder text = new StringBuilder();
    text.append("apiVersion: windfall.dev/v1alpha1\nkind: SpotPool\nmetadata: {name: ");
    text.append(name).append("}\nspec:\n");
    fields.forEach(
        (field, value) -> text.append("  ").append(field).append(": ").append(value).append('\n'));
    return text.toString();
  }
}
