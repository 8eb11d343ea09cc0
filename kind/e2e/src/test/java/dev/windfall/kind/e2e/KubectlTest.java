package dev.windfall.kind.e2e;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.kind.local.LocalApiServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The real kubectl against the API server in one process. */
@Timeout(60)
class KubectlTest {
  /** kubectl comes with the rest of the control plane, which takes minutes the first time. */
  private static final long BUILD_SECONDS = 45 * 60;

  private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
  private static final Path CRD =
      Command.root().resolve("policies/src/main/resources/dev/windfall/policies/spotpool.crd.yaml");
  private static final String POOL =
      """
      apiVersion: windfall.dev/v1alpha1
      kind: SpotPool
      metadata: {name: gpu}
      spec:
        provider: aws
        region: %s
        nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu}
      """;
  private static final String PODS =
      """
      apiVersion: v1
      kind: Pod
      metadata: {name: train, namespace: default, uid: u-1, labels: {team: research}}
      spec:
        schedulingGates: [{name: windfall.dev/price}]
        containers: [{name: main, image: train}]
      ---
      apiVersion: v1
      kind: Pod
      metadata: {name: infer, namespace: default, labels: {team: product}}
      spec:
        nodeName: gpu-1
        containers: [{name: main, image: infer}]
      ---
      apiVersion: v1
      kind: Node
      metadata: {name: gpu-1}
      status:
        conditions: [{type: Ready, status: "True"}]
        nodeInfo: {kubeletVersion: v1.36.3}
      """;

  private static String kubectl;

  @TempDir private Path home;
  private final LocalApiServer server = LocalApiServer.start(() -> NOW);

