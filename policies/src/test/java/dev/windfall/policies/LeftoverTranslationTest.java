package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.LeftoverTranslation.Setting;
import dev.windfall.policies.LeftoverTranslation.Translated.Impossible;
import dev.windfall.policies.LeftoverTranslation.Translated.Made;
import dev.windfall.policies.SpotPool.Taint;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What LeftoverNodePools come to. */
class LeftoverTranslationTest {
  private static final LeftoverConfig CONFIG =
      new LeftoverConfig(
          Optional.of("gpu-nodes"), Optional.of("al2023@v20260101"), SpotPool.Mode.ACT);
  private static final String BARE =
      """
      apiVersion: gpu.devplatforms.io/v1alpha1
      kind: LeftoverNodePool
      metadata: {name: gpu}
      spec:
        region: eu-central-1
        nodeClassName: gpu
      """;

  private static Made made(String text) {
    return made(text, new Setting(CONFIG, Optional.empty(), true));
  }

  private static Made made(String text, Setting setting) {
    return assertInstanceOf(
        Made.class, LeftoverTranslation.of(LeftoverNodePool.read("a.yaml", text), setting));
  }

  private static SpotPool pool(String fields) {
    return made(BARE + fields).pool();
  }

  @Test
  void theManifestOfAUserOfLeftoverBecomesASpotPoolWithEveryFieldOfIt() throws IOException {
    Made made = made(Files.readString(Path.of("../examples/leftovernodepool.yaml")));

    SpotPool.NodeClass nodeClass =
        new SpotPool.NodeClass(
            "gpu-nodes",
            "al2023@v20260101",
            Map.of(
                "kubernetes.io/role/internal-elb",
                "1",
                "kubernetes.io/cluster/your-cluster",
                "owned"),
            Map.of("kubernetes.io/cluster/your-cluster", "owned"));
    assertEquals(
        new SpotPool(
            "leftover-gpu-spot-euc1",
            "aws",
            "eu-central-1",
            made.pool().nodeClassRef(),
            Optional.of(nodeClass),
            SpotPool.Mode.ACT,
            List.of("g5", "g6", "p5"),
            new SpotPool.GpuBounds(List.of(), 1, 64, Optional.empty()),
            Capacity.SPOT,
            new SpotPool.OnDemandFallback(true, Duration.ZERO),
            5,
            2,
            2,
            5,
            Optional.empty(),
            new SpotPool.Limits(OptionalInt.empty(), Optional.empty()),
            Map.of("workload", "gpu", "nvidia.com/gpu.present", "true"),
            List.of(),
            new SpotPool.Disruption(Duration.ofMinutes(2), "10%", Optional.empty(), false),
            new SpotPool.Ranking(0.05, Duration.ZERO, Duration.ofHours(1))),
        made.pool());
    assertEquals(
        "{\"windfall.dev/leftover\":\"gpu-spot-euc1\"}",
        made.manifest().at("/metadata/labels").toString());
    assertEquals(List.of(), made.notes());
  }

  @Test
  void theNodeClassIsTheOneThatIsNamedOrSelected() {
    SpotPool.NodeClassRef named =
        new SpotPool.NodeClassRef("karpenter.k8s.aws", "EC2NodeClass", "gpu");
    assertEquals(named, pool("").nodeClassRef());

    String selecting = BARE.replace("nodeClassName: gpu", "nodeClassSelector: {team: research}");
    Setting selected = new Setting(LeftoverConfig.DEFAULT, Optional.of("gpu"), true);
    assertEquals(named, made(selecting, selected).pool().nodeClassRef());
  }

  @Test
  void tagsAreOfNoUseBesideANodeClassThatIsThere() {
    assertEquals(
        List.of(
            "subnetSelectorTags and securityGroupSelectorTags have no effect: EC2NodeClass gpu says"
                + " which subnets and security groups"),
        made(BARE + "  subnetSelectorTags: {a: b}\n").notes());
  }

  @Test
  void withoutRoleAndImageNoNodeClassCanBeMade() {
    String tagged =
        BARE.replace(
            "nodeClassName: gpu",
            "subnetSelectorTags: {a: b}\n  securityGroupSelectorTags: {a: b}");
    Impossible impossible =
        assertInstanceOf(
            Impossible.class,
            LeftoverTranslation.of(
                LeftoverNodePool.read("a.yaml", tagged),
                new Setting(LeftoverConfig.DEFAULT, Optional.empty(), true)));

    assertEquals(
        "its tags alone make no node class; set leftover.role, the AWS role of its nodes, and"
            + " leftover.amiAlias, their image such as al2023@v20260101, in windfall.yaml, or name"
            + " an EC2NodeClass by nodeClassName",
        impossible.why());
  }

