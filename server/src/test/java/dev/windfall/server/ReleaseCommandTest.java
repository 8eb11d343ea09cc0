package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** {@code windfall release} against an API server in this process. */
@Timeout(60)
class ReleaseCommandTest {
  private static final String GATED = "'schedulingGates': [{'name': 'windfall.dev/price'}], ";

  @TempDir private Path directory;
  private final LocalApiServer cluster = LocalApiServer.start();
  private String kubeconfig = "";

  @BeforeEach
  void kubeconfig() throws IOException {
    kubeconfig =
        Files.writeString(
                directory.resolve("kubeconfig"),
                """
                apiVersion: v1
                kind: Config
                current-context: here
                contexts: [{name: here, context: {cluster: here, user: me}}]
                clusters: [{name: here, cluster: {server: "%s"}}]
                users: [{name: me, user: {}}]
                """
                    .formatted(cluster.uri()))
            .toString();
    put("{'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': 'research'}}");
  }

  @AfterEach
  void close() {
    cluster.close();
  }

  private void put(String manifest) {
    try {
      cluster.put((ObjectNode) new ObjectMapper().readTree(manifest.replace('\'', '"')));
    } catch (IOException e) {
      throw new AssertionError(manifest, e);
    }
  }

  private void pod(String annotations, String spec) {
    put(
        """
        {'apiVersion': 'v1', 'kind': 'Pod',
         'metadata': {'name': 'train', 'namespace': 'research', 'annotations': {%s}},
         'spec': {%s'containers': [{'name': 'main', 'image': 'train',
           'resources': {'limits': {'nvidia.com/gpu': '1'}}}]}}
        """
            .formatted(annotations, spec));
  }

  private CommandLineRun release() {
    return CommandLineRun.of("release", "train", "-n", "research", "--kubeconfig", kubeconfig);
  }

  private JsonNode spec() {
    return cluster.read("v1", "Pod", "research", "train").orElseThrow().path("spec");
  }

  @Test
  void aPodIsHeldToWhatLabelsSayOfItsWishAndNoLongerToItsCap() {
    pod(
        "'windfall.dev/spot': 'require', 'windfall.dev/max-price-per-gpu': '0.30',"
            + " 'windfall.dev/zones': 'eu-central-1a', 'windfall.dev/gpu-models': 'L4',"
            + " 'windfall.dev/providers': 'aws'",
        GATED);
    CommandLineRun run = release();

    assertEquals(
        """
        pod research/train is released
          held to            karpenter.sh/capacity-type In [spot]
          held to            topology.kubernetes.io/zone In [eu-central-1a]
          held to            windfall.dev/provider In [aws]
          no longer held to  max-price-per-gpu 0.30 by annotation
          no longer held to  gpu-models L4 by annotation
        """,
        run.out(),
        run.err());
    assertEquals(0, run.exit());
    assertTrue(spec().path("schedulingGates").isEmpty());
    assertTrue(spec().path("affinity").toString().contains("[\"spot\"]"), spec().toString());
    assertFalse(spec().path("tolerations").isEmpty());
  }

  @Test
  void whatPoliciesOfTheClusterSayCountsToo() {
    put(
        """
        {'apiVersion': 'windfall.dev/v1alpha1', 'kind': 'SpotPolicy', 'metadata': {'name': 'all'},
         'spec': {'defaults': {'maxPricePerGpu': '0.20'}, 'bounds': {'onDemand': false}}}
        """);
    pod("'windfall.dev/spot': 'prefer'", GATED);

    assertEquals(
        """
        pod research/train is released
          held to            karpenter.sh/capacity-type In [owned, reserved, spot]
          no longer held to  max-price-per-gpu 0.20 by policy "all"
        """,
        release().out());
  }

  @Test
  void oneWrittenPatchAndItAppliesToThatVersionOnly() {
    pod("'windfall.dev/spot': 'prefer'", GATED);
    release();

    assertEquals(1, cluster.writes().size());
    JsonNode test = cluster.writes().getFirst().body().path(0);
    assertEquals("test", test.path("op").asText());
    assertEquals("/metadata/resourceVersion", test.path("path").asText());
  }

  @Test
  void aPodThatWaitsForItsBurstIsLetGoToo() {
    pod("'windfall.dev/spot': 'require'", "'schedulingGates': [{'name': 'windfall.dev/burst'}], ");
    CommandLineRun run = release();

    assertEquals(
        """
        pod research/train is released
          held to            karpenter.sh/capacity-type In [spot]
        """,
        run.out(),
        run.err());
    assertTrue(spec().path("schedulingGates").isEmpty());
  }

  @Test
  void aPodThatIsNotThereIsAFailureThatNamesTheNamespace() {
    CommandLineRun run = release();

    assertEquals(
        "windfall: there is no pod research/train; -n names another namespace\n", run.err());
    assertEquals(1, run.exit());
  }

  @Test
  void aPodThatIsBehindNoGateOfWindfallsIsLeft() {
    pod("'windfall.dev/spot': 'prefer'", "'schedulingGates': [{'name': 'other/gate'}], ");
    CommandLineRun run = release();

    assertEquals(
        "windfall: pod research/train is behind no gate of Windfall's; it waits for other/gate\n",
        run.err());
    assertEquals(1, run.exit());
    assertEquals(0, cluster.writes().size());
  }

  @Test
  void whoMayNotIsToldWhichRightsItTakes() {
    pod("'windfall.dev/spot': 'prefer'", GATED);
    cluster
        .faults()
        .next(
            "patch",
            "pods",
            Fault.status(403)
                .saying("Forbidden", "pods \"train\" is forbidden: User \"me\" cannot patch"));
    CommandLineRun run = release();

    assertTrue(run.err().contains("User \"me\" cannot patch"), run.err());
    assertTrue(
        run.err()
            .endsWith(
                "; it takes the rights to get and patch pods, get namespaces and list"
                    + " spotpolicies\n"),
        run.err());
    assertEquals(1, run.exit());
  }

  @Test
  void whatAPolicysGuardSaysIsPassedOn() {
    pod("'windfall.dev/spot': 'prefer'", GATED);
    String why =
        "pods \"train\" is forbidden: ValidatingAdmissionPolicy 'windfall.policy.a' with binding"
            + " 'windfall.policy.a' denied request: policy \"a\" allows less";
    cluster.faults().next("patch", "pods", Fault.status(403).saying("Forbidden", why));
    CommandLineRun run = release();

    assertTrue(run.err().endsWith(why + "\n"), run.err());
    assertEquals(1, run.exit());
  }

  @Test
  void aPodThatMovedMeanwhileIsToBeTriedAgain() {
    pod("'windfall.dev/spot': 'prefer'", GATED);
    cluster.faults().next("patch", "pods", Fault.status(409));
    CommandLineRun run = release();

    assertEquals(
        "windfall: pod research/train was changed by somebody else meanwhile; try again\n",
        run.err());
    assertEquals(1, run.exit());
  }

  @Test
  void aNameThatNoPodCanHaveIsWrongUsage() {
    assertEquals(2, CommandLineRun.of("release", "a/b", "--kubeconfig", kubeconfig).exit());
    assertEquals(2, CommandLineRun.of("release").exit());
  }
}