  @BeforeAll
  @Timeout(BUILD_SECONDS)
  static void build() {
    kubectl = Command.run(BUILD_SECONDS, Map.of(), "", List.of("kind/program", "kubectl")).strip();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void podsAndNodesAreListedAsUsersKnowThem() {
    create(PODS);
    assertEquals(
        """
        NAME    READY   STATUS            RESTARTS   AGE
        infer   0/1     Pending           0          0s
        train   0/1     SchedulingGated   0          0s
        """,
        run("get", "pods"));
    assertEquals(
        """
        NAME    READY   STATUS    RESTARTS   AGE   IP       NODE    NOMINATED NODE   READINESS GATES
        infer   0/1     Pending   0          0s    <none>   gpu-1   <none>           <none>
        """,
        run("get", "pods", "-o", "wide", "--field-selector", "spec.nodeName=gpu-1"));
    assertEquals(
        """
        NAMESPACE   NAME        READY   STATUS            RESTARTS   AGE   LABELS
        default     pod/train   0/1     SchedulingGated   0          0s    team=research
        """,
        run("get", "all", "-A", "--show-labels", "-l", "team=research"));
    assertEquals(
        """
        NAME    STATUS   ROLES    AGE   VERSION
        gpu-1   Ready    <none>   0s    v1.36.3
        """,
        run("get", "nodes"));
  }

  @ParameterizedTest
  @CsvSource({
    "-o name,'pod/infer\npod/train\n'",
    "-o jsonpath={.items[*].metadata.name},infer train",
    "-o custom-columns=POD:.metadata.name --no-headers,'infer\ntrain\n'",
    "-o name --chunk-size=1,'pod/infer\npod/train\n'",
    "--sort-by={.spec.nodeName} --no-headers -o custom-columns=POD:.metadata.name,'train\ninfer\n'",
  })
  void whatIsListedIsPrintedAsAsked(String options, String printed) {
    create(PODS);
    assertEquals(printed, run(("get pods " + options).split(" ", -1)));
  }

  @Test
  void aSpotPoolIsServedOnceItsKindIsThereAndNoLongerWhenItIsGone() {
    assertEquals(
        "customresourcedefinition.apiextensions.k8s.io/spotpools.windfall.dev created\n",
        run("create", "-f", CRD.toString()));
    run("wait", "--for=condition=Established", "crd/spotpools.windfall.dev");
    assertEquals("spotpool.windfall.dev/gpu created\n", apply(POOL.formatted("eu-west-1")));
    assertEquals("spotpool.windfall.dev/gpu unchanged\n", apply(POOL.formatted("eu-west-1")));
    assertEquals("spotpool.windfall.dev/gpu configured\n", apply(POOL.formatted("eu-north-1")));
    run(
        "patch",
        "spotpool/gpu",
        "--subresource=status",
        "--type=merge",
        "-p",
        "{\"status\":{\"openRungs\":2,\"nodes\":1,\"gpus\":4,\"usdPerHour\":\"1.60\",\"cheapest\":{\"offer\":\"a\",\"usdPerGpuHour\":\"0.4\"},"
            + "\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\",\"reason\":\"Priced\","
            + "\"lastTransitionTime\":\"2026-11-20T10:00:00Z\"}]}}");
    assertEquals(
        """
        NAME   MODE   READY   OPEN   NODES   GPUS   USD/H   CHEAPEST   USD/GPU·H   MARKET   DEGRADED   LAST CHANGE   AGE
        gpu    Act    True    2      1       4      1.60    a          0.4                                           0s
        """,
        run("get", "spool", "-o", "wide"));
    assertEquals("spotpool.windfall.dev/gpu\n", run("get", "windfall", "-o", "name"));
    assertTrue(run("describe", "spotpool", "gpu").contains("eu-north-1"));
    assertTrue(run("explain", "spotpool.spec.gpu").contains("minCount\t<integer>"));

    run("delete", "crd", "spotpools.windfall.dev");
    // kubectl remembers for a while what it was told of kinds.
    assertTrue(fail("get", "spool").contains("the server could not find the requested resource"));
  }

  @Test
  void karpentersKindsAreListedWithItsOwnColumns() {
    create(
        """
        apiVersion: karpenter.sh/v1
        kind: NodePool
        metadata: {name: rung}
        spec: {weight: 90, template: {spec: {nodeClassRef: {name: gpu}}}}
        ---
        apiVersion: karpenter.sh/v1
        kind: NodeClaim
        metadata:
          name: claim
          labels: {node.kubernetes.io/instance-type: g6.xlarge, karpenter.sh/capacity-type: spot}
        """);
    assertEquals(
        """
        NAME   NODECLASS   NODES   READY   AGE   WEIGHT   CPU   MEMORY
        rung   gpu                         0s    90             \

        """,
        run("get", "nodepools", "-o", "wide"));
    assertEquals(
        """
        NAME    TYPE        CAPACITY   ZONE   NODE   READY   AGE
        claim   g6.xlarge   spot                             0s
        """,
        run("get", "nodeclaims"));
    assertTrue(words(run("describe", "nodepool", "rung")).contains("Weight: 90"));
    assertTrue(run("describe", "nodeclaim", "claim").contains("capacity-type=spot"));
  }

  @Test
  void whatHappensIsToldToWhoWatches() throws Exception {
    create(PODS);
    Process watch = start("get", "pods", "-w", "--no-headers", "-l", "team=research");
    try (BufferedReader lines = watch.inputReader(UTF_8)) {
      assertEquals("train   0/1   SchedulingGated   0     0s", next(lines));
      run(
          "patch",
          "pod",
          "train",
          "--type=json",
          "-p",
          "[{\"op\":\"remove\",\"path\":\"/spec/schedulingGates\"}]");
      assertEquals("train   0/1   SchedulingGated   0     0s", next(lines));
      run(
          "patch",
          "pod",
          "train",
          "--subresource=status",
          "--type=merge",
          "-p",
          "{\"status\":{\"phase\":\"Running\",\"conditions\":[]}}");
      assertEquals("train   0/1   Running           0     0s", next(lines));
      run("delete", "pod", "train");
      assertEquals("train   0/1   Running           0     0s", next(lines));
    } finally {
      watch.destroy();
      watch.waitFor();
    }
  }

  @Test
  void whatKubectlCreatesIsThereAndGoesWhenItDeletesIt() {
    assertEquals("namespace/team created\n", run("create", "namespace", "team"));
    assertTrue(
        fail("-n", "nobody", "create", "configmap", "a")
            .contains("namespaces \"nobody\" not found"));
    run("-n", "team", "create", "configmap", "a", "--from-literal=k=v");
    run("-n", "team", "create", "configmap", "b");
    run("-n", "team", "label", "configmap", "a", "keep=no");
    run("-n", "team", "annotate", "configmap", "a", "note=x");
    run("-n", "team", "patch", "configmap", "a", "--type=merge", "-p", "{\"data\":{\"k\":\"w\"}}");
    assertEquals(
        "w no x",
        run(
            "-n",
            "team",
            "get",
            "configmap",
            "a",
            "-o",
            "jsonpath={.data.k} {.metadata.labels.keep} {.metadata.annotations.note}"));
    assertTrue(run("-n", "team", "describe", "configmap", "a").contains("k:\n----\nw\n"));
    assertEquals(
        "configmap \"a\" deleted from team namespace\n",
        run("-n", "team", "delete", "configmap", "-l", "keep=no"));
    assertEquals(
        "configmap \"b\" deleted from team namespace\n",
        run("-n", "team", "delete", "configmap", "--all"));
    assertEquals("namespace \"team\" deleted\n", run("delete", "namespace", "team"));
    assertTrue(fail("get", "namespace", "team").contains("namespaces \"team\" not found"));
  }

  @Test
  void anObjectIsReplacedWhole() {
    create(PODS);
    String changed = run("get", "pod", "infer", "-o", "yaml").replace("image: infer", "image: two");
    assertEquals("pod/infer replaced\n", input(changed, "replace", "-f", "-"));
    assertEquals("two", run("get", "pod", "infer", "-o", "jsonpath={.spec.containers[0].image}"));
  }

  @Test
  void itWaitsForAConditionAndForADeletion() throws Exception {
    create(PODS);
    Process ready = start("wait", "--for=condition=Ready", "pod/infer", "--timeout=30s");
    Process gone = start("wait", "--for=delete", "pod/train", "--timeout=30s");
    server.awaitRequests("watch", "pods", 2);
    run(
        "patch",
        "pod",
        "infer",
        "--subresource=status",
        "--type=merge",
        "-p",
        "{\"status\":{\"conditions\":[{\"type\":\"Ready\",\"status\":\"True\"}]}}");
    run("delete", "pod", "train", "--wait=false");
    assertEquals("pod/infer condition met\n", output(ready));
    assertEquals(0, ready.waitFor());
    assertEquals(0, gone.waitFor());
  }

  @Test
  void anEventIsSeenWhereverKubectlLooksForIt() {
    create(PODS);
    String uid = run("get", "pod", "infer", "-o", "jsonpath={.metadata.uid}");
    create(
        """
        apiVersion: events.k8s.io/v1
        kind: Event
        metadata: {name: e, namespace: default}
        eventTime: "2026-11-20T09:58:00.000000Z"
        reportingController: windfall
        reportingInstance: one
        action: Wait
        reason: Waiting
        type: Normal
        note: no offer
        regarding: {apiVersion: v1, kind: Pod, namespace: default, name: infer, uid: %s}
        """
            .formatted(uid));
    String shown =
        """
        LAST SEEN   TYPE     REASON    OBJECT      MESSAGE
        2m          Normal   Waiting   pod/infer   no offer
        """;
    assertEquals(shown, run("get", "events"));
    assertEquals(
        shown, run("get", "events", "--field-selector", "involvedObject.name=infer,type=Normal"));
    assertTrue(run("events", "--for", "pod/infer").contains("no offer"));
    assertTrue(
        words(run("describe", "pod", "infer")).contains("windfall no offer"),
        run("describe", "pod", "infer"));
    assertTrue(run("describe", "event", "e").contains("Message:        no offer"));
  }

  @Test
  void anObjectIsDescribedWithWhatBelongsToIt() {
    create(PODS);
    run("create", "secret", "generic", "s", "--from-literal=a=b");
    assertTrue(words(run("describe", "node", "gpu-1")).contains("default infer"));
    assertTrue(run("describe", "secret", "s").contains("a:  1 bytes"));
    assertTrue(run("describe", "namespace", "default").contains("No resource quota."));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "logs infer | this server runs no containers",
        "exec infer -- ls | this server runs no containers",
        "scale pod infer --replicas=2 | the subresource scale is not served here",
        "patch pod infer -p {} | kubectl replace",
        "apply --server-side -f - | use kubectl apply without --server-side",
        "delete pod infer --cascade=foreground | Foreground is not done here",
        "delete namespace default | may not be deleted",
        "get pod a+b | pods \"a+b\" not found",
      })
  void whatIsNotDoneIsRefusedInWords(String example) {
    create(PODS);
    String[] parts = example.split(" \\| ", 2);
    String said = fail(parts[0].split(" ", -1));
    assertTrue(said.contains(parts[1]), said);
  }