  @ParameterizedTest
  @CsvSource({"0, true, 1", "1, false, 1", "5, true, 5", "10, true, 10", "5, false, 1"})
  void aScoreBoundsWhatIsBoughtWhereSomethingHasIt(int wish, boolean scored, int bound) {
    Made made =
        made(
            BARE + "  minSpotScore: " + wish + "\n", new Setting(CONFIG, Optional.empty(), scored));

    assertEquals(bound, made.pool().minPlacementScore());
    assertEquals(wish > bound && wish > 1 ? 1 : 0, made.notes().size(), made.notes().toString());
  }

  @Test
  void whatIsMoreThanThereCanBeIsLoweredAndSaid() {
    Made made =
        made(
            BARE
                + "  maxInstanceTypes: 30\n  maxZones: 11\n  targetCount: 1001\n  minGPUs: 65\n"
                + "  budgetsNodes: 150%\n");

    assertEquals(20, made.pool().maxInstanceTypes());
    assertEquals(10, made.pool().maxZones());
    assertEquals(1000, made.pool().targetCount());
    assertEquals(64, made.pool().gpu().minCount());
    assertEquals("100%", made.pool().disruption().emptyBudget());
    assertEquals(
        List.of(
            "minGPUs 65 counts as 64, the most there can be",
            "maxInstanceTypes 30 counts as 20, the most there can be",
            "maxZones 11 counts as 10, the most there can be",
            "targetCount 1001 counts as 1000, the most there can be",
            "budgetsNodes 150% counts as 100%"),
        made.notes());
  }

  @Test
  void labelsThatAreNotAPoolsToSetAreLeftOutAndSaid() {
    Made made =
        made(
            BARE
                + "  labels: {team: research, karpenter.sh/capacity-type: spot, workload: a b,"
                + " windfall.dev/pool: x}\n");

    assertEquals(Map.of("team", "research"), made.pool().labels());
    assertEquals(
        List.of(
            "label \"karpenter.sh/capacity-type\" is not a pool's to set and is left out",
            "label \"workload: a b\" is not a valid label and is left out",
            "label \"windfall.dev/pool\" is not a pool's to set and is left out"),
        made.notes());
  }

  @Test
  void taintsOfEveryRungAreNotRepeated() {
    assertEquals(
        List.of(new Taint("team", "research", "NoSchedule")),
        pool("  taints: [\"nvidia.com/gpu=true:NoSchedule\", \"windfall.dev/rung:NoSchedule\","
                + " \"team=research:NoSchedule\"]\n")
            .taints());
  }

  /** Leftover stored any text, and never looked at it. */
  @Test
  void taintsThatAreNoneAreLeftOutAndSaid() {
    Made made =
        made(
            BARE
                + "  taints: [\"team=research\", \"a b:NoSchedule\","
                + " \"team=research:NoSchedule\"]\n");

    assertEquals(List.of(new Taint("team", "research", "NoSchedule")), made.pool().taints());
    assertEquals(
        List.of(
            "taint \"team=research\" is none such as team=research:NoSchedule and is left out",
            "taint \"a b:NoSchedule\" is none such as team=research:NoSchedule and is left out"),
        made.notes());
  }

  /** Of two with one key and effect Kubernetes would take neither. */
  @Test
  void aTaintWithTheKeyAndEffectOfARungsOwnIsLeftOutAndSaid() {
    Made made = made(BARE + "  taints: [\"nvidia.com/gpu=present:NoSchedule\"]\n");

    assertEquals(List.of(), made.pool().taints());
    assertEquals(
        List.of(
            "taint \"nvidia.com/gpu=present:NoSchedule\" is left out: every rung has one of its key"
                + " and effect"),
        made.notes());
  }

  @ParameterizedTest
  @CsvSource({"2m, PT2M", "1.5h, PT1H30M", "100ms, PT1S", "0, PT0S", "61s, PT1M1S"})
  void anEmptyNodeStaysForWholeSeconds(String text, Duration stays) {
    assertEquals(
        stays, pool("  consolidateAfter: \"" + text + "\"\n").disruption().consolidateAfter());
  }

  @Test
  void onDemandIsPlainOnDemand() {
    SpotPool pool = pool("  capacityType: on-demand\n  onDemandFallback: false\n");

    assertEquals(Capacity.ON_DEMAND, pool.capacity());
    assertTrue(!pool.onDemandFallback().enabled());
  }

  @Test
  void howOftenPricesAreReadIsNotItsToSay() {
    assertEquals(
        List.of(
            "requeueMinutes 3 has no effect: prices are read as often as market.sources in"
                + " windfall.yaml says"),
        made(BARE + "  requeueMinutes: 3\n").notes());
  }

  @Test
  void whoOnlyObservesHasASpotPoolThatDoes() {
    Setting observing = new Setting(CONFIG.in(SpotPool.Mode.OBSERVE), Optional.empty(), true);

    assertEquals(SpotPool.Mode.OBSERVE, made(BARE, observing).pool().mode());
  }
}
