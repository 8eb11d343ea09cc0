package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import java.util.Set;

/** How objects of some kinds begin: what the API server adds of its own accord, kind by kind. */
final class Birth {
  /** The namespaces that are there from the start. */
  static final List<String> NAMESPACES =
      List.of("default", "kube-node-lease", "kube-public", "kube-system");

  private static final Set<String> IMMORTAL = Set.of("default", "kube-public", "kube-system");

  private Birth() {}

  static void begin(Kind kind, ObjectNode object, String now, boolean withStatus) {
    // A kubelet registers its node together with the node's status.
    if (kind.statusApart() && !withStatus && !kind.place().equals("nodes")) {
      object.remove("status");
    }
    switch (kind.place()) {
      case "namespaces" -> {
        ObjectNode metadata = object.withObjectProperty("metadata");
        metadata
            .withObjectProperty("labels")
            .put("kubernetes.io/metadata.name", metadata.path("name").asText());
        object.withObjectProperty("status").put("phase", "Active");
      }
      case Kinds.PODS -> wait(object);
      case "customresourcedefinitions.apiextensions.k8s.io" -> establish(object, now);
      default -> {}
    }
  }

  /** Some namespaces are never deleted. */
  static void requireMortal(Kind kind, String name) {
    if (kind.equals(Kinds.NAMESPACE) && IMMORTAL.contains(name)) {
      throw Refusal.forbidden(kind, name, "this namespace may not be deleted");
    }
  }

  private static void wait(ObjectNode pod) {
    ObjectNode status = pod.withObjectProperty("status");
    if (!status.hasNonNull("phase")) {
      status.put("phase", "Pending");
    }
    if (!pod.path("spec").path("schedulingGates").isEmpty() && !status.has("conditions")) {
      status
          .putArray("conditions")
          .addObject()
          .put("type", "PodScheduled")
          .put("status", "False")
          .put("reason", "SchedulingGated")
          .put("message", "Scheduling is blocked due to non-empty scheduling gates")
          .putNull("lastProbeTime")
          .putNull("lastTransitionTime");
    }
  }

  /** A definition is accepted at once; a real API server takes a moment. */
  private static void establish(ObjectNode crd, String now) {
    ObjectNode status = crd.withObjectProperty("status");
    ArrayNode conditions = status.putArray("conditions");
    for (String type : List.of("NamesAccepted", "Established")) {
      conditions
          .addObject()
          .put("type", type)
          .put("status", "True")
          .put("lastTransitionTime", now)
          .put("reason", type.equals("Established") ? "InitialNamesAccepted" : "NoConflicts");
    }
    status.set("acceptedNames", crd.path("spec").path("names").deepCopy());
    ArrayNode stored = status.putArray("storedVersions");
    crd.path("spec")
        .path("versions")
        .forEach(version -> {
          if (version.path("storage").asBoolean()) {
            stored.add(version.path("name").asText());
          }
        });
  }
}
