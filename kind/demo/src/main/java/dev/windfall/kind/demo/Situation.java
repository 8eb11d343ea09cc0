package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Pod;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Nodes and pods of one moment, and which GPUs are free.
 *
 * @param nodes by name
 */
record Situation(Map<String, ObjectNode> nodes, List<Seen> pods) {
  /** A pod as it is stored, and as Windfall reads it. */
  record Seen(ObjectNode object, Pod pod) {
    String name() {
      return pod.name();
    }

    /** Waits for a scheduler, not behind a gate. */
    boolean pending() {
      return !pod.bound() && pod.gates().isEmpty() && !pod.finished() && !pod.deleting();
    }

    boolean running() {
      return pod.bound() && !pod.finished();
    }
  }

  static Situation of(Cluster cluster) {
    Map<String, ObjectNode> nodes = new TreeMap<>();
    cluster.nodes().forEach(node -> nodes.put(node.at("/metadata/name").asText(), node));
    List<Seen> pods =
        cluster.pods().stream()
            .map(pod -> new Seen(pod, Cluster.read(pod)))
            .sorted(
                Comparator.comparing(
                        (Seen seen) -> seen.object().at("/metadata/creationTimestamp").asText())
                    .thenComparing(Seen::name))
            .toList();
    return new Situation(nodes, pods);
  }

  /** The pods that run there, by name. */
  List<Seen> on(String node) {
    return pods.stream()
        .filter(Seen::running)
        .filter(seen -> seen.pod().nodeName().equals(node))
        .toList();
  }

  /** What the node was rented as. */
  Optional<OfferKey> offer(String node) {
    return Optional.ofNullable(nodes.get(node))
        .flatMap(known -> OfferKey.parse(known.at("/metadata/labels").path(Keys.OFFER).asText()));
  }

  int used(String node) {
    return on(node).stream().mapToInt(seen -> seen.pod().gpus()).sum();
  }

  int gpus(String node) {
    JsonNode known = nodes.get(node);
    return known == null ? 0 : known.at("/status/allocatable").path(Keys.GPU_RESOURCE).asInt();
  }

  int free(String node) {
    return gpus(node) - used(node);
  }

  /** The nodes that could take this pod now, by name. */
  List<String> feasible(Seen pod) {
    return nodes.entrySet().stream()
        .filter(entry -> free(entry.getKey()) >= pod.pod().gpus())
        .filter(entry ->
            Fit.allowed(
                pod.object(),
                Fit.strings(entry.getValue().at("/metadata/labels")),
                entry.getValue().at("/spec/taints")))
        .map(Map.Entry::getKey)
        .toList();
  }

  /** Who runs where, by UID, so that two moments can be compared. */
  Map<String, String> running() {
    return pods.stream()
        .filter(Seen::running)
        .collect(Collectors.toMap(s -> s.pod().uid(), s -> s.pod().nodeName()));
  }
}