  @Test
  void itIsAskedWhatItIs() {
    assertTrue(run("version").contains("Server Version: v1."));
    assertEquals("ok", run("get", "--raw", "/readyz"));
    String resources = words(run("api-resources"));
    assertTrue(resources.contains("pods po v1 true Pod"), resources);
    assertTrue(resources.contains("nodepools karpenter.sh/v1 false NodePool"), resources);
  }

  private void create(String manifests) {
    input(manifests, "create", "-f", "-");
  }

  private String apply(String manifest) {
    return input(manifest, "apply", "-f", "-");
  }

  private String run(String... words) {
    return input("", words);
  }

  private String input(String input, String... words) {
    return Command.run(60, environment(), input, command(words));
  }

  /** What it says when it fails, which it must. */
  private String fail(String... words) {
    Command.Result result = Command.attempt(60, environment(), PODS, command(words));
    assertNotEquals(0, result.status(), result.out());
    return result.out() + result.err();
  }

  private Process start(String... words) throws IOException {
    ProcessBuilder builder =
        new ProcessBuilder(command(words)).redirectError(ProcessBuilder.Redirect.DISCARD);
    builder.environment().putAll(environment());
    return builder.start();
  }

  private List<String> command(String... words) {
    List<String> command = new ArrayList<>(List.of(kubectl, "--server", server.uri().toString()));
    command.addAll(Arrays.asList(words));
    return command;
  }

  /** Neither a configuration nor a cache of the person who runs this. */
  private Map<String, String> environment() {
    return Map.of(
        "HOME",
        home.toString(),
        "KUBECONFIG",
        home.resolve("none").toString(),
        "KUBECACHEDIR",
        home.resolve("cache").toString());
  }

  private static String output(Process process) throws IOException {
    return new String(process.getInputStream().readAllBytes(), UTF_8);
  }

  private static String next(BufferedReader lines) throws IOException {
    String line = lines.readLine();
    return line == null ? "(the watch ended)" : line.stripTrailing();
  }

  /** Columns apart by one blank. */
  private static String words(String text) {
    return text.replaceAll("[ \t]+", " ");
  }
}
