package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * From an annotation to a running pod, on a real API server with real schedulers and a real
 * Karpenter.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ChainTest {
  private static final String CHEAPEST = "eu-central-1a.g6.xlarge.spot";
  private static final String SECOND = "eu-central-1b.g6.xlarge.spot";
  private static final String POOL = Bed.spotPool("g6", "g5");

  /** Keeps pods apart, so that the next one needs a node of its own. */
  private static final String APART =
      "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
          + "[{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: train}}}]}}";

  private Bed bed;
  private WindfallProcess windfall;

  @BeforeAll
  void aBedWithWindfallAndOnePool() {
    bed = Bed.up();
    windfall = WindfallProcess.start(bed);
    bed.apply(POOL, "apply", "-f", "-");
  }

  /** Every test begins with the first prices, open rungs, no pods and no nodes. */
  @BeforeEach
  void anEmptyCluster() {
    if (!windfall.alive()) {
      windfall = WindfallProcess.start(bed);
    }
    bed.kubectl("delete", "pods", "--all", "--grace-period=0", "--force", "--wait=true");
    bed.kubectl("delete", "nodepools", "-l", "!windfall.dev/pool", "--wait=true");
    bed.kubectl("delete", "nodeclaims", "--all", "--wait=true", "--timeout=50s");
    bed.restoreMarket();
    eventually("the cheapest rung is the heaviest", () -> CHEAPEST.equals(heaviest()));
  }

  @AfterAll
  void end() {
    try {
      windfall.stop();
    } finally {
      bed.close();
    }
  }

  @Test
  void anAnnotatedPodGetsTheCheapestRungAndRuns() {
    bed.create(TestPod.spot("train"));

    JsonNode pod = awaitRunning("train");

    assertEquals(CHEAPEST, bed.offerUnder(pod));
    assertEquals("windfall-scheduler", pod.at("/spec/schedulerName").asText());
    assertTrue(tolerates(pod, "windfall.dev/rung"), "the API server's call added the toleration");
  }

  @Test
  void aPriceFlipTurnsTheWeightsWithinTenSecondsAndTouchesNothingThatRuns() {
    bed.create(TestPod.spot("before"));
    JsonNode before = awaitRunning("before");
    bed.price("eu-central-1a", "g6.xlarge", "spot", "0.9000");

    await("the weights flip")
        .atMost(Duration.ofSeconds(10))
        .pollInterval(Duration.ofMillis(200))
        .until(() -> SECOND.equals(heaviest()));
    bed.create(TestPod.spot("after").says(APART));
    JsonNode after = awaitRunning("after");

    assertEquals(SECOND, bed.offerUnder(after));
    assertEquals(
        before.at("/metadata/uid"),
        running("before").at("/metadata/uid"),
        "the same pod still runs");
    assertEquals(List.of(), drifted());
  }

  @Test
  void ofTwoFreeNodesTheOneWithTheLowerLivePriceIsTaken() {
    // More than a fifth apart: prices that are nearer have the same score.
    bed.price("eu-central-1a", "g6.xlarge", "spot", "0.3000");
    bed.create(TestPod.spot("first").says(onOffer(CHEAPEST)));
    awaitRunning("first");
    delete("first");
    double atFirst = windfall.metric("windfall_extender_calls_total");
    bed.create(TestPod.spot("alone"));
    awaitRunning("alone");
    assertEquals(
        atFirst,
        windfall.metric("windfall_extender_calls_total"),
        "one fitting node: nothing to ask");
    bed.create(TestPod.spot("second").says(onOffer(SECOND)));
    awaitRunning("second");
    delete("alone");
    delete("second");

    bed.create(TestPod.spot("third"));
    JsonNode third = awaitRunning("third");
    double asked = windfall.metric("windfall_extender_calls_total");
    delete("third");
    bed.price("eu-central-1a", "g6.xlarge", "spot", "0.9000");
    eventually("the new price is in force", () -> SECOND.equals(heaviest()));
    bed.create(TestPod.spot("fourth"));
    JsonNode fourth = awaitRunning("fourth");

    assertEquals(CHEAPEST, bed.offerUnder(third));
    assertEquals(atFirst + 1, asked);
    assertEquals(SECOND, bed.offerUnder(fourth));
    assertEquals(atFirst + 2, windfall.metric("windfall_extender_calls_total"));
  }

  @Test
  void withWindfallGonePodsAreAdmittedAsWrittenAndAdmittedOnesGetNodes() {
    bed.create(TestPod.spot("admitted"));
    windfall.kill();
    bed.create(TestPod.spot("as-written"));

    JsonNode admitted = awaitRunning("admitted");

    assertEquals(CHEAPEST, bed.offerUnder(admitted));
    assertFalse(tolerates(bed.get("pod", "as-written"), "windfall.dev/rung"));

    windfall = WindfallProcess.start(bed);
    JsonNode completed = awaitRunning("as-written");
    assertTrue(
        tolerates(completed, "windfall.dev/rung"),
        "a toleration is all it wished for, and may be added later");
  }

  @Test
  void aRestartWritesNothingWhenNothingChanged() {
    bed.create(TestPod.spot("train"));
    awaitRunning("train");
    eventually("the pool's status counts the node", () -> nodesInStatus() == 1);
    // Written every half minute; what a restart finds unwritten it learns and writes anew.
    eventually("what became of the launch is written", () -> !told().isBefore(initialized()));
    Map<String, String> before = written();
    windfall.kill();

    windfall = WindfallProcess.start(bed);
    eventually("it leads again", windfall::leads);
    double passes = windfall.metric("windfall_loop_passes_total");
    bed.create(TestPod.plain("stranger"));
    eventually(
        "its loops have run", () -> windfall.metric("windfall_loop_passes_total") > passes + 1);
    delete("stranger");

    assertEquals(before, written());
    assertEquals(0, windfall.writesButOfLeases());
  }

  @Test
  void anUnannotatedPodIsUntouchedByteForByte() {
    double reviews = windfall.metric("windfall_admission_reviews_total");
    JsonNode called = admittedIn("default");
    assertEquals(
        reviews + 1, windfall.metric("windfall_admission_reviews_total"), "the webhook was asked");

    JsonNode excluded = admittedIn("kube-system");
    assertEquals(
        reviews + 1,
        windfall.metric("windfall_admission_reviews_total"),
        "the webhook was not asked");

    assertEquals(excluded.toString(), called.toString());
  }

  @Test
  void neitherAnUnannotatedGpuPodNorACpuPodEverLandsOnARung() {
    bed.create(TestPod.spot("train"));
    String free = awaitRunning("train").at("/spec/nodeName").asText();
    delete("train");
    // An orphan of an earlier test may stand beside it for a while; this one must be there.
    assertEquals(free, bed.get("node", free).at("/metadata/name").asText());

    bed.create(TestPod.plain("stranger"));
    bed.create(TestPod.plain("cpu").onlyLimit("cpu", "100m"));
    for (String name : List.of("stranger", "cpu")) {
      eventually(
          name + " was looked at by scheduler and Karpenter",
          () -> seenByScheduler(name) && seenByKarpenter(name));
      assertEquals("", bed.get("pod", name).at("/spec/nodeName").asText());
    }
    assertEquals(1, bed.get("nodeclaims").at("/items").size(), "and nothing was bought for them");
  }

  @Test
  void aPodCappedBelowEveryOfferWaitsBehindTheGateUntilThePriceFalls() {
    bed.create(TestPod.spot("train").wish("spot", "require").wish("max-price-per-gpu", "0.30"));

    eventually("the event names cap and nearest price", () -> waiting("train").contains("0.30"));
    String event = waiting("train");
    assertTrue(event.contains("nearest is g6.xlarge in eu-central-1a at 0.4021"), event);
    assertEquals(
        "windfall.dev/price", bed.get("pod", "train").at("/spec/schedulingGates/0/name").asText());

    bed.price("eu-central-1b", "g6.xlarge", "spot", "0.2500");
    assertEquals(SECOND, bed.offerUnder(awaitRunning("train")));
  }

  /** The control: were drift not to show in this bed, its absence elsewhere would prove nothing. */
  @Test
  void aNodePoolThatIsNarrowedDoesDrift() {
    bed.apply(foreignPool("eu-central-1a", "eu-central-1b"), "apply", "-f", "-");
    bed.create(TestPod.plain("stranger"));
    awaitRunning("stranger");
    String zone =
        bed.get("nodeclaims").at("/items/0/metadata/labels/topology.kubernetes.io~1zone").asText();

    bed.apply(
        foreignPool(zone.endsWith("a") ? "eu-central-1b" : "eu-central-1a"), "apply", "-f", "-");

    eventually("Karpenter marks the NodeClaim", () -> drifted().size() == 1);
  }

  // Reading the cluster.

  private String heaviest() {
    String offer = "";
    int weight = 0;
    for (JsonNode pool : bed.get("nodepools", "-l", "windfall.dev/pool").at("/items")) {
      boolean open = !pool.at("/spec/limits/nvidia.com~1gpu").asText().equals("0");
      if (open && pool.at("/spec/weight").asInt() > weight) {
        weight = pool.at("/spec/weight").asInt();
        offer = pool.at("/spec/template/metadata/labels/windfall.dev~1offer").asText();
      }
    }
    return offer;
  }

  private List<String> drifted() {
    List<String> names = new ArrayList<>();
    for (JsonNode claim : bed.get("nodeclaims").at("/items")) {
      for (JsonNode condition : claim.at("/status/conditions")) {
        if (condition.get("type").asText().equals("Drifted")
            && condition.get("status").asText().equals("True")) {
          names.add(claim.at("/metadata/name").asText());
        }
      }
    }
    return names;
  }

  /** What Windfall wrote, its Lease apart, and when: the API server keeps it by field manager. */
  private Map<String, String> written() {
    Map<String, String> written = new TreeMap<>();
    for (String kind :
        List.of(
            "nodepools",
            "nodeclaims",
            "nodes",
            "spotpools",
            "pods",
            "events",
            "mutatingwebhookconfigurations",
            "customresourcedefinitions",
            "namespaces",
            "secrets",
            "configmaps")) {
      for (JsonNode item : bed.get(kind, "-A", "--show-managed-fields").at("/items")) {
        for (JsonNode entry : item.at("/metadata/managedFields")) {
          if (entry.path("manager").asText().equals("windfall")) {
            String name = "%s %s".formatted(kind, item.at("/metadata/name").asText());
            written.merge(name, entry.toString(), String::concat);
          }
        }
      }
    }
    assertTrue(written.size() > 10, "rungs, pool, definition, webhook and secret are Windfall's");
    return written;
  }

  /** When what became of launches was last written. */
  private Instant told() {
    JsonNode kept = bed.get("configmaps", "-n", "windfall-system").at("/items");
    for (JsonNode map : kept) {
      if (map.at("/metadata/name").asText().equals("windfall-history")) {
        return Instant.parse(map.at("/data/told").asText());
      }
    }
    return Instant.EPOCH;
  }

  /** When the last node had all that it needs. */
  private Instant initialized() {
    Instant last = Instant.EPOCH;
    for (JsonNode claim : bed.get("nodeclaims").at("/items")) {
      for (JsonNode condition : claim.at("/status/conditions")) {
        if (condition.path("type").asText().equals("Initialized")) {
          Instant at = Instant.parse(condition.path("lastTransitionTime").asText());
          last = at.isAfter(last) ? at : last;
        }
      }
    }
    return last;
  }

  private int nodesInStatus() {
    int nodes = 0;
    for (JsonNode rung : bed.get("spotpool", "gpu").at("/status/rungs")) {
      nodes += rung.at("/nodes").asInt();
    }
    return nodes;
  }

  private boolean seenByScheduler(String pod) {
    for (JsonNode condition : bed.get("pod", pod).at("/status/conditions")) {
      if (condition.path("reason").asText().equals("Unschedulable")) {
        return true;
      }
    }
    return false;
  }

  private boolean seenByKarpenter(String pod) {
    for (JsonNode event : eventsOf(pod)) {
      if (event.at("/source/component").asText().equals("karpenter")) {
        return true;
      }
    }
    return false;
  }

  private String waiting(String pod) {
    for (JsonNode event : eventsOf(pod)) {
      if (event.path("reason").asText().equals("Waiting")) {
        return event.path("message").asText();
      }
    }
    return "";
  }

  private JsonNode eventsOf(String pod) {
    return bed.get("events", "--field-selector", "involvedObject.name=" + pod).at("/items");
  }

  private static boolean tolerates(JsonNode pod, String key) {
    for (JsonNode toleration : pod.at("/spec/tolerations")) {
      if (toleration.path("key").asText().equals(key)) {
        return true;
      }
    }
    return false;
  }

  private JsonNode running(String pod) {
    JsonNode read = bed.get("pod", pod);
    assertEquals("Running", read.at("/status/phase").asText());
    return read;
  }

  private JsonNode awaitRunning(String pod) {
    eventually(pod + " runs", () -> bed.runs(pod));
    return running(pod);
  }

  private static void eventually(String what, BooleanSupplier condition) {
    await(what)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(300))
        .until(condition::getAsBoolean);
  }

  // Writing to it.

  private void delete(String pod) {
    bed.kubectl("delete", "pod", pod, "--grace-period=0", "--force", "--wait=true");
  }

  /**
   * What the API server makes of an unannotated GPU pod in a namespace, but for what differs by
   * namespace and time.
   */
  private JsonNode admittedIn(String namespace) {
    String manifest = TestPod.plain("stranger").in(namespace).manifest();
    JsonNode pod =
        Bed.read(bed.apply(manifest, "create", "--dry-run=server", "-o", "json", "-f", "-"));
    ObjectNode metadata = (ObjectNode) pod.get("metadata");
    assertNotEquals("", metadata.path("uid").asText());
    metadata.remove(List.of("uid", "creationTimestamp", "namespace", "managedFields"));
    return pod;
  }

  private static String onOffer(String offer) {
    return "nodeSelector: {windfall.dev/offer: " + offer + "}";
  }

  private static String foreignPool(String... zones) {
    return """
    apiVersion: karpenter.sh/v1
    kind: NodePool
    metadata: {name: foreign}
    spec:
      template:
        spec:
          nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
          requirements:
          - {key: karpenter.sh/capacity-type, operator: In, values: [on-demand]}
          - {key: node.kubernetes.io/instance-type, operator: In, values: [g6.xlarge]}
          - {key: topology.kubernetes.io/zone, operator: In, values: [%s]}
    """
        .formatted(String.join(", ", zones));
  }
}
