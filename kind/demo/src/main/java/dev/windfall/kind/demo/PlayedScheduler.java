package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.demo.Situation.Seen;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Plays kube-scheduler and the kubelets: a pod goes to the node with the best score of those that
 * can take it, and runs there at once. Only pods that name the second scheduler are asked about, as
 * in a cluster.
 */
final class PlayedScheduler {
  static final String NAME = "windfall-scheduler";

  private static final Duration RENEW = Duration.ofSeconds(2);

  private final Cluster cluster;
  private final Extender extender;
  private final InstantSource clock;
  private final Map<String, Decision> decisions = new HashMap<>();
  private Instant renewed = Instant.EPOCH;

  /**
   * Where a pod went.
   *
   * @param scores of the nodes that could take it; empty when nobody was asked
   */
  record Decision(List<String> candidates, Map<String, Integer> scores, String node) {}

  PlayedScheduler(Cluster cluster, Extender extender, InstantSource clock) {
    this.cluster = cluster;
    this.extender = extender;
    this.clock = clock;
  }

  /** Where a pod went; empty while it has gone nowhere. */
  Optional<Decision> decision(String pod) {
    return Optional.ofNullable(decisions.get(pod));
  }

  void turn() throws InterruptedException {
    renewLease();
    boolean again = true;
    while (again) {
      again = false;
      Situation now = Situation.of(cluster);
      decisions.keySet().retainAll(now.pods().stream().map(Seen::name).toList());
      for (Seen pod : now.pods()) {
        if (pod.pending() && place(pod, now)) {
          // What it took is no longer free for the next.
          again = true;
          break;
        }
      }
    }
  }

  private boolean place(Seen pod, Situation now) throws InterruptedException {
    List<String> candidates = now.feasible(pod);
    if (candidates.isEmpty()) {
      if (!pod.pod().unschedulable()) {
        refuse(pod, now);
      }
      return false;
    }
    Map<String, Integer> scores =
        candidates.size() > 1 && pod.pod().schedulerName().equals(NAME)
            ? extender.scores(pod.object(), candidates)
            : Map.of();
    String node = candidates.getFirst();
    for (String candidate : candidates) {
      if (scores.getOrDefault(candidate, 0) > scores.getOrDefault(node, 0)) {
        node = candidate;
      }
    }
    decisions.put(pod.name(), new Decision(candidates, scores, node));
    bind(pod.object(), node);
    return true;
  }

  private void bind(ObjectNode pod, String node) {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("phase", "Running").put("startTime", now());
    ArrayNode conditions = status.putArray("conditions");
    for (String type : List.of("PodScheduled", "Initialized", "ContainersReady", "Ready")) {
      condition(conditions, type, "True");
    }
    ArrayNode containers = status.putArray("containerStatuses");
    pod.at("/spec/containers")
        .forEach(container ->
            containers
                .addObject()
                .put("name", container.path("name").asText())
                .put("image", container.path("image").asText())
                .put("ready", true)
                .put("restartCount", 0)
                .putObject("state")
                .putObject("running")
                .put("startedAt", now()));
    cluster.change(
        pod,
        current -> {
          current.withObjectProperty("spec").put("nodeName", node);
          return current.set("status", status);
        });
  }

  private void refuse(Seen pod, Situation now) {
    ObjectNode status = JsonNodeFactory.instance.objectNode().put("phase", "Pending");
    condition(status.putArray("conditions"), "PodScheduled", "False")
        .put("reason", "Unschedulable")
        .put("message", "0/%d nodes are available".formatted(now.nodes().size()));
    cluster.change(pod.object(), current -> current.set("status", status));
  }

  private ObjectNode condition(ArrayNode conditions, String type, String holds) {
    return conditions
        .addObject()
        .put("type", type)
        .put("status", holds)
        .put("lastTransitionTime", now());
  }

  /** Windfall sends pods to the second scheduler only while its Lease is fresh. */
  private void renewLease() {
    Instant now = clock.instant();
    if (Duration.between(renewed, now).compareTo(RENEW) < 0) {
      return;
    }
    renewed = now;
    ObjectNode lease =
        JsonNodeFactory.instance
            .objectNode()
            .put("apiVersion", "coordination.k8s.io/v1")
            .put("kind", "Lease");
    lease.putObject("metadata").put("name", NAME).put("namespace", "windfall-system");
    lease
        .putObject("spec")
        .put("holderIdentity", "demo")
        .put("leaseDurationSeconds", 15)
        .put("renewTime", now.toString());
    cluster.put(lease);
  }

  private String now() {
    return clock.instant().truncatedTo(java.time.temporal.ChronoUnit.SECONDS).toString();
  }
}
