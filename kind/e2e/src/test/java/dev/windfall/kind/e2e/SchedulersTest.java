package dev.windfall.kind.e2e;

import static dev.windfall.kind.e2e.SchedulerExample.OWN;
import static dev.windfall.kind.e2e.SchedulerExample.SECOND;
import static dev.windfall.kind.e2e.SchedulerExample.Sampling.EVERY_NODE;
import static dev.windfall.kind.e2e.SchedulerExample.TWO_PROFILES;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.e2e.SchedulerExample.Sampling;
import dev.windfall.kind.ec2.LocalEc2;
import dev.windfall.kind.ec2.Machine;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/**
 * The examples below {@code deploy/scheduler}, each run by a real kube-scheduler as it is shipped,
 * but for addresses. Windfall is there twice, as in a cluster: one publishes the prices of a cloud,
 * which is played, and one stands beside the scheduler with the shipped configuration and rights.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class SchedulersTest {
  private static final String RESTRICTED = "pod-security.kubernetes.io/enforce=restricted";

  // The nodes of examples/nodes.yaml.
  private static final String CHEAP = "g6-xlarge";
  private static final String NEXT = "g5-xlarge";

  /** What the scheduler takes by itself: it has most room. */
  private static final String DEAR = "g6-12xlarge";

  private static final String GPU = "nvidia.com/gpu: 1";
  private static final String CPU = "cpu: 100m";

  /** What the shipped windfall.yaml says of prices. */
  private static final String SOURCE = "{type: aws, regions: [eu-central-1]}";

  private final LocalEc2 ec2 = LocalEc2.start();
  private final List<SchedulerProcess> schedulers = new ArrayList<>();

  private Bed bed;
  private WindfallProcess publisher;
  private WindfallProcess windfall;
  private int port;

  @BeforeAll
  void threeNodesOfDifferentPricesAndNoScheduler() {
    ec2.region("eu-central-1")
        .zone("eu-central-1a", "euc1-az2")
        .machine(Machine.nvidia("g6.xlarge", 4, 16, 1, "L4", 24576))
        .machine(Machine.nvidia("g5.xlarge", 4, 16, 1, "A10G", 24576))
        .machine(Machine.nvidia("g6.12xlarge", 48, 192, 4, "L4", 24576))
        .price("g6.xlarge", "eu-central-1a", "0.3000")
        .price("g5.xlarge", "eu-central-1a", "0.6000")
        .price("g6.12xlarge", "eu-central-1a", "2.4000");
    bed = Bed.up();
    bed.stop("windfall-scheduler");
    bed.stop("kube-scheduler");
    publisher = startPublisher();
    apply(SECOND.path(), "--validate=strict");
    windfall = startShipped();
    bed.kubectl("create", "-f", Command.root().resolve("examples/nodes.yaml").toString());
    bed.kubectl("wait", "--for=condition=Ready", "nodes", "--all");
    eventually(
        "Windfall knows the nodes", () -> windfall.metric("windfall_watch_objects", "nodes") == 3);
  }

  @AfterEach
  void stopSchedulers() {
    schedulers.forEach(SchedulerProcess::stop);
    schedulers.clear();
    bed.kubectl("delete", "pods", "--all", "--grace-period=0", "--force", "--wait=true");
    // The next one need not wait for it to run out.
    bed.kubectl(
        "delete", "lease", "-n", "windfall-system", "windfall-scheduler", "--ignore-not-found");
    bed.kubectl("delete", "lease", "-n", "kube-system", "kube-scheduler", "--ignore-not-found");
  }

  @AfterAll
  void end() {
    try {
      Stream.of(windfall, publisher).filter(Objects::nonNull).forEach(WindfallProcess::stop);
    } finally {
      bed.close();
      ec2.close();
    }
  }

  @ParameterizedTest
  @EnumSource(Sampling.class)
  void aSecondSchedulerAsksAboutItsGpuPodsAndTheClustersOwnAsksAboutNone(Sampling sampling) {
    start(SECOND, sampling, bed.kubeconfigOf("windfall-scheduler"), port);
    startPlain();

    assertEquals(CHEAP, asking("train", SECOND.schedulerName));
    withoutAsking("web", SECOND.schedulerName, CPU);
    assertEquals(DEAR, withoutAsking("stranger", "default-scheduler", GPU));
    withoutAsking("api", "default-scheduler", CPU);
  }

  @ParameterizedTest
  @EnumSource(Sampling.class)
  void theClustersOwnSchedulerAsksAboutGpuPods(Sampling sampling) {
    start(OWN, sampling, kubeconfigOfScheduler(), port);

    assertEquals(CHEAP, asking("train", "default-scheduler"));
    assertEquals(NEXT, asking("eval", "default-scheduler"));
    withoutAsking("web", "default-scheduler", CPU);
  }

  @ParameterizedTest
  @EnumSource(Sampling.class)
  void bothProfilesOfOneSchedulerAskAboutTheirGpuPods(Sampling sampling) {
    start(TWO_PROFILES, sampling, kubeconfigOfScheduler(), port);

    assertEquals(CHEAP, asking("train", TWO_PROFILES.schedulerName));
    assertEquals(NEXT, asking("eval", "default-scheduler"));
    withoutAsking("web", TWO_PROFILES.schedulerName, CPU);
    withoutAsking("api", "default-scheduler", CPU);
  }

  @Test
  void whereWindfallIsAwayPodsAreScheduledOnWithoutPrices() throws IOException {
    try (Socket nobody = nobody()) {
      start(SECOND, EVERY_NODE, bed.kubeconfigOf("windfall-scheduler"), nobody.getLocalPort());

      create("train", SECOND.schedulerName, GPU);
      assertEquals(DEAR, awaitNode("train"));
    }
  }

  @Test
  void whereWindfallIsAwayAnIgnorableFilterLetsPodsPass() throws IOException {
    try (Socket nobody = nobody()) {
      start(filtering(nobody.getLocalPort()), bed.kubeconfigOf("windfall-scheduler"));

      create("train", SECOND.schedulerName, GPU);
      assertEquals(DEAR, awaitNode("train"));
    }
  }

  /** The control: Karpenter launches nodes for the reason Unschedulable, and for no other. */
  @Test
  void whereWindfallIsAwayAFilterThatIsNotIgnorableLeavesPodsPendingWithAnError()
      throws IOException {
    try (Socket nobody = nobody()) {
      String strict =
          replaced(filtering(nobody.getLocalPort()), "ignorable: true", "ignorable: false");
      start(strict, bed.kubeconfigOf("windfall-scheduler"));

      create("train", SECOND.schedulerName, GPU);
      eventually("the scheduler says why", () -> reason("train").equals("SchedulerError"));
      assertEquals("", node("train"));
    }
  }

  @Test
  void anExtenderThatHangsCostsAPodItsTimeoutAndNoMore() throws IOException {
    try (ServerSocket silent = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      SchedulerProcess scheduler =
          start(SECOND, EVERY_NODE, bed.kubeconfigOf("windfall-scheduler"), silent.getLocalPort());

      create("train", SECOND.schedulerName, GPU);
      assertEquals(DEAR, awaitNode("train"));
      double seconds = scheduler.secondsOfScheduled();
      assertTrue(seconds >= 0.2 && seconds < 2, () -> "it took %.3f s".formatted(seconds));
    }
  }

  /** Its pods are KWOK's: what is checked is that the API server lets them be made, and where. */
  @Test
  void thePodsOfTheDeploymentAreAdmittedInANamespaceThatAdmitsOnlyRestrictedOnes() {
    startPlain();
    String name = "deployment/windfall-scheduler";
    // Anew, since applying the whole manifest takes a label of the namespace away.
    bed.kubectl("delete", name, "-n", "windfall-system", "--cascade=foreground");
    bed.kubectl("label", "namespace", "windfall-system", RESTRICTED);
    JsonNode deployment = SECOND.object("Deployment", "windfall-scheduler");
    bed.apply(deployment.toString(), "create", "--validate=strict", "-f", "-");

    bed.kubectl(
        "wait", "--for=condition=Available", "--timeout=45s", "-n", "windfall-system", name);
  }

  @Test
  void theDeploymentReadsTheFilesOfItsConfigMapWhereTheyAreMounted() {
    JsonNode files = SECOND.object("ConfigMap", "windfall-scheduler").path("data");
    JsonNode pod = SECOND.object("Deployment", "windfall-scheduler").at("/spec/template/spec");
    Set<String> read = new TreeSet<>();
    for (JsonNode container : pod.path("containers")) {
      String mount = container.at("/volumeMounts/0/mountPath").asText();
      for (JsonNode argument : container.path("args")) {
        if (argument.asText().startsWith("--config=" + mount + "/")) {
          read.add(argument.asText().substring(("--config=" + mount + "/").length()));
        }
      }
    }

    assertEquals(Set.of("scheduler.yaml", "windfall.yaml"), read);
    read.forEach(file -> assertTrue(files.has(file), file));
    assertEquals("windfall-scheduler", pod.at("/volumes/0/configMap/name").asText());
  }

  @Test
  void theRoleOfTheExtenderIsWhatItAsksForAndNothingElse() {
    Set<String> granted = new TreeSet<>();
    for (String kind : List.of("ClusterRole", "Role")) {
      for (JsonNode rule : SECOND.object(kind, "windfall-extender").path("rules")) {
        for (JsonNode verb : rule.path("verbs")) {
          rule.path("resources").forEach(one -> granted.add(verb.asText() + " " + one.asText()));
        }
      }
    }

    await("each right is used")
        .atMost(Duration.ofSeconds(30))
        .untilAsserted(() -> assertEquals(granted, withLists(windfall.asked())));
  }

  /**
   * An API server that cannot begin a watch with what is there is asked for a list of it before.
   */
  private static Set<String> withLists(Set<String> asked) {
    Set<String> all = new TreeSet<>(asked);
    asked.stream()
        .filter(one -> one.startsWith("watch "))
        .forEach(one -> all.add(one.replaceFirst("watch", "list")));
    return all;
  }

  @Test
  void theExtenderMayReadTheConfigMapsThatThePublisherMayWrite() throws IOException {
    Set<String> written = new TreeSet<>();
    String rights = Files.readString(Command.root().resolve("deploy/rbac.yaml"));
    for (JsonNode object : SchedulerExample.read(rights)) {
      written.addAll(configMaps(object));
    }

    assertEquals(10, written.size());
    assertEquals(written, configMaps(SECOND.object("Role", "windfall-extender")));
  }

  /** So that people who follow docs/scheduler.md see what it shows. */
  @Test
  void theNodesOfTheExampleCostInTheBedsMarketWhatItsHeadSays() throws IOException {
    SpotMarket market = SpotMarket.read(Command.root().resolve("kind/market.yaml"));
    String nodes = Files.readString(Command.root().resolve("examples/nodes.yaml"));
    Map<String, Double> prices = new TreeMap<>();
    for (JsonNode node : SchedulerExample.read(nodes)) {
      prices.put(node.at("/metadata/name").asText(), market.price(node));
    }

    assertEquals(Map.of(CHEAP, 0.4021, NEXT, 0.4869, DEAR, 2.1934), prices);
  }

  @Test
  void theExamplesDifferInNothingButWhereWindfallIs() {
    for (SchedulerExample example : SchedulerExample.values()) {
      JsonNode extender = example.extenders().path(0);
      assertEquals(1, example.extenders().size(), example.name());
      ((ObjectNode) extender).remove("urlPrefix");
      JsonNode first = ((ObjectNode) SECOND.extenders().path(0)).without("urlPrefix");
      assertEquals(first, extender, example.name());
    }
  }

  // Windfall.

  private WindfallProcess startPublisher() {
    String source = played(SOURCE).replace("type: aws", "type: aws, every: 1s");
    return WindfallProcess.start(
        bed,
        Map.of(
            "WINDFALL_ROLES", "reconciler",
            "WINDFALL_MARKET_SOURCES", "[" + source + "]",
            "WINDFALL_MARKET_PUBLISH_EVERY", "1s",
            "AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY", "none"));
  }

  /** With the shipped configuration, and an account that has the extender's rights alone. */
  private WindfallProcess startShipped() {
    String account = "windfall-extender-alone";
    String subject = "--serviceaccount=windfall-system:" + account;
    String role = "windfall-extender";
    bed.kubectl("create", "serviceaccount", account, "-n", "windfall-system");
    bed.kubectl("create", "clusterrolebinding", account, "--clusterrole=" + role, subject);
    bed.kubectl(
        "create", "rolebinding", account, "--role=" + role, subject, "-n", "windfall-system");
    port = Bed.freePort();
    String configuration =
        SECOND.object("ConfigMap", "windfall-scheduler").at("/data/windfall.yaml").asText();
    try {
      Path file =
          Files.writeString(
              bed.directory().resolve("windfall-shipped.yaml"), played(configuration));
      return WindfallProcess.start(
          bed.log("windfall-shipped"),
          Map.of(
              "KUBECONFIG", bed.kubeconfigOf(account).toString(),
              "WINDFALL_SCHEDULER_PORT", String.valueOf(port),
              "WINDFALL_MANAGEMENT_PORT", String.valueOf(Bed.freePort())),
          List.of("--config=" + file));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** The same source of prices, at the address of the one that plays it. */
  private String played(String text) {
    String endpoint = ec2.uri().toString();
    return replaced(
        text,
        SOURCE,
        SOURCE.replace(
            "}",
            ", endpoints: {ec2: '%s', pricing: '%s', quotas: '%s'}}"
                .formatted(endpoint, endpoint, endpoint)));
  }

  // Schedulers.

  private SchedulerProcess start(
      SchedulerExample example, Sampling sampling, Path kubeconfig, int extender) {
    SchedulerProcess scheduler =
        start(example.configuration(sampling, kubeconfig, extender), kubeconfig);
    for (JsonNode profile : scheduler.configuration().path("profiles")) {
      if (profile.path("schedulerName").asText().equals(example.schedulerName)) {
        boolean every = profile.path("percentageOfNodesToScore").asInt() == 100;
        assertEquals(sampling == EVERY_NODE, every, () -> profile.toString());
      }
    }
    return scheduler;
  }

  private SchedulerProcess start(String configuration, Path kubeconfig) {
    String name = "scheduler-" + schedulers.size();
    SchedulerProcess scheduler = SchedulerProcess.start(bed, name, configuration, kubeconfig);
    schedulers.add(scheduler);
    return scheduler;
  }

  /** The cluster's own, as it is where Windfall has nothing to do with it. */
  private void startPlain() {
    start(
        """
        apiVersion: kubescheduler.config.k8s.io/v1
        kind: KubeSchedulerConfiguration
        clientConnection: {kubeconfig: %s}
        """
            .formatted(kubeconfigOfScheduler()),
        kubeconfigOfScheduler());
  }

  private Path kubeconfigOfScheduler() {
    return bed.directory().resolve("pki/kube-scheduler.kubeconfig");
  }

  /** The shipped configuration with the verb that it leaves out. */
  private String filtering(int extender) {
    Path kubeconfig = bed.kubeconfigOf("windfall-scheduler");
    return replaced(
        SECOND.configuration(EVERY_NODE, kubeconfig, extender),
        "  prioritizeVerb: prioritize\n",
        "  prioritizeVerb: prioritize\n  filterVerb: filter\n");
  }

  private static String replaced(String text, String part, String with) {
    assertTrue(text.contains(part), () -> "no \"%s\" in:\n%s".formatted(part, text));
    return text.replace(part, with);
  }

  /** A port that is taken and closed. */
  private static Socket nobody() throws IOException {
    Socket taken = new Socket();
    taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
    return taken;
  }

  // Pods.

  /** The node of a new GPU pod, about which Windfall was asked once. */
  private String asking(String pod, String scheduler) {
    double before = calls();
    create(pod, scheduler, GPU);
    String node = awaitNode(pod);
    assertEquals(before + 1, calls(), "calls of " + scheduler);
    return node;
  }

  private String withoutAsking(String pod, String scheduler, String resources) {
    double before = calls();
    create(pod, scheduler, resources);
    String node = awaitNode(pod);
    assertEquals(before, calls(), "calls of " + scheduler);
    return node;
  }

  private double calls() {
    return windfall.metric("windfall_extender_calls_total");
  }

  private void create(String pod, String scheduler, String resources) {
    String manifest =
        """
        apiVersion: v1
        kind: Pod
        metadata: {name: %s}
        spec:
          schedulerName: %s
          automountServiceAccountToken: false
          terminationGracePeriodSeconds: 0
          containers:
          - name: main
            image: train
            resources: {limits: {%s}}
        """
            .formatted(pod, scheduler, resources);
    bed.apply(manifest, "create", "-f", "-");
  }

  private String awaitNode(String pod) {
    eventually(pod + " is scheduled", () -> !node(pod).isEmpty());
    return node(pod);
  }

  private String node(String pod) {
    return bed.get("pod", pod).at("/spec/nodeName").asText();
  }

  private String reason(String pod) {
    for (JsonNode condition : bed.get("pod", pod).at("/status/conditions")) {
      if (condition.path("type").asText().equals("PodScheduled")) {
        return condition.path("reason").asText();
      }
    }
    return "";
  }

  private static Set<String> configMaps(JsonNode role) {
    Set<String> names = new TreeSet<>();
    for (JsonNode rule : role.path("rules")) {
      if (rule.at("/resources/0").asText().equals("configmaps")) {
        rule.path("resourceNames").forEach(name -> names.add(name.asText()));
      }
    }
    return names;
  }

  private void apply(Path manifest, String flag) {
    bed.kubectl("apply", "--server-side", "--force-conflicts", flag, "-f", manifest.toString());
  }

  private static void eventually(String what, BooleanSupplier condition) {
    await(what)
        .atMost(Duration.ofSeconds(45))
        .pollInterval(Duration.ofMillis(200))
        .until(condition::getAsBoolean);
  }
}
