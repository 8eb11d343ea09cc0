package dev.windfall.reconciler.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Offer;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Which nodes get no new work, what is written on them, and which are given back. */
class NodesTest {
  private static final String RUNG = "gpu-g6-xlarge-eu-central-1a-0a1b2c3d";
  private static final String SPOT = "eu-central-1a.g6.xlarge.spot";
  private static final String TAINTS =
      "{'key': 'nvidia.com/gpu', 'value': 'true', 'effect': 'NoSchedule'}";

  /** Of a node that has been of use for as long as it takes to be one for good. */
  private static final String INITIALIZED = initialized("2026-11-20T09:59:00Z");

  private static final Offer ON_DEMAND =
      Market.offer("g6.xlarge", "a", Capacity.ON_DEMAND, 1, "0.90", Optional.empty());

  private final Bench bench = new Bench();
  private Instant now = Market.NOW;
  private final NodesLoop.Pass pass = Passes.of(bench, bench.writes, () -> now);

  @BeforeEach
  void aPoolWithARungAndANode() {
    bench.book = Market.book(Market.offer("g6.xlarge", "a", "0.40"), ON_DEMAND);
    bench.pool("gpu", "");
    rung(RUNG, SPOT, "");
    claim("claim", "n1", INITIALIZED);
    node("n1", RUNG, "1", TAINTS);
    later("1M");
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private void later(String duration) {
    now = now.plus(Duration.parse("PT" + duration));
  }

  private void rung(String name, String offer, String closed) {
    rung(name, offer, closed, Market.NOW.minus(Duration.ofHours(1)));
  }

  private void rung(String name, String offer, String closed, Instant since) {
    String reason =
        closed.isEmpty()
            ? ""
            : ", 'windfall.dev/closed': '%s', 'windfall.dev/closed-at': '%s'"
                .formatted(closed, since);
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodePool',
         'metadata': {'name': '%s', 'labels': {'windfall.dev/pool': 'gpu'},
           'annotations': {'windfall.dev/gpus': '1', 'windfall.dev/offer': '%s'%s}},
         'spec': {'template': {'spec': {'expireAfter': 'Never'}}, 'disruption': {'budgets': [
           {'nodes': '0', 'reasons': ['Drifted']}, {'nodes': '0', 'reasons': ['Underutilized']}]}}}
        """
            .formatted(name, offer, reason));
  }

  private static String initialized(String at) {
    return ", {'type': 'Initialized', 'status': 'True', 'lastTransitionTime': '%s'}".formatted(at);
  }

  private void claim(String name, String node, String conditions) {
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodeClaim',
         'metadata': {'name': '%s', 'labels': {'karpenter.sh/nodepool': '%s'}},
         'status': {'nodeName': '%s', 'conditions': [
           {'type': 'Registered', 'status': 'True', 'lastTransitionTime': '%s'}%s]}}
        """
            .formatted(name, RUNG, node, Market.NOW, conditions));
  }

  private void node(String name, String rung, String gpus, String taints) {
    node(
        name,
        "'windfall.dev/rung': '%s', 'windfall.dev/offer': 'x.y.spot',".formatted(rung),
        gpus,
        taints,
        "spot");
  }

  private void node(String name, String labels, String gpus, String taints, String capacity) {
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Node',
         'metadata': {'name': '%s', 'labels': {%s
           'topology.kubernetes.io/zone': 'eu-central-1a',
           'karpenter.sh/capacity-type': '%s',
           'node.kubernetes.io/instance-type': 'g6.xlarge'}},
         'spec': {'taints': [%s]}, 'status': {'allocatable': {'cpu': '4'%s}}}
        """
            .formatted(
                name,
                labels,
                capacity,
                taints,
                gpus.isEmpty() ? "" : ", 'nvidia.com/gpu': '" + gpus + "'"));
  }

  private JsonNode node(String name) {
    return bench.read("v1", "Node", "", name);
  }

  private List<String> taints(String name) {
    List<String> keys = new ArrayList<>();
    node(name).at("/spec/taints").forEach(taint -> keys.add(taint.path("key").asText()));
    return keys;
  }

  private boolean retiring() {
    return taints("n1").contains("windfall.dev/retiring");
  }

  private String offer(String name) {
    return node(name).at("/metadata/labels/windfall.dev~1offer").asText();
  }

  private boolean claimIsThere() {
    return bench.server.read("karpenter.sh/v1", "NodeClaim", "", "claim").isPresent();
  }

  @Test
  void aNodeOfAnOpenRungIsLeftAlone() {
    pass.run();
    assertEquals(List.of(), bench.server.writes());
    assertEquals(List.of(), bench.events);
  }

  @Test
  void nothingIsDecidedBeforeItIsKnownWhatBecameOfLaunches() {
    rung(RUNG, SPOT, "costs 0.50 USD/GPU·h, above the cap of 0.40");
    bench.informed = false;
    pass.run();
    assertFalse(retiring());

    bench.informed = true;
    pass.run();
    assertTrue(retiring());
  }

  @Test
  void aNodeOfARungThatIsNotWantedGetsNoNewWorkAndKeepsItsOtherTaints() {
    rung(RUNG, SPOT, "costs 0.50 USD/GPU·h, above the cap of 0.40");
    pass.run();
    assertEquals(List.of("nvidia.com/gpu", "windfall.dev/retiring"), taints("n1"));
    assertTrue(
        bench.events.getFirst().startsWith("n1 Retiring: no new work"), bench.events::toString);
    assertTrue(bench.events.getFirst().endsWith("above the cap of 0.40"), bench.events::toString);

    pass.run();
    assertEquals(1, bench.server.writes().size());
  }

  @Test
  void itGetsNewWorkAgainWhenItsRungIsOpenAgain() {
    rung(RUNG, SPOT, "costs too much");
    pass.run();
    rung(RUNG, SPOT, "");
    pass.run();
    assertEquals(List.of("nvidia.com/gpu"), taints("n1"));
    assertTrue(bench.events.getLast().startsWith("n1 InUseAgain"), bench.events::toString);
  }

  /** A price around a cap wrote a taint to each of two hundred nodes with every poll. */
  @Test
  void aRungThatIsClosedForAMomentIsNoReason() {
    rung(RUNG, SPOT, "costs too much", now);
    later("4M59S");
    pass.run();
    assertTrue(!retiring());

    later("1S");
    pass.run();
    assertTrue(retiring());

    rung(RUNG, SPOT, "closed for another reason", now);
    pass.run();
    assertTrue(retiring(), "one reason after another is no moment");
  }

  @Test
  void aRungOfWhichNoMoreCanBeHadHasNodesAsGoodAsBefore() {
    rung(RUNG, SPOT, "no capacity, once; tried again at 2026-11-20T10:03:10Z");
    pass.run();
    assertEquals(List.of(), bench.server.writes());
  }

  @Test
  void aNodeWhoseClaimDriftedGetsNoNewWork() {
    claim("claim", "n1", INITIALIZED + ", {'type': 'Drifted', 'status': 'True'}");
    pass.run();
    assertTrue(retiring());
  }

  @Test
  void aNodeThatIsOlderThanItsPoolWantsGetsNoNewWork() {
    bench.pool("gpu", ", 'disruption': {'maxNodeAge': '24h'}");
    later("23H58M");
    pass.run();
    assertTrue(!retiring());
    later("2M");
    pass.run();
    assertTrue(retiring());
  }

  @Test
  void anOnDemandNodeOfASpotPoolGetsNoNewWorkWhileSpotOfItsSizeIsOpen() {
    rung(RUNG, "eu-central-1a.g6.xlarge.on-demand", "");
    pass.run();
    assertTrue(!retiring());

    rung("gpu-spot-01234567", SPOT, "");
    pass.run();
    assertTrue(retiring());

    rung("gpu-spot-01234567", SPOT, "no capacity, once; tried again at 2026-11-20T10:03:10Z");
    pass.run();
    assertTrue(!retiring());
  }

  /** Its pods were sent to a rung whose limit was used up, and waited. */
  @Test
  void spotThatHasNoRoomReplacesNoOnDemandNode() {
    rung(RUNG, ON_DEMAND.key().toString(), "");
    rung("gpu-spot-01234567", SPOT, "");
    limit("gpu-spot-01234567", 1);
    claim("waits", "", "");
    own("waits", "gpu-spot-01234567");
    pass.run();
    assertTrue(!retiring());

    limit("gpu-spot-01234567", 2);
    pass.run();
    assertTrue(retiring());
  }

  @Test
  void spotOfAnotherModelReplacesNoOnDemandNode() {
    Offer other = Market.offer("g5.xlarge", "a", "0.30");
    bench.book =
        Market.book(ON_DEMAND, like(other, new Gpu("NVIDIA", "A10G", 1, Memory.parse("24Gi"))));
    rung(RUNG, ON_DEMAND.key().toString(), "");
    rung("gpu-spot-01234567", other.key().toString(), "");
    pass.run();
    assertTrue(!retiring());

    bench.book = Market.book(ON_DEMAND, other);
    pass.run();
    assertTrue(retiring());
  }

  private void limit(String rung, int gpus) {
    ObjectNode object = bench.read("karpenter.sh/v1", "NodePool", "", rung);
    object.withObject("/spec/limits").put("nvidia.com/gpu", Integer.toString(gpus));
    bench.put(object.toString());
  }

  private void own(String claim, String rung) {
    ObjectNode object = bench.read("karpenter.sh/v1", "NodeClaim", "", claim);
    object.withObject("/metadata/labels").put("karpenter.sh/nodepool", rung);
    bench.put(object.toString());
  }

  private static Offer like(Offer offer, Gpu gpu) {
    return new Offer(
        offer.source(),
        offer.provider(),
        offer.region(),
        offer.key(),
        offer.architecture(),
        gpu,
        offer.cpu(),
        offer.memory(),
        offer.usdPerHour(),
        offer.basis(),
        offer.observedAt(),
        offer.placementScore(),
        offer.interruption(),
        offer.barred());
  }

  @Test
  void thePoolOfOnDemandCapacityKeepsItsNodes() {
    bench.pool("gpu", ", 'capacity': 'on-demand'");
    rung(RUNG, "eu-central-1a.g6.xlarge.on-demand", "");
    rung("gpu-spot-01234567", SPOT, "");
    pass.run();
    assertTrue(!retiring());
  }

  /** It was tainted while its pod still waited for it, and so was the node bought instead. */
  @ParameterizedTest
  @ValueSource(strings = {"cap", "age", "fallback"})
  void aNodeIsNotTakenFromThePodItWasBoughtFor(String reason) {
    claim("claim", "n1", "");
    switch (reason) {
      case "cap" -> rung(RUNG, SPOT, "costs too much");
      case "age" -> bench.pool("gpu", ", 'disruption': {'maxNodeAge': '1s'}");
      default -> {
        rung(RUNG, "eu-central-1a.g6.xlarge.on-demand", "");
        rung("gpu-spot-01234567", SPOT, "");
      }
    }
    later("10M");
    pass.run();
    assertTrue(!retiring(), "it has not been of use yet");

    claim("claim", "n1", initialized(now.toString()));
    later("1M");
    pass.run();
    assertTrue(!retiring(), "the scheduler may not have seen it yet");

    later("1M");
    pass.run();
    assertTrue(retiring());
  }

  @Test
  void aNodeWhoseClaimIsNotKnownYetIsNotTakenEither() {
    bench.server.remove("karpenter.sh/v1", "NodeClaim", "", "claim");
    rung(RUNG, SPOT, "costs too much");
    pass.run();
    assertTrue(!retiring());
    later("1M");
    pass.run();
    assertTrue(retiring());
  }

  @ParameterizedTest
  @ValueSource(strings = {", 'mode': 'Observe'", ", 'maxZones': 'many'"})
  void whereThePoolOnlyObservesOrCannotBeReadNodesStayAsTheyAre(String spec) {
    bench.pool("gpu", spec);
    rung(RUNG, SPOT, "not wanted");
    node("n1", RUNG, "", TAINTS);
    later("1H");
    pass.run();
    assertEquals(List.of(), bench.server.writes());
  }

  @Test
  void aTaintThatSomebodyElsePutsOnMeanwhileIsKept() {
    rung(RUNG, SPOT, "not wanted");
    node("n1", RUNG, "1", TAINTS + ", {'key': 'mine', 'effect': 'NoExecute'}");
    pass.run();
    assertEquals(List.of("nvidia.com/gpu", "mine", "windfall.dev/retiring"), taints("n1"));
  }

  @Test
  void aGpuNodeOfOthersIsLabelledByWhatItsLabelsSay() {
    node("theirs", "", "4", "", "on-demand");
    pass.run();
    assertEquals("eu-central-1a.g6.xlarge.on-demand", offer("theirs"));
    assertEquals("x.y.spot", offer("n1"), "a label that is there is never overwritten");
    pass.run();
    assertEquals(1, bench.server.writes().size());
  }

  @Test
  void aMachineOfWhichNobodySaysTheCapacityIsOnesOwnOnlyIfTheMarketSaysSo() {
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Node',
         'metadata': {'name': 'own', 'labels': {
           'topology.kubernetes.io/zone': 'eu-central-1a',
           'node.kubernetes.io/instance-type': 'rack'}},
         'status': {'allocatable': {'nvidia.com/gpu': '8'}}}
        """);
    pass.run();
    assertEquals("", offer("own"));

    bench.book =
        Market.book(Market.offer("rack", "a", Capacity.OWNED, 8, "0.00", Optional.empty()));
    pass.run();
    assertEquals("eu-central-1a.rack.owned", offer("own"));
  }

  @Test
  void aNodeOfAWideRungIsLabelled() {
    node("n1", "'windfall.dev/rung': '" + RUNG + "',", "1", TAINTS, "spot");
    pass.run();
    assertEquals(SPOT, offer("n1"));
  }

  @Test
  void aNodeWithoutGpusIsSaidWithTheUsualCauseOnItAndItsPoolAndNotAtOnce() {
    claim("claim", "n1", "");
    node("n1", RUNG, "", TAINTS);
    later("3M");
    pass.run();
    assertEquals(List.of(), bench.events);

    later("1M");
    pass.run();
    pass.run();
    assertEquals(2, bench.events.size());
    assertTrue(bench.events.get(0).startsWith("n1 NoGpus: "), bench.events::toString);
    assertTrue(bench.events.get(1).startsWith("gpu NoGpus: "), bench.events::toString);
    assertTrue(bench.events.get(0).contains("tolerates windfall.dev/rung"));
    assertTrue(claimIsThere());
  }

  @Test
  void theDaemonSetThatIsToBlameIsNamed() {
    bench.put(
        """
        {'apiVersion': 'apps/v1', 'kind': 'DaemonSet',
         'metadata': {'name': 'nvidia-device-plugin', 'namespace': 'kube-system'},
         'spec': {'template': {'spec': {'containers': [{'image': 'nvcr.io/nvidia/k8s-device-plugin:v0.17'}],
           'tolerations': [{'key': 'nvidia.com/gpu', 'operator': 'Exists'}]}}}}
        """);
    claim("claim", "n1", "");
    node("n1", RUNG, "0", TAINTS);
    later("10M");
    pass.run();
    assertTrue(
        bench.events.getFirst().endsWith("kube-system/nvidia-device-plugin"),
        bench.events::toString);
  }

  @Test
  void itIsGivenBackAfterTwentyMinutes() {
    claim("claim", "n1", "");
    node("n1", RUNG, "", TAINTS);
    later("19M");
    pass.run();
    assertTrue(!claimIsThere());
    assertTrue(bench.events.getFirst().startsWith("n1 NodeGivenBack: "), bench.events::toString);
  }

  private void aPodOnTheFirst() {
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'p', 'namespace': 'default'},
         'spec': {'nodeName': 'n1',
           'containers': [{'name': 'c', 'resources': {'limits': {'nvidia.com/gpu': '1'}}}]}}
        """);
  }

  @Test
  void itIsKeptWhileAPodWithGpusIsBoundThere() {
    claim("claim", "n1", "");
    node("n1", RUNG, "", TAINTS);
    aPodOnTheFirst();
    later("1H");
    pass.run();
    assertTrue(claimIsThere());
  }

  @Test
  void onlyOneIsGivenBackAtATime() {
    claim("claim", "n1", "");
    node("n1", RUNG, "", TAINTS);
    node("n2", RUNG, "", TAINTS);
    claim("second", "n2", "");
    later("1H");
    pass.run();
    assertEquals(1, bench.server.all("karpenter.sh/v1", "NodeClaim").size());
  }

  /** A job without GPUs stood for ever in the way of every machine after it in the alphabet. */
  @Test
  void oneThatIsInUseKeepsNoOtherFromBeingGivenBack() {
    claim("claim", "n1", "");
    node("n1", RUNG, "", TAINTS);
    aPodOnTheFirst();
    later("1H");
    node("n2", RUNG, "", TAINTS);
    claim("second", "n2", "");
    pass.run();
    assertTrue(claimIsThere());
    assertTrue(bench.server.read("karpenter.sh/v1", "NodeClaim", "", "second").isEmpty());
  }

  /** It was deleted while its device plugin was being updated. */
  @Test
  void oneThatHadItsGpusIsNeverGivenBackAndSaysThatTheyAreGone() {
    node("n1", RUNG, "", TAINTS);
    later("72H");
    pass.run();
    assertTrue(claimIsThere());
    assertTrue(
        bench.events.getFirst().startsWith("n1 NoGpus: n1 had nvidia.com/gpu"),
        bench.events::toString);
  }

  @Test
  void whoDoesNotLeadWritesNothing() {
    bench.leading = false;
    rung(RUNG, SPOT, "not wanted");
    pass.run();
    assertEquals(List.of(), bench.server.writes());
  }
}
