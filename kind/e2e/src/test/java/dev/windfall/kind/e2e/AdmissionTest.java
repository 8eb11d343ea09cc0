package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.Duration;
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
 * What a real API server makes of Windfall's answers, and Windfall of what a real API server sends,
 * beside other webhooks and with none of them there.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class AdmissionTest {
  private static final String CHEAPEST = "eu-central-1a.g6.xlarge.spot";
  private static final String SECOND = "eu-central-1b.g6.xlarge.spot";

  /** Both offers above are at or below it, and no other. */
  private static final String CAPPED =
      "{windfall.dev/spot: require, windfall.dev/max-price-per-gpu: \"0.44\"}";

  private static final String TOO_LOW =
      "{windfall.dev/spot: require, windfall.dev/max-price-per-gpu: \"0.01\"}";
  private static final String PREFER = "{windfall.dev/spot: prefer}";
  private static final String GPU = "resources: {limits: {nvidia.com/gpu: 1}}";

  /** Adds a container and a label. */
  private static final String SIDECAR =
      """
      [{"op": "add", "path": "/metadata/labels/changed", "value": "true"},
       {"op": "add", "path": "/spec/containers/-", "value": {"name": "side", "image": "side"}}]
      """;

  private Bed bed;
  private WindfallProcess windfall;

  @BeforeAll
  void aBedWithWindfallAndOnePool() {
    bed = Bed.up();
    windfall = WindfallProcess.start(bed);
    bed.apply(Bed.spotPool("g6", "g5"), "apply", "-f", "-");
  }

  /** Every test begins with open rungs, no pods, no nodes and a Windfall that has seen it. */
  @BeforeEach
  void anEmptyCluster() {
    if (!windfall.alive()) {
      windfall = WindfallProcess.start(bed);
    }
    bed.kubectl("delete", "pods", "--all", "--grace-period=0", "--force", "--wait=true");
    bed.kubectl("delete", "nodeclaims", "--all", "--wait=true", "--timeout=50s");
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

  /** Karpenter relaxes what is soft step by step, and takes what it finds on the way. */
  @Test
  void softConstraintsThatNothingCanMeetMakeNoPodDearer() {
    String affinity =
        """
        affinity: {nodeAffinity: {preferredDuringSchedulingIgnoredDuringExecution: [
          {weight: 100, preference: {matchExpressions: [{key: disk, operator: In, values: [nvme]}]}}]}}
        """;
    String spread =
        """
        topologySpreadConstraints: [{topologyKey: example.com/rack, maxSkew: 1,
          whenUnsatisfiable: ScheduleAnyway, labelSelector: {matchLabels: {app: train}}}]
        """;
    Map<String, String> pods =
        new TreeMap<>(
            Map.of(
                "affinity-capped", pod("affinity-capped", CAPPED, oneLine(affinity)),
                "affinity-prefer", pod("affinity-prefer", PREFER, oneLine(affinity)),
                "spread-capped", pod("spread-capped", CAPPED, oneLine(spread)),
                "spread-prefer", pod("spread-prefer", PREFER, oneLine(spread))));
    create(String.join("---\n", pods.values()));

    Map<String, String> offers = new TreeMap<>();
    pods.keySet().forEach(name -> offers.put(name, bed.offerUnder(awaitRunning(name))));

    Map<String, String> expected = new TreeMap<>();
    pods.keySet().forEach(name -> expected.put(name, CHEAPEST));
    assertEquals(expected, offers);
  }

  @Test
  void aWebhookAfterWindfallHasItAskedAgainAndThePodEndsWithOneSetOfConstraints() {
    try (var _ = OtherWebhook.register(bed, "zz-after", SIDECAR)) {
      double before = reviews();

      JsonNode pod = dryRun(labelled(pod("train", CAPPED, GPU)));

      assertEquals(before + 2, reviews(), "asked again since the pod was changed");
      assertEquals(2, pod.at("/spec/containers").size());
      assertOneSetOfConstraints(pod);
    }
  }

  @Test
  void aWebhookBeforeWindfallIsAskedOnceAndSoIsWindfall() {
    try (var _ = OtherWebhook.register(bed, "aa-before", SIDECAR)) {
      double before = reviews();

      JsonNode pod = dryRun(labelled(pod("train", CAPPED, GPU)));

      assertEquals(before + 1, reviews());
      assertEquals(2, pod.at("/spec/containers").size());
      assertOneSetOfConstraints(pod);
    }
  }

  /** Why GPU pods without an annotation are asked about too. */
  @Test
  void aWishThatALaterWebhookWritesIsGranted() {
    String wish =
        """
        [{"op": "add", "path": "/metadata/labels/changed", "value": "true"},
         {"op": "add", "path": "/metadata/annotations", "value":
           {"windfall.dev/spot": "require", "windfall.dev/max-price-per-gpu": "0.44"}}]
        """;
    try (var _ = OtherWebhook.register(bed, "zz-after", wish)) {
      JsonNode pod = dryRun(labelled(pod("train", "", GPU)));

      assertTrue(pod.at("/metadata/labels").has("changed"));
      assertOneSetOfConstraints(pod);
    }
  }

  @Test
  void onlyUnboundPodsWithGpusThatNoDaemonSetOwnsAreAskedAbout() {
    String mirror = "{windfall.dev/spot: prefer, kubernetes.io/config.mirror: x}";
    double before = reviews();
    for (String unasked :
        List.of(
            pod("cpu", PREFER, "resources: {limits: {cpu: 1}}"),
            pod("other-gpu", PREFER, "resources: {limits: {amd.com/gpu: 1}}"),
            pod("bound", PREFER, "nodeName: somewhere", GPU),
            pod("mirror", mirror, "nodeName: somewhere", GPU),
            pod("daemon", PREFER, GPU)
                .replace(
                    "  labels:",
                    "  ownerReferences: [{apiVersion: apps/v1, kind: DaemonSet, name: d, uid: u}]\n"
                        + "  labels:"))) {
      var _ = dryRun(unasked);
      assertEquals(before, reviews(), unasked);
    }
    assertRefused("must set spec.nodeName", pod("mirror", mirror, GPU));
    assertEquals(before, reviews(), "a mirror pod, whether it is bound or not");

    double asked = before;
    for (String pod :
        List.of(
            pod("plain", PREFER, GPU),
            pod("init", PREFER, "initContainers: [{name: init, image: init, " + GPU + "}]", ""),
            pod(
                "sidecar",
                PREFER,
                "initContainers: [{name: side, image: side, restartPolicy: Always, " + GPU + "}]",
                ""))) {
      assertTolerated(dryRun(pod));
      assertEquals(++asked, reviews(), pod);
    }
    assertRefused(
        "Limit must be set", pod("requests", PREFER, "resources: {requests: {nvidia.com/gpu: 1}}"));
    assertEquals(asked + 1, reviews(), "GPUs in the requests only");
  }

  /** The API server looks whether a pod is valid when all webhooks have had their say. */
  private void assertRefused(String why, String manifest) {
    Command.Result refused = attemptDryRun(manifest);
    assertNotEquals(0, refused.status(), manifest);
    assertTrue(refused.err().contains(why), refused.err());
  }

  @Test
  void dryRunsLeaveNothingBehind() {
    eventually("the status counts no node", () -> nodesInStatus() == 0);
    settle();
    double writes = windfall.writesButOfLeases();

    assertOneSetOfConstraints(dryRun(pod("capped", CAPPED, GPU)));
    assertEquals(
        "windfall.dev/price",
        dryRun(pod("waits", TOO_LOW, GPU)).at("/spec/schedulingGates/0/name").asText());
    settle();

    assertEquals(0, bed.get("pods").at("/items").size());
    for (String name : List.of("capped", "waits")) {
      assertEquals(0, eventsOf(name).size(), name);
    }
    assertEquals(writes, windfall.writesButOfLeases());
  }

  /** Sent as bytes, since kubectl would tidy up first. Nothing was asked in the other namespace. */
  @Test
  void whatWindfallDoesNotKnowOfAPodSurvives() {
    String pod =
        """
        {"apiVersion": "v1", "kind": "Pod",
         "metadata": {"name": "train", "labels": null, "finalizers": null,
           "annotations": {"windfall.dev/spot": "require", "windfall.dev/max-price-per-gpu": "0.44",
             "a.example/b_c.D-e": "", "lines": "a\\nb\\u2028c\\"d\\\\", "faces": "\\ud83d\\ude00"}},
         "spec": {"automountServiceAccountToken": false, "tolerations": null, "affinity": null, "schedulingGates": null,
           "initContainers": null, "nodeSelector": null, "volumes": null,
           "ofANewerVersion": {"a/b~c": [1.5, null, true]},
           "hostUsers": false, "setHostnameAsFQDN": true, "overhead": null,
           "os": {"name": "linux"}, "resources": {"limits": {"cpu": "2"}},
           "readinessGates": [{"conditionType": "example.com/ready"}],
           "ephemeralContainers": null, "resourceClaims": null,
           "containers": [{"name": "main", "image": "main", "env": null,
             "resizePolicy": [{"resourceName": "cpu", "restartPolicy": "NotRequired"}],
             "resources": {"limits": {"nvidia.com/gpu": "1"}}}]}}
        """;
    ObjectNode expected = stored(pod, "kube-system");
    ((ArrayNode) expected.at("/spec/tolerations"))
        .add(
            Bed.read(
                "{\"key\":\"nvidia.com/gpu\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}"))
        .add(
            Bed.read(
                "{\"key\":\"windfall.dev/rung\",\"operator\":\"Exists\",\"effect\":\"NoSchedule\"}"));
    ((ObjectNode) expected.get("spec"))
        .put("schedulerName", "windfall-scheduler")
        .putObject("affinity")
        .putObject("nodeAffinity")
        .putObject("requiredDuringSchedulingIgnoredDuringExecution")
        .putArray("nodeSelectorTerms")
        .addObject()
        .putArray("matchExpressions")
        .addObject()
        .put("key", "windfall.dev/offer")
        .put("operator", "In")
        .putArray("values")
        .add(CHEAPEST)
        .add(SECOND);

    ObjectNode admitted = stored(pod, "default");
    JsonNode decision =
        ((ObjectNode) admitted.at("/metadata/annotations")).remove("windfall.dev/decision");

    assertTrue(decision.isTextual());
    assertEquals(expected, admitted);
    assertTrue(admitted.at("/spec/hostUsers").isBoolean(), "it came through to be seen");
    assertTrue(admitted.at("/spec/ofANewerVersion").isMissingNode(), "no API server lets it in");
  }

  /** A patch that did not apply would be an internal error, whatever the failure policy. */
  @Test
  void aKeyThatTheApiServerRefusesIsRefusedForItselfAndNotForWindfallsPatch() {
    assertRefused(
        "is invalid: metadata.annotations: Invalid value: \"a/b~c\"",
        pod("train", CAPPED.replace("{", "{\"a/b~c\": x, "), GPU));
  }

  @Test
  void withWindfallKilledPodsAreAdmittedAsWrittenAndItMakesUpForItWhenItIsBack() {
    String prefers = pod("prefers", PREFER, GPU);
    String requires = pod("requires", CAPPED, GPU);
    JsonNode preferring = stored(dryRunIn(prefers, "kube-system"));
    JsonNode requiring = stored(dryRunIn(requires, "kube-system"));
    windfall.kill();
    create(prefers);
    create(requires);

    assertEquals(preferring.get("spec"), bed.get("pod", "prefers").get("spec"));
    assertEquals(requiring.get("spec"), bed.get("pod", "requires").get("spec"));

    windfall = WindfallProcess.start(bed);
    assertEquals(CHEAPEST, bed.offerUnder(awaitRunning("prefers")));
    eventually(
        "the other is told",
        () -> waiting("requires").contains("delete it, so that it is created again"));
    assertEquals(requiring.get("spec"), bed.get("pod", "requires").get("spec"));
  }

  @Test
  void anUpdateIsNotAskedAboutAndChangesNothingElse() {
    create(pod("train", "", GPU));
    JsonNode before = bed.get("pod", "train").get("spec");
    double reviews = reviews();

    bed.kubectl(
        "annotate",
        "pod",
        "train",
        "windfall.dev/spot=require",
        "windfall.dev/max-price-per-gpu=0.44");
    bed.kubectl("set", "image", "pod/train", "main=another");
    eventually("the wish is seen", () -> waiting("train").contains("came without admission"));

    ObjectNode after = (ObjectNode) bed.get("pod", "train").get("spec");
    assertEquals("another", after.at("/containers/0/image").asText());
    ((ObjectNode) after.at("/containers/0"))
        .put("image", before.at("/containers/0/image").asText());
    assertEquals(before, after);
    assertEquals(reviews, reviews());
  }

  // Reading the cluster.

  private double reviews() {
    return windfall.metric("windfall_admission_reviews_total");
  }

  private static void assertOneSetOfConstraints(JsonNode pod) {
    assertTolerated(pod);
    JsonNode terms =
        pod.at(
            "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                + "/nodeSelectorTerms");
    assertEquals(1, terms.size(), pod.toString());
    JsonNode expressions = terms.at("/0/matchExpressions");
    assertEquals(1, expressions.size(), pod.toString());
    assertEquals(1, withKey(expressions, "windfall.dev/offer"), pod.toString());
    assertTrue(pod.at("/metadata/annotations").has("windfall.dev/decision"), pod.toString());
  }

  private static void assertTolerated(JsonNode pod) {
    for (String key : List.of("nvidia.com/gpu", "windfall.dev/rung")) {
      assertEquals(1, withKey(pod.at("/spec/tolerations"), key), pod.toString());
    }
  }

  private static long withKey(JsonNode list, String key) {
    return list.valueStream().filter(one -> one.path("key").asText().equals(key)).count();
  }

  /** Waits until the loops have run once more: a stranger makes them. */
  private void settle() {
    double passes = windfall.metric("windfall_loop_passes_total");
    create(pod("stranger", "", GPU));
    eventually(
        "the loops have run", () -> windfall.metric("windfall_loop_passes_total") > passes + 1);
    bed.kubectl("delete", "pod", "stranger", "--grace-period=0", "--force", "--wait=true");
  }

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

  private int nodesInStatus() {
    int nodes = 0;
    for (JsonNode rung : bed.get("spotpool", "gpu").at("/status/rungs")) {
      nodes += rung.at("/nodes").asInt();
    }
    return nodes;
  }

  private String waiting(String pod) {
    StringBuilder waiting = new StringBuilder();
    for (JsonNode event : eventsOf(pod)) {
      if (event.path("reason").asText().equals("Waiting")) {
        waiting.append(event.path("message").asText()).append('\n');
      }
    }
    return waiting.toString();
  }

  private JsonNode eventsOf(String pod) {
    return bed.get("events", "--field-selector", "involvedObject.name=" + pod).at("/items");
  }

  private JsonNode awaitRunning(String pod) {
    eventually(pod + " runs", () -> bed.runs(pod));
    return bed.get("pod", pod);
  }

  private static void eventually(String what, BooleanSupplier condition) {
    await(what)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(300))
        .until(condition::getAsBoolean);
  }

  // Writing to it.

  private void create(String manifest) {
    bed.apply(manifest, "create", "-f", "-");
  }

  private JsonNode dryRun(String manifest) {
    return dryRunIn(manifest, "default");
  }

  private JsonNode dryRunIn(String manifest, String namespace) {
    return Bed.read(
        bed.apply(
            manifest, "create", "-n", namespace, "--dry-run=server", "-o", "json", "-f", "-"));
  }

  private Command.Result attemptDryRun(String manifest) {
    return bed.attempt(manifest, "create", "--dry-run=server", "-f", "-");
  }

  /** What would be stored of the very bytes of {@code pod}. */
  private ObjectNode stored(String pod, String namespace) {
    return stored(
        Bed.read(
            bed.apply(
                pod,
                "create",
                "--raw",
                "/api/v1/namespaces/" + namespace + "/pods?dryRun=All",
                "-f",
                "-")));
  }

  /** But for what differs by namespace and time. */
  private static ObjectNode stored(JsonNode pod) {
    ObjectNode metadata = (ObjectNode) pod.get("metadata");
    assertNotEquals("", metadata.path("uid").asText());
    metadata.remove(List.of("uid", "creationTimestamp", "namespace", "managedFields"));
    return (ObjectNode) pod;
  }

  private static String labelled(String pod) {
    return pod.replace("labels: {", "labels: {" + OtherWebhook.LABEL + ", ");
  }

  private static String pod(String name, String annotations, String container) {
    return container.startsWith("resources")
        ? pod(name, annotations, "", container)
        : pod(name, annotations, container, GPU);
  }

  /** A pod; {@code spec} and {@code container} are one further line of what they name. */
  private static String pod(String name, String annotations, String spec, String container) {
    return """
    apiVersion: v1
    kind: Pod
    metadata:
      name: %s
      labels: {app: train}
      annotations: %s
    spec:
      automountServiceAccountToken: false
      terminationGracePeriodSeconds: 0
      %s
      containers:
      - name: main
        image: train
        %s
    """
        .formatted(name, annotations, spec, container);
  }

  private static String oneLine(String yaml) {
    return yaml.replaceAll("\\s*\\n\\s*", " ").strip();
  }
}
