package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.Keys;
import dev.windfall.policies.SpotPool.Disruption;
import dev.windfall.policies.Usd;
import dev.windfall.reconciler.LiveRung;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.TreeMap;

/**
 * All that may change about a rung while it lives. Karpenter compares none of it with running nodes
 * (concepts/disruption, "behavioral fields"), so turning a knob evicts nobody.
 *
 * <p>The weight stands in an annotation too: what a hand makes of the weight is then told apart
 * from the order that Windfall acted on last.
 *
 * @param weight Karpenter takes the heaviest NodePool that can hold a pod; empty when a hand has
 *     removed it
 * @param limits by resource, as Karpenter writes them
 * @param disruption those fields of {@code spec.disruption} that Windfall sets
 * @param annotations those that this class knows
 */
record Knobs(
    OptionalInt weight,
    Map<String, String> limits,
    ObjectNode disruption,
    Map<String, String> annotations) {

  private static final String WEIGHT = Keys.PREFIX + "weight";
  private static final String PRICE = Keys.PREFIX + "usd-per-gpu-hour";
  private static final String CLOSED = LiveRung.CLOSED;
  private static final String CLOSED_AT = Keys.PREFIX + "closed-at";
  private static final String LEADS = Keys.PREFIX + "lead-since";
  private static final String ASKED = Keys.PREFIX + "fallback-asked";
  private static final List<String> ANNOTATIONS =
      List.of(WEIGHT, PRICE, CLOSED, CLOSED_AT, LEADS, ASKED);

  /** The reason by which node repair takes a node away, where Karpenter knows budgets for it. */
  static final String UNHEALTHY = "Unhealthy";

  private static final List<String> DISRUPTION =
      List.of("consolidationPolicy", "consolidateAfter", "budgets");
  private static final Map<String, String> NO_GPUS = Map.of(Keys.GPU_RESOURCE, "0");

  Knobs {
    limits = Map.copyOf(limits);
    annotations = Map.copyOf(annotations);
  }

  /** The knobs of a rung as they are. */
  static Knobs of(LiveRung rung) {
    JsonNode spec = rung.object().path("spec");
    Map<String, String> limits = new TreeMap<>();
    spec.path("limits").properties().forEach(e -> limits.put(e.getKey(), e.getValue().asText()));
    ObjectNode disruption = JsonNodeFactory.instance.objectNode();
    for (String field : DISRUPTION) {
      if (spec.path("disruption").has(field)) {
        disruption.set(field, spec.path("disruption").get(field));
      }
    }
    Map<String, String> annotations = new TreeMap<>();
    ANNOTATIONS.forEach(
        key -> rung.annotation(key).ifPresent(value -> annotations.put(key, value)));
    OptionalInt weight =
        spec.path("weight").isInt()
            ? OptionalInt.of(spec.path("weight").asInt())
            : OptionalInt.empty();
    return new Knobs(weight, limits, disruption, annotations);
  }

  /**
   * The knobs of a rung that new nodes may come from.
   *
   * @param gpuLimit GPUs of all its nodes together; empty: any number
   * @param price for each of a machine's GPUs, USD per hour
   */
  static Knobs open(int weight, OptionalInt gpuLimit, Disruption disruption, Usd price) {
    Map<String, String> limits =
        gpuLimit.isPresent()
            ? Map.of(Keys.GPU_RESOURCE, Integer.toString(gpuLimit.getAsInt()))
            : Map.of();
    return new Knobs(
        OptionalInt.of(weight),
        limits,
        json(disruption),
        Map.of(WEIGHT, Integer.toString(weight), PRICE, price.toString()));
  }

  /** The same, with when a pod last had waited so long that a fallback was opened for it. */
  Knobs asked(Optional<Instant> at) {
    Map<String, String> marked = new TreeMap<>(annotations);
    marked.remove(ASKED);
    at.ifPresent(time -> marked.put(ASKED, time.toString()));
    return new Knobs(weight, limits, disruption, marked);
  }

  /** When a pod last had waited so long; empty when none had, or a hand has removed that. */
  Optional<Instant> asked() {
    return instant(ASKED);
  }

  /**
   * The same, with node repair kept from nodes as everything else is.
   *
   * @param known whether Karpenter's definition of a NodePool knows that reason; one that does not
   *     refuses it
   */
  Knobs guarded(boolean known) {
    ObjectNode with = withoutRepair(disruption);
    if (known) {
      ArrayNode budgets = with.withArray("/budgets");
      ObjectNode budget = budgets.insertObject(Math.min(2, budgets.size()));
      budget.put("nodes", "0").putArray("reasons").add(UNHEALTHY);
    }
    return new Knobs(weight, limits, with, annotations);
  }

  private static ObjectNode withoutRepair(ObjectNode disruption) {
    ObjectNode without = disruption.deepCopy();
    if (without.get("budgets") instanceof ArrayNode budgets) {
      budgets.removeIf(budget -> budget.at("/reasons/0").asText().equals(UNHEALTHY));
    }
    return without;
  }

  /** The same, with who waits to overtake it; empty text: nobody. */
  Knobs withLeads(String leads) {
    Map<String, String> marked = new TreeMap<>(annotations);
    marked.remove(LEADS);
    if (!leads.isEmpty()) {
      marked.put(LEADS, leads);
    }
    return new Knobs(weight, limits, disruption, marked);
  }

  /** Who waits to overtake it; empty text: nobody. */
  String leads() {
    return annotations.getOrDefault(LEADS, "");
  }

  /** The same rung, closed to new nodes. What runs there goes on. */
  Knobs closed(String reason, Instant since) {
    Map<String, String> marked = new TreeMap<>(annotations);
    marked.remove(LEADS);
    marked.remove(ASKED);
    marked.put(CLOSED, reason);
    marked.put(CLOSED_AT, since.toString());
    return new Knobs(weight, NO_GPUS, disruption, marked);
  }

  /** The same, with the weight that was last decided on. */
  Knobs withRecordedWeight() {
    return new Knobs(recordedWeight(), limits, disruption, annotations);
  }

  /**
   * The weight that was last decided on; what {@code spec.weight} says, where nobody recorded it.
   */
  OptionalInt recordedWeight() {
    String recorded = annotations.getOrDefault(WEIGHT, "");
    return recorded.matches("[0-9]{1,3}") ? OptionalInt.of(Integer.parseInt(recorded)) : weight;
  }

  /** USD per GPU-hour when it was last written; empty when a hand has removed it. */
  Optional<Usd> recordedPrice() {
    try {
      return Optional.ofNullable(annotations.get(PRICE)).map(Usd::parse);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  boolean open() {
    return !annotations.containsKey(CLOSED);
  }

  /** Why it is closed; empty text while it is open. */
  String closedBecause() {
    return annotations.getOrDefault(CLOSED, "");
  }

  /** Since when it is closed; empty while it is open, and when a hand has removed that. */
  Optional<Instant> closedSince() {
    return instant(CLOSED_AT);
  }

  private Optional<Instant> instant(String annotation) {
    try {
      return Optional.ofNullable(annotations.get(annotation)).map(Instant::parse);
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  /** GPUs of all its nodes together; the largest number when there is no limit. */
  int gpuLimit() {
    String limit = limits.getOrDefault(Keys.GPU_RESOURCE, "");
    return limit.matches("[0-9]{1,9}") ? Integer.parseInt(limit) : Integer.MAX_VALUE;
  }

  /**
   * What of an open rung no price and no order explains: the pool says otherwise now, or a hand has
   * turned the knobs. Empty when there is nothing.
   */
  Optional<String> edits(Knobs wanted) {
    List<String> edits = new ArrayList<>();
    if (!weight.equals(recordedWeight())) {
      edits.add("its weight was set by somebody else");
    }
    if (!limits.isEmpty() && !limits.keySet().equals(wanted.limits.keySet())) {
      edits.add("its limits were not what the pool says");
    }
    // That Karpenter knows a reason now, or no longer, is nobody's edit.
    if (!withoutRepair(disruption).equals(withoutRepair(wanted.disruption))) {
      edits.add("its disruption settings were not what the pool says");
    }
    return edits.isEmpty()
        ? Optional.empty()
        : Optional.of(String.join("; ", edits) + "; put right");
  }

  /** As a NodePool has them. */
  ObjectNode json() {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    ObjectNode marked = object.putObject("metadata").putObject("annotations");
    new TreeMap<>(annotations).forEach(marked::put);
    ObjectNode spec = object.putObject("spec");
    weight.ifPresent(w -> spec.put("weight", w));
    if (!limits.isEmpty()) {
      ObjectNode resources = spec.putObject("limits");
      limits.forEach(resources::put);
    }
    spec.set("disruption", disruption);
    return object;
  }

  /**
   * Only empty nodes are ever taken away. The budgets of zero guard against whatever might drift a
   * rung after all, such as a new version of Karpenter or of an image.
   */
  private static ObjectNode json(Disruption wanted) {
    ObjectNode disruption = JsonNodeFactory.instance.objectNode();
    disruption.put("consolidationPolicy", "WhenEmpty");
    disruption.put("consolidateAfter", seconds(wanted.consolidateAfter()));
    ArrayNode budgets = disruption.putArray("budgets");
    budget(budgets, "0", "Drifted");
    budget(budgets, "0", "Underutilized");
    budget(budgets, wanted.emptyBudget(), "Empty");
    return disruption;
  }

  private static void budget(ArrayNode budgets, String nodes, String reason) {
    ObjectNode budget = budgets.addObject();
    budget.put("nodes", nodes);
    budget.putArray("reasons").add(reason);
  }

  /** Karpenter knows no unit below a second. */
  private static String seconds(Duration duration) {
    return Math.ceilDiv(duration.toMillis(), 1000L) + "s";
  }
}
