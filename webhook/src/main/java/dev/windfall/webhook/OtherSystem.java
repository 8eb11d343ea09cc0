package dev.windfall.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.policies.Pod;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;

/**
 * Finds the system other than Windfall that decides where a pod runs. What such a system settled,
 * or will, must not be narrowed behind its back: a group whose members differ is never complete, a
 * quota is counted on what the pod said when it was queued.
 */
final class OtherSystem {
  private static final String DEFAULT_SCHEDULER = "default-scheduler";

  /** Systems that mark each pod of theirs: how their labels, annotations and gates begin. */
  private static final Map<String, String> PREFIXES =
      Map.of("kueue.x-k8s.io/", "Kueue", "yunikorn.apache.org/", "YuniKorn", "grove.io/", "Grove");

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
    Optional<String> marked =
        Stream.concat(keys(json), pod.gates().stream()).flatMap(OtherSystem::marks).findFirst();
    if (marked.isPresent()) {
      return marked;
    }
    if (keys(json).anyMatch(GROUP_KEYS::contains)
        || GROUP_FIELDS.stream().anyMatch(json.path("spec")::hasNonNull)) {
      return Optional.of("its pod group");
    }
    return usesHami(json) ? Optional.of("HAMi") : Optional.empty();
  }

  /** Whether no scheduler was chosen: the API server writes {@code default-scheduler} by itself. */
  static boolean unclaimed(Pod pod) {
    return pod.schedulerName().isEmpty() || pod.schedulerName().equals(DEFAULT_SCHEDULER);
  }

  /** The names of its labels and annotations. */
  private static Stream<String> keys(JsonNode json) {
    JsonNode metadata = json.path("metadata");
    return Stream.of("labels", "annotations")
        .flatMap(kind -> metadata.path(kind).propertyStream().map(Map.Entry::getKey));
  }

  /** The system of which {@code name} is a mark; at most one. */
  private static Stream<String> marks(String name) {
    return PREFIXES.entrySet().stream()
        .filter(prefix -> name.startsWith(prefix.getKey()))
        .map(Map.Entry::getValue);
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
