package dev.windfall.reconciler.pending;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.NodeAffinity;
import dev.windfall.market.NodeRequirement;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Toleration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** A JSON patch of a pod that applies to this very version of it, or not at all. */
public final class PodPatch {
  private final JsonNode spec;
  private final ArrayNode operations = JsonNodeFactory.instance.arrayNode();

  private PodPatch(JsonNode pod) {
    spec = pod.path("spec");
    operation("test", "/metadata/resourceVersion")
        .set("value", pod.at("/metadata/resourceVersion"));
  }

  /**
   * Lifts the price gate and holds the pod to {@code requirements}.
   *
   * @param pod as the API server has it now
   * @return empty when the gate is gone
   */
  public static Optional<ArrayNode> liftingGate(JsonNode pod, List<NodeRequirement> requirements) {
    PodPatch patch = new PodPatch(pod);
    OptionalInt gate = patch.gate();
    if (gate.isEmpty()) {
      return Optional.empty();
    }
    NodeAffinity.narrowed(patch.spec, requirements)
        .ifPresent(affinity -> patch.operation("add", "/spec/affinity").set("value", affinity));
    patch.tolerate();
    String path = "/spec/schedulingGates/" + gate.getAsInt();
    patch.operation("test", path + "/name").put("value", Keys.PRICE_GATE);
    patch.operation("remove", path);
    return Optional.of(patch.operations);
  }

  /**
   * Adds the tolerations that the rungs ask for.
   *
   * @param pod as the API server has it now
   * @return empty when it has them
   */
  static Optional<ArrayNode> tolerating(JsonNode pod) {
    PodPatch patch = new PodPatch(pod);
    return patch.tolerate() ? Optional.of(patch.operations) : Optional.empty();
  }

  private OptionalInt gate() {
    JsonNode gates = spec.path("schedulingGates");
    for (int i = 0; i < gates.size(); i++) {
      if (gates.get(i).path("name").asText().equals(Keys.PRICE_GATE)) {
        return OptionalInt.of(i);
      }
    }
    return OptionalInt.empty();
  }

  private boolean tolerate() {
    List<ObjectNode> missing = Toleration.missing(spec);
    if (missing.isEmpty()) {
      return false;
    }
    ArrayNode tolerations =
        spec.get("tolerations") instanceof ArrayNode own
            ? own.deepCopy()
            : JsonNodeFactory.instance.arrayNode();
    operation("add", "/spec/tolerations").set("value", tolerations.addAll(missing));
    return true;
  }

  private ObjectNode operation(String op, String path) {
    return operations.addObject().put("op", op).put("path", path);
  }
}
