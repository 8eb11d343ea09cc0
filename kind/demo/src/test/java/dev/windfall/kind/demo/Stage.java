package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.demo.Situation.Seen;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Toleration;
import java.net.http.HttpClient;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Function;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;

/** A cluster without anybody in it, and a clock that moves when the test says so. */
final class Stage implements AutoCloseable {
  /** What can be rented in the demo. */
  static final Map<OfferKey, Offer> CATALOGUE =
      new SampleMarket(1)
          .offers().stream().collect(Collectors.toUnmodifiableMap(Offer::key, Function.identity()));

  private volatile Instant now = Instant.parse("2026-11-20T10:00:00Z");

  final LocalApiServer server = LocalApiServer.start(this::now);
  final HttpClient http = HttpClient.newHttpClient();
  final Cluster cluster = new Cluster(server, http);

  static OfferKey spot(String zone, String type) {
    return new OfferKey("eu-central-1" + zone, type, Capacity.SPOT);
  }

  Instant now() {
    return now;
  }

  void pass(Duration time) {
    now = now.plus(time);
  }

  /** A pod as the webhook admits it. */
  static ObjectNode admitted(String name, int gpus) {
    ObjectNode pod = Samples.pod(name, gpus, "prefer");
    ((ObjectNode) pod.path("metadata")).put("namespace", Cluster.NAMESPACE);
    ObjectNode spec = pod.withObjectProperty("spec").put("schedulerName", PlayedScheduler.NAME);
    spec.withArrayProperty("tolerations").addAll(Toleration.missing(spec));
    return pod;
  }

  /** The same pod, held to some offers. */
  static ObjectNode heldTo(ObjectNode pod, OfferKey... offers) {
    return requiring(
        pod,
        "windfall.dev/offer",
        Stream.of(offers).map(OfferKey::toString).toArray(String[]::new));
  }

  /** The same pod, on nodes only whose label has one of these values. */
  static ObjectNode requiring(ObjectNode pod, String label, String... allowed) {
    var values =
        pod.withObjectProperty("spec")
            .withObject("/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution")
            .withArrayProperty("nodeSelectorTerms")
            .addObject()
            .withArrayProperty("matchExpressions")
            .addObject()
            .put("key", label)
            .put("operator", "In")
            .putArray("values");
    List.of(allowed).forEach(values::add);
    return pod;
  }

  /** The same pod, after a scheduler found no node for it. */
  static ObjectNode refused(ObjectNode pod) {
    pod.withObjectProperty("status")
        .put("phase", "Pending")
        .putArray("conditions")
        .addObject()
        .put("type", "PodScheduled")
        .put("status", "False")
        .put("reason", "Unschedulable");
    return pod;
  }

  /** The same pod, on a node. */
  static ObjectNode on(ObjectNode pod, String node, String phase) {
    pod.withObjectProperty("spec").put("nodeName", node);
    pod.withObjectProperty("status").put("phase", phase);
    return pod;
  }

  static ObjectNode node(String name, int gpus) {
    return Cluster.json(
        """
        {"apiVersion": "v1", "kind": "Node", "metadata": {"name": "%s", "labels": {}}, "spec": {},
         "status": {"allocatable": {"cpu": "4", "nvidia.com/gpu": "%d"}}}
        """
            .formatted(name, gpus));
  }

  /** A NodePool as Windfall writes it, open and without a limit. */
  static ObjectNode rung(OfferKey offer, int weight) {
    String name =
        "gpu-" + offer.instanceType().replace('.', '-') + "-" + offer.zone() + "-0a1b2c3d";
    return Cluster.json(
        """
        {"apiVersion": "karpenter.sh/v1", "kind": "NodePool",
         "metadata": {"name": "%1$s", "labels": {"windfall.dev/pool": "gpu"},
          "annotations": {"windfall.dev/offer": "%2$s", "windfall.dev/gpus": "1", "windfall.dev/weight": "%5$d"}},
         "spec": {"weight": %5$d,
          "disruption": {"consolidationPolicy": "WhenEmpty", "consolidateAfter": "60s",
           "budgets": [{"nodes": "0", "reasons": ["Drifted"]}, {"nodes": "0", "reasons": ["Underutilized"]},
            {"nodes": "100%%", "reasons": ["Empty"]}]},
          "template": {
           "metadata": {"labels": {"windfall.dev/offer": "%2$s", "windfall.dev/pool": "gpu",
            "windfall.dev/provider": "aws", "windfall.dev/rung": "%1$s"}},
           "spec": {"expireAfter": "Never",
            "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
            "requirements": [
             {"key": "node.kubernetes.io/instance-type", "operator": "In", "values": ["%3$s"]},
             {"key": "topology.kubernetes.io/zone", "operator": "In", "values": ["%4$s"]},
             {"key": "karpenter.sh/capacity-type", "operator": "In", "values": ["spot"]},
             {"key": "kubernetes.io/arch", "operator": "In", "values": ["amd64"]}],
            "taints": [{"key": "nvidia.com/gpu", "effect": "NoSchedule", "value": "true"},
             {"key": "windfall.dev/rung", "effect": "NoSchedule"}]}}}}
        """
            .formatted(name, offer, offer.instanceType(), offer.zone(), weight));
  }

  static ObjectNode limited(ObjectNode rung, String gpus) {
    rung.withObjectProperty("spec").putObject("limits").put("nvidia.com/gpu", gpus);
    return rung;
  }

  static ObjectNode consolidatedAfter(ObjectNode rung, String time) {
    rung.withObject("/spec/disruption").put("consolidateAfter", time);
    return rung;
  }

  Seen seen(String pod) {
    return Situation.of(cluster).pods().stream()
        .filter(one -> one.name().equals(pod))
        .findFirst()
        .orElseThrow();
  }

  /** What a map must have. */
  static <K, V> V of(Map<K, V> map, K key) {
    return Objects.requireNonNull(map.get(key), () -> "no " + key);
  }

  static List<String> texts(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).map(JsonNode::asText).toList();
  }

  @Override
  public void close() {
    http.close();
    server.close();
  }
}
