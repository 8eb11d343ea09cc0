package dev.windfall.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.policies.Pod;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * Finds the system other than Windfall that decides where a pod runs. What such a system settled,
 * or will, must not be narrowed behind its back: a group whose members differ is never complete, a
 * quota is counted on what the pod said when it was queued.
 */
final class OtherSystem {
  private static final String DEFAULT_SCHEDULER = "default-scheduler";
  private static final String KUEUE = "kueue.x-k8s.io/";

  /** Labels and annotations by which pods join a group: scheduler-plugins, Volcano, Koordinator. */
  private static final Set<String> GROUP_KEYS =
      Set.of(
          "scheduling.x-k8s.io/pod-group",
          "pod-group.scheduling.sigs.k8s.io",
          "pod-group.scheduling.sigs.k8s.io/name",
          "scheduling.k8s.io/group-name",
          "scheduling.volcano.sh/group-name",
          "gang.scheduling.koordinator.sh/name");

  /** Fields by which pods join a group of Kubernetes' own: since 1.35 the one, 1.36 the other. */
  private static final List<String> GROUP_FIELDS = List.of("workloadRef", "schedulingGroup");

  /** Resources that only HAMi serves: slices of a GPU, which {@code nvidia.com/gpu} then counts. */
  private static final Set<String> HAMI_RESOURCES =
      Set.of(
          "nvidia.com/gpumem",
          "nvidia.com/gpumem-percentage",
          "nvidia.com/gpucores",
          "nvidia.com/priority");

  private OtherSystem() {}

  /** What places {@code json}, in words for its owner; empty when it is Windfall's to steer. */
  static Optional<String> of(JsonNode json, Pod pod, Optional<AssignedScheduler> assigned) {
    if (!unclaimed(pod) && assigned.filter(a -> a.name().equals(pod.schedulerName())).isEmpty()) {
      return Optional.of("scheduler " + pod.schedulerName());
    }
    if (hasKey(json, key -> key.startsWith(KUEUE))
        || pod.gates().stream().anyMatch(gate -> gate.startsWith(KUEUE))) {
      return Optional.of("Kueue");
    }
    if (hasKey(json, GROUP_KEYS::contains)
        || GROUP_FIELDS.stream().anyMatch(json.path("spec")::hasNonNull)) {
      return Optional.of("its pod group");
    }
    return usesHami(json) ? Optional.of("HAMi") : Optional.empty();
  }

  /** Whether no scheduler was chosen: the API server writes {@code default-scheduler} by itself. */
  static boolean unclaimed(Pod pod) {
    return pod.schedulerName().isEmpty() || pod.schedulerName().equals(DEFAULT_SCHEDULER);
  }

  private static boolean hasKey(JsonNode json, java.util.function.Predicate<String> wanted) {
    JsonNode metadata = json.path("metadata");
    return metadata.path("labels").propertyStream().anyMatch(e -> wanted.test(e.getKey()))
        || metadata.path("annotations").propertyStream().anyMatch(e -> wanted.test(e.getKey()));
  }

  private static boolean usesHami(JsonNode json) {
    for (String containers : List.of("containers", "initContainers")) {
      for (JsonNode container : json.path("spec").path(containers)) {
        for (String kind : List.of("requests", "limits")) {
          JsonNode resources = container.path("resources").path(kind);
          if (HAMI_RESOURCES.stream().anyMatch(resources::has)) {
            return true;
          }
        }
      }
    }
    return false;
  }
}
