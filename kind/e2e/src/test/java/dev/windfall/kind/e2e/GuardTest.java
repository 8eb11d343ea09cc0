package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Bounds that the real API server holds, whether Windfall is there or not. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class GuardTest {
  private static final String SPOT =
      "nodeSelector: {karpenter.sh/capacity-type: spot, windfall.dev/provider: aws}";
  private static final String OFFER =
      "nodeSelector: {windfall.dev/offer: eu-central-1a.g6.xlarge.spot}";
  private static final String ANYWHERE = "affinity: {}";
  private static final String UNGATE =
      "[{\"op\":\"test\",\"path\":\"/spec/schedulingGates/0/name\",\"value\":\"windfall.dev/price\"},"
          + "{\"op\":\"remove\",\"path\":\"/spec/schedulingGates/0\"}]";

  private Bed bed;
  private WindfallProcess windfall;
  private Map<String, String> settings = Map.of();

  @BeforeAll
  void aBedWithOnePolicyThatIsAnObjectAndOneInAFile(@TempDir Path directory) throws IOException {
    bed = Bed.up();
    Files.writeString(
        directory.resolve("capped.yaml"), policy("capped", "maxPricePerGpu: \"3.00\""));
    settings = Map.of("WINDFALL_POLICIES_DIRECTORY", directory.toString());
    for (String namespace : List.of("research", "capped", "elsewhere")) {
      bed.kubectl("create", "namespace", namespace);
      bed.kubectl("label", "namespace", namespace, "team=" + namespace);
    }
    windfall = WindfallProcess.start(bed, settings);
    bed.apply(Bed.spotPool("g6", "g5"), "apply", "-f", "-");
  }

  @BeforeEach
  void bothGuardsStand() {
    bed.apply(
        policy("research", "onDemand: false, providers: [aws], maxGpusPerPod: 2"),
        "apply",
        "-f",
        "-");
    if (!windfall.alive()) {
      windfall = WindfallProcess.start(bed, settings);
    }
    for (String namespace : List.of("research", "capped", "elsewhere")) {
      bed.kubectl("delete", "pods", "-n", namespace, "--all", "--grace-period=0", "--force");
    }
    eventually(
        "the guards stand",
        () -> bindings().containsAll(List.of("windfall.policy.research", "windfall.file.capped")));
    eventually("the status says so", () -> condition("Guarded").equals("True Guarded"));
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
  void withWindfallKilledNoPodIsAdmittedBeyondABound() {
    windfall.kill();

    // The API server learns of a new policy within a second or so, as of any object.
    eventually("the first refusal", () -> create("research", "free", ANYWHERE, 1).status() != 0);
    refused(
        "policy \"research\" allows no on-demand nodes (bounds.onDemand); have the pod require"
            + " karpenter.sh/capacity-type In [owned, reserved, spot]",
        create("research", "free", ANYWHERE, 1));
    refused(
        "the pod asks for 4 GPUs; policy \"research\" allows 2 at most",
        create("research", "large", SPOT, 4));
    refused(
        "policy \"capped\" allows 3.00 USD per GPU-hour at most (bounds.maxPricePerGpu)",
        create("capped", "free", SPOT, 1));

    admitted(create("research", "held", SPOT, 2));
    admitted(create("capped", "held", OFFER, 1));
    admitted(create("research", "cpu", ANYWHERE, 0));
    admitted(create("elsewhere", "free", ANYWHERE, 4));
    assertTrue(
        bed.get("pod", "free", "-n", "elsewhere").at("/spec/affinity/nodeAffinity").isMissingNode(),
        "as written");
  }

  @Test
  void whatTheWebhookMakesOfAPodPassesTheGuards() {
    admitted(create("research", "free", ANYWHERE, 1));
    admitted(create("capped", "free", ANYWHERE, 1));

    assertTrue(
        bed.get("pod", "free", "-n", "capped")
            .at("/spec/affinity")
            .toString()
            .contains("g6.xlarge"),
        "the webhook was asked");
  }

  @Test
  void whoeverLiftsTheGateByHandMeetsTheBoundAndReleaseKeepsToIt() {
    for (String namespace : List.of("research", "capped")) {
      admitted(
          bed.attempt(
              pod("train", ANYWHERE, 1, "windfall.dev/max-price-per-gpu: '0.01'"),
              "create",
              "-n",
              namespace,
              "-f",
              "-"));
    }
    refused("policy \"research\" allows no on-demand nodes", patch("research"));
    refused("policy \"capped\" allows 3.00 USD per GPU-hour at most", patch("capped"));

    Command.Result released = release("research");
    assertEquals(0, released.status(), released.err());
    assertEquals(
        """
        pod research/train is released
          held to            karpenter.sh/capacity-type In [owned, reserved, spot]
          held to            windfall.dev/provider In [aws]
        """,
        released.out().lines().limit(3).map(line -> line + "\n").reduce("", String::concat));
    assertTrue(released.out().contains("no longer held to  max-price-per-gpu 0.01 by annotation"));
    assertTrue(
        bed.get("pod", "train", "-n", "research").at("/spec/schedulingGates").isMissingNode());

    Command.Result kept = release("capped");
    assertEquals(1, kept.status(), kept.out());
    assertTrue(kept.err().contains("policy \"capped\" allows 3.00 USD per GPU-hour"), kept.err());
  }

  @Test
  void theGuardFollowsItsPolicyAndIsWrittenOnlyForThat() {
    String before = version();
    double writes = windfall.writesButOfLeases();
    double passes = windfall.metric("windfall_loop_passes_total", "guards");
    bed.apply(policy("unbounded", ""), "apply", "-f", "-");
    eventually(
        "passes", () -> windfall.metric("windfall_loop_passes_total", "guards") > passes + 1);
    assertEquals(before, version(), "what was read back is what was sent; " + writes);
    assertTrue(
        bed.get("validatingadmissionpolicy", "windfall.policy.research")
            .at("/status/typeChecking/expressionWarnings")
            .isMissingNode(),
        "the API server's own check of the expressions");

    bed.kubectl(
        "patch",
        "spotpolicy",
        "research",
        "--type=merge",
        "-p",
        "{\"spec\":{\"enforcement\":\"Warn\"}}");
    eventually("it goes", () -> !bindings().contains("windfall.policy.research"));
    eventually("it is not needed", () -> condition("Guarded").equals("False NotNeeded"));

    bed.kubectl(
        "patch",
        "spotpolicy",
        "research",
        "--type=merge",
        "-p",
        "{\"spec\":{\"enforcement\":\"Deny\"}}");
    eventually("it is back", () -> bindings().contains("windfall.policy.research"));

    bed.kubectl(
        "patch",
        "validatingadmissionpolicybinding",
        "windfall.policy.research",
        "--type=merge",
        "-p",
        "{\"spec\":{\"validationActions\":[\"Warn\"]}}");
    eventually(
        "what a hand spoilt is put right",
        () ->
            bed.get("validatingadmissionpolicybinding", "windfall.policy.research")
                .at("/spec/validationActions/0")
                .asText()
                .equals("Deny"));

    bed.kubectl("delete", "spotpolicy", "research", "unbounded");
    eventually("it goes with its policy", () -> !bindings().contains("windfall.policy.research"));
  }

  @Test
  void whoWritesASpotPoolMustBeAllowedToCreateNodePools() {
    grant("pools", "spotpools.windfall.dev");
    String pool = Bed.spotPool("g6").replaceFirst("name: gpu", "name: alices");

    String own =
        pool.replaceFirst(
            "nodeClassRef: .*",
            "nodeClass: {role: nodes, amiAlias: al2023@v20260101, subnetSelectorTags: {a: b},"
                + " securityGroupSelectorTags: {a: b}}");

    eventually("the first refusal", () -> asAlice(pool).status() != 0);
    refused(
        "a SpotPool leads to NodePools, and alice may not create those; ask for the right to"
            + " create nodepools.karpenter.sh",
        asAlice(pool));
    grant("nodes", "nodepools.karpenter.sh");
    eventually("the right counts", () -> asAlice(pool).status() == 0);
    refused(
        "a SpotPool with nodeClass leads to an EC2NodeClass, and alice may not create those; ask"
            + " for the right to create ec2nodeclasses.karpenter.k8s.aws, or name a class that is"
            + " there in nodeClassRef",
        asAlice(own));
    grant("classes", "ec2nodeclasses.karpenter.k8s.aws");
    eventually("that right counts", () -> asAlice(own).status() == 0);

    windfall.stop();
    Map<String, String> before = settings;
    settings = new HashMap<>(before);
    settings.put("WINDFALL_CLUSTER_NODECLASSES", "gpu");
    windfall = WindfallProcess.start(bed, settings);
    settings = before;
    eventually("the list counts", () -> asAlice(pool).status() != 0);
    refused(
        "is none of those that a SpotPool may name here: gpu (cluster.nodeClasses)", asAlice(pool));
    refused(
        "since cluster.nodeClasses lists some and cluster.nodeClassRoles no role", asAlice(own));
    windfall.stop();
    settings = new HashMap<>(before);
    settings.put("WINDFALL_CLUSTER_NODECLASSROLES", "others");
    windfall = WindfallProcess.start(bed, settings);
    settings = before;
    eventually("no class is listed any more", () -> asAlice(pool).status() == 0);
    refused(
        "spec.nodeClass.role nodes is none of those that a SpotPool may hand to nodes here: others"
            + " (cluster.nodeClassRoles)",
        asAlice(own));
    windfall.stop();
  }

  @Test
  void whoWritesALeftoverNodePoolMustBeAllowedWhatItLeadsTo() {
    grant("bobs-leftovers", "leftovernodepools.gpu.devplatforms.io", "bob");
    String tagged =
        """
        apiVersion: gpu.devplatforms.io/v1alpha1
        kind: LeftoverNodePool
        metadata: {name: bobs}
        spec:
          region: eu-central-1
          subnetSelectorTags: {a: b}
          securityGroupSelectorTags: {a: b}
        """;
    String named = tagged + "  nodeClassName: gpu\n";

    eventually("the first refusal", () -> as("bob", named).status() != 0);
    refused(
        "a LeftoverNodePool leads to NodePools, and bob may not create those; ask for the right to"
            + " create nodepools.karpenter.sh",
        as("bob", named));
    grant("bobs-nodes", "nodepools.karpenter.sh", "bob");
    eventually("the right counts", () -> as("bob", named).status() == 0);
    refused(
        "a LeftoverNodePool without nodeClassName leads to an EC2NodeClass, and bob may not create"
            + " those",
        as("bob", tagged));
    refused("and bob may not create those", as("bob", tagged + "  nodeClassSelector: {}\n"));
    grant("bobs-classes", "ec2nodeclasses.karpenter.k8s.aws", "bob");
    eventually("that right counts", () -> as("bob", tagged).status() == 0);
  }

  private void grant(String name, String resource) {
    grant(name, resource, "alice");
  }

  private void grant(String name, String resource, String user) {
    bed.kubectl(
        "create",
        "clusterrole",
        name,
        "--verb=get,list,create,patch,update",
        "--resource=" + resource);
    bed.kubectl("create", "clusterrolebinding", name, "--clusterrole=" + name, "--user=" + user);
  }

  private Command.Result asAlice(String pool) {
    return as("alice", pool);
  }

  private Command.Result as(String user, String pool) {
    return bed.attempt(pool, "create", "--as=" + user, "--dry-run=server", "-f", "-");
  }

  private Command.Result patch(String namespace) {
    return bed.attempt("", "patch", "pod", "train", "-n", namespace, "--type=json", "-p", UNGATE);
  }

  private Command.Result release(String namespace) {
    return Command.attempt(
        120,
        bed.environment(),
        "",
        List.of(
            Command.root().resolve("windfall").toString(), "release", "train", "-n", namespace));
  }

  private Command.Result create(String namespace, String name, String where, int gpus) {
    return bed.attempt(pod(name, where, gpus, ""), "create", "-n", namespace, "-f", "-");
  }

  private static String pod(String name, String where, int gpus, String annotation) {
    return """
    apiVersion: v1
    kind: Pod
    metadata: {name: %s, annotations: {%s}}
    spec:
      automountServiceAccountToken: false
      %s
      containers:
      - name: main
        image: train
        resources: {limits: {%s}}
    """
        .formatted(name, annotation, where, gpus == 0 ? "cpu: 1" : "nvidia.com/gpu: " + gpus);
  }

  private static String policy(String name, String bounds) {
    return """
    apiVersion: windfall.dev/v1alpha1
    kind: SpotPolicy
    metadata: {name: %s}
    spec:
      namespaceSelector: {matchLabels: {team: %s}}
      enforcement: Deny
      bounds: {%s}
    """
        .formatted(name, name, bounds);
  }

  private static void refused(String why, Command.Result result) {
    assertEquals(1, result.status(), result.out());
    assertTrue(result.err().contains(why), result.err());
  }

  private static void admitted(Command.Result result) {
    assertEquals(0, result.status(), result.err());
  }

  private List<String> bindings() {
    List<String> names = new ArrayList<>();
    for (JsonNode each : bed.get("validatingadmissionpolicybindings").at("/items")) {
      names.add(each.at("/metadata/name").asText());
    }
    return names;
  }

  private String version() {
    return bed.get("validatingadmissionpolicy", "windfall.policy.research")
            .at("/metadata/generation")
        + " "
        + bed.get("validatingadmissionpolicybinding", "windfall.policy.research")
            .at("/metadata/resourceVersion")
            .asText();
  }

  private String condition(String type) {
    for (JsonNode each : bed.get("spotpolicy", "research").at("/status/conditions")) {
      if (each.path("type").asText().equals(type)) {
        return each.path("status").asText() + " " + each.path("reason").asText();
      }
    }
    return "";
  }

  private static void eventually(String what, BooleanSupplier condition) {
    await(what)
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(500))
        .until(condition::getAsBoolean);
  }
}
