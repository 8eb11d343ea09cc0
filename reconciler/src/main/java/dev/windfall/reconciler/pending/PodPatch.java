package dev.windfall.reconciler.pending;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.NodeAffinity;
import dev.windfall.market.NodeRequirement;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Toleration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

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
   * Lifts Windfall's gates and holds the pod to {@code requirements}.
   *
   * @param pod as the API server has it now
   * @return empty when the gates are gone
   */
  public static Optional<ArrayNode> liftingGate(JsonNode pod, List<NodeRequirement> requirements) {
    return new PodPatch(pod).lift(requirements);
  }

  /**
   * The same, with a note of the machine that the pod was given.
   *
   * @param assigned as the annotation says it
   */
  static Optional<ArrayNode> assigning(
      JsonNode pod, List<NodeRequirement> requirements, String assigned) {
    PodPatch patch = new PodPatch(pod);
    Optional<ArrayNode> lifting = patch.lift(requirements);
    if (lifting.isPresent()) {
      patch.annotate(pod.at("/metadata/annotations"), assigned);
    }
    return lifting;
  }

  private void annotate(JsonNode annotations, String assigned) {
    if (annotations.isObject()) {
      // A slash in a name is written so in a pointer (RFC 6901).
      String path = "/metadata/annotations/" + Keys.ASSIGNED.replace("/", "~1");
      operation("add", path).put("value", assigned);
    } else {
      operation("add", "/metadata/annotations").putObject("value").put(Keys.ASSIGNED, assigned);
    }
  }

  private Optional<ArrayNode> lift(List<NodeRequirement> requirements) {
    List<Integer> gates = gates();
    if (gates.isEmpty()) {
      return Optional.empty();
    }
    NodeAffinity.narrowed(spec, requirements)
        .ifPresent(affinity -> operation("add", "/spec/affinity").set("value", affinity));
    tolerate();
    for (int gate : gates) {
      String path = "/spec/schedulingGates/" + gate;
      operation("test", path + "/name")
          .set("value", spec.path("schedulingGates").get(gate).path("name"));
      operation("remove", path);
    }
    return Optional.of(operations);
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

  /** Where they are; the last comes first, so that those before it stay where they are. */
  private List<Integer> gates() {
    JsonNode gates = spec.path("schedulingGates");
    List<Integer> ours = new ArrayList<>();
    for (int i = gates.size() - 1; i >= 0; i--) {
      String name = gates.get(i).path("name").asText();
      if (name.equals(Keys.PRICE_GATE) || name.equals(Keys.BURST_GATE)) {
        ours.add(i);
      }
    }
    return ours;
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
