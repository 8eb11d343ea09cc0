package dev.windfall.reconciler.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Key;
import dev.windfall.kind.local.Asked;
import dev.windfall.kind.local.Fault;
import dev.windfall.market.Offer;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.Market;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** When work that may be begun anew is moved to a cheaper machine, and how. */
class ReplacementsTest {
  private static final String DEAR = "gpu-dear-01234567";
  private static final String CHEAP = "gpu-cheap-01234567";
  private static final String PREFER = "'windfall.dev/spot': 'prefer'";
  private static final String RESTARTABLE = PREFER + ", 'windfall.dev/restartable': '10h'";
  private static final String OWNED = ownedBy("job");

  private static String ownedBy(String job) {
    return "'ownerReferences': [{'kind': 'Job', 'name': 'j', 'uid': '%s', 'controller': true}],"
        .formatted(job);
  }

  private final Bench bench = new Bench();
  private Instant now = Market.NOW;
  private NodesLoop.Pass pass = pass();

  private NodesLoop.Pass pass() {
    return Passes.of(bench, bench.writes, () -> now);
  }

  @BeforeEach
  void anOnDemandNodeWithAPodAndOpenSpot() {
    price("0.40");
    pool("");
    rung(DEAR, "eu-central-1a.g6.xlarge.on-demand", 1, 1, "");
    rung(CHEAP, "eu-central-1a.g6.xlarge.spot", 1, 80, "");
    node("n1", DEAR);
    pod("train", "n1", RESTARTABLE, OWNED, "1H");
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private void price(String spot) {
    bench.book =
        Market.book(
            Market.offer("g6.xlarge", "a", spot),
            Market.offer("g6.xlarge", "b", "0.10"),
            machine("g6.xlarge", 1, "1.00"),
            machine("g6.12xlarge", 4, "4.00"));
  }

  private static Offer machine(String type, int gpus, String price) {
    return Market.offer(type, "a", Capacity.ON_DEMAND, gpus, price, Optional.empty());
  }

  private void pool(String spec) {
    bench.pool(
        "gpu",
        ", 'onDemandFallback': {'enabled': true}, 'disruption': {'replaceRestartable': true}"
            + spec);
  }

  private void rung(String name, String offer, int gpus, int weight, String closed) {
    rung("gpu", name, offer, gpus, weight, closed);
  }

  private void rung(String pool, String name, String offer, int gpus, int weight, String closed) {
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodePool',
         'metadata': {'name': '%s', 'labels': {'windfall.dev/pool': '%s'},
           'annotations': {'windfall.dev/gpus': '%d', 'windfall.dev/offer': '%s'%s}},
         'spec': {'weight': %d, 'template': {'metadata': {'labels': {'windfall.dev/pool': '%s',
           'windfall.dev/offer': '%s', 'windfall.dev/rung': '%s'}}, 'spec': {'expireAfter': 'Never'}}, 'disruption': {'budgets': [
           {'nodes': '0', 'reasons': ['Drifted']}, {'nodes': '0', 'reasons': ['Underutilized']}]}}}
        """
            .formatted(
                name,
                pool,
                gpus,
                offer,
                closed.isEmpty() ? "" : ", 'windfall.dev/closed': '" + closed + "'",
                weight,
                pool,
                offer,
                name));
  }

  private void node(String name, String rung) {
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodeClaim',
         'metadata': {'name': '%s', 'labels': {'karpenter.sh/nodepool': '%s'}},
         'status': {'nodeName': '%s', 'conditions': [
           {'type': 'Initialized', 'status': 'True', 'lastTransitionTime': '2026-11-20T08:00:00Z'}]}}
        """
            .formatted(name, rung, name));
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Node',
         'metadata': {'name': '%s', 'labels': {'windfall.dev/rung': '%s', 'windfall.dev/offer': 'x.y.spot'}},
         'spec': {'taints': [{'key': 'nvidia.com/gpu', 'value': 'true', 'effect': 'NoSchedule'}]},
         'status': {'allocatable': {'cpu': '4', 'nvidia.com/gpu': '1'}}}
        """
            .formatted(name, rung));
  }

  /** A pod that has run for a while. */
  private void pod(String name, String node, String annotations, String owner, String ran) {
    Instant started = now.minus(Duration.parse("PT" + ran));
    ObjectNode stored =
        bench.put(
            """
            {'apiVersion': 'v1', 'kind': 'Pod',
             'metadata': {'name': '%s', 'namespace': 'default', %s 'annotations': {%s}},
             'spec': {'nodeName': '%s', 'containers': [
               {'name': 'c', 'resources': {'limits': {'nvidia.com/gpu': '1'}}}]}}
            """
                .formatted(name, owner, annotations, node));
    stored = stored.deepCopy();
    stored.withObject("/status").put("phase", "Running").put("startTime", started.toString());
    bench.put(stored.toString());
  }

  private void later(String duration) {
    now = now.plus(Duration.parse("PT" + duration));
  }

  /** Long enough for it to count. */
  private void lasting() {
    pass.run();
    later("10M");
    pass.run();
  }

  private JsonNode nodeObject(String name) {
    return bench.read("v1", "Node", "", name);
  }

  private boolean tainted(String name) {
    return nodeObject(name).at("/spec/taints").toString().contains("windfall.dev/retiring");
  }

  private boolean replacing(String name) {
    return nodeObject(name).at("/metadata/annotations").has("windfall.dev/replacing");
  }

  private boolean runs(String pod) {
    return bench.server.read("v1", "Pod", "default", pod).isPresent();
  }

  private List<Asked> evictions() {
    return bench.server.requests("create", "pods/eviction").stream()
        .filter(asked -> asked.body().at("/deleteOptions/dryRun").isMissingNode())
        .toList();
  }

  private List<String> events(String reason) {
    return bench.events.stream().filter(event -> event.contains(" " + reason + ": ")).toList();
  }

  private void assertStays() {
    lasting();
    later("1M");
    pass.run();
    assertTrue(!replacing("n1"), bench.events::toString);
    assertTrue(runs("train"));
    assertEquals(List.of(), evictions());
  }

  @Test
  void firstTheNodeIsTaintedAndThenItsPodIsEvicted() {
    pass.run();
    later("9M59S");
    pass.run();
    assertTrue(!replacing("n1"), "it has not lasted");

    later("1S");
    pass.run();
    assertTrue(replacing("n1") && tainted("n1"));
    assertTrue(runs("train"), "that is written before anybody is evicted");
    String said = events("Replacing").getFirst();
    assertEquals(
        "n1 Replacing: its work can be restarted, and is cheaper at eu-central-1a.g6.xlarge.spot:"
            + " 8.83 USD over the next 8h50m where it is, 3.85 there with what is lost; saves 4.98"
            + " USD",
        said);
    assertEquals(3, events("Replacing").size(), "on node, pool and pod");

    pass.run();
    assertTrue(!runs("train"));
    assertEquals(1, events("Evicted").size());
    assertEquals(3, bench.count("windfall_actions"), "Retire, Replace and Evict");

    later("1M");
    pass.run();
    assertTrue(tainted("n1"), "Karpenter removes it");
  }

  /** Its uid is asked for: a pod that was made anew under its name is another. */
  @Test
  void noOtherPodOfTheSameNameIsEvicted() {
    lasting();
    String uid = bench.read("v1", "Pod", "default", "train").at("/metadata/uid").asText();
    pass.run();
    assertEquals(
        uid, evictions().getFirst().body().at("/deleteOptions/preconditions/uid").asText());
  }

  @Test
  void howLongItMustHavePaidIsThePoolsMinHold() {
    pool(", 'ranking': {'minHold': '30s'}");
    pass.run();
    later("30S");
    pass.run();
    assertTrue(replacing("n1"));
  }

  @Test
  void whatDidNotPayMeanwhileHasNotLasted() {
    pass.run();
    later("5M");
    price("0.99");
    pass.run();
    price("0.40");
    later("5M");
    pass.run();
    assertTrue(!replacing("n1"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'consolidateAfter': '5m'",
        "'replaceRestartable': false",
        "'replaceRestartable': true, 'emptyBudget': '0'",
        "'replaceRestartable': true, 'consolidateAfter': '48h'"
      })
  void thePoolHasToAllowItAndToLetEmptyNodesGo(String disruption) {
    bench.pool("gpu", ", 'disruption': {" + disruption + "}");
    assertStays();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        PREFER,
        "'windfall.dev/restartable': '10h'",
        PREFER + ", 'windfall.dev/restartable': 'yes'",
        PREFER + ", 'windfall.dev/restartable': '90m'",
        PREFER + ", 'windfall.dev/restartable': '10h', 'windfall.dev/lost-work': '2h'",
        PREFER + ", 'windfall.dev/restartable': '10h', 'windfall.dev/gpu-models': 'A10G'",
        RESTARTABLE + ", 'karpenter.sh/do-not-disrupt': 'true'",
        "'windfall.dev/spot': 'never', 'windfall.dev/restartable': '10h'",
      })
  void aPodThatDoesNotSaySoOrWouldGainNothingOrMayNotGoThereStays(String annotations) {
    pod("train", "n1", annotations, OWNED, "1H");
    assertStays();
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "'ownerReferences': [{'kind': 'Job', 'name': 'j', 'uid': 'job'}],",
        "'ownerReferences': [{'kind': 'DaemonSet', 'name': 'd', 'uid': 'd', 'controller': true}],",
      })
  void aPodThatNobodyWouldMakeAnewStays(String owner) {
    pod("train", "n1", RESTARTABLE, owner, "1H");
    assertStays();
  }

  @Test
  void whoHasJustBegunStays() {
    pod("train", "n1", RESTARTABLE, OWNED, "0S");
    lasting();
    assertTrue(!replacing("n1"));
    later("19M59S");
    pass.run();
    later("1S");
    lasting();
    assertTrue(replacing("n1"), "it counts from half an hour on");
  }

  @Test
  void onePodThatMayNotBeMovedKeepsTheMachine() {
    pod("other", "n1", PREFER, OWNED, "1H");
    assertStays();
  }

  /** It would keep the machine, and what is moved would be paid for twice. */
  @Test
  void soDoesAPodWithoutGpus() {
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'web', 'namespace': 'default'},
         'spec': {'nodeName': 'n1', 'containers': [{'name': 'c'}]}}
        """);
    assertStays();
  }

  @ParameterizedTest
  @ValueSource(strings = {"Node", "NodeClaim"})
  void whatMustNotBeDisruptedIsNot(String kind) {
    ObjectNode object =
        bench.read(kind.equals("Node") ? "v1" : "karpenter.sh/v1", kind, "", "n1").deepCopy();
    object.withObject("/metadata/annotations").put("karpenter.sh/do-not-disrupt", "true");
    bench.put(object.toString());
    assertStays();
  }

  @Test
  void thereHasToBeRoomUnderTheLimitOfTheRung() {
    ObjectNode rung = bench.read("karpenter.sh/v1", "NodePool", "", CHEAP).deepCopy();
    rung.withObject("/spec/limits").put("nvidia.com/gpu", "1");
    bench.put(rung.toString());
    node("n2", CHEAP);
    assertStays();
  }

  /** A pod that must have another node's labels or tolerations would wait for ever. */
  @Test
  void aRungOfAnotherTemplateIsNoPlaceToGo() {
    ObjectNode rung = bench.read("karpenter.sh/v1", "NodePool", "", CHEAP).deepCopy();
    rung.withObject("/spec/template/metadata/labels").put("team", "research");
    bench.put(rung.toString());
    assertStays();
  }

  @Test
  void aPodWithAVolumeStaysInItsZone() {
    rung(CHEAP, "eu-central-1b.g6.xlarge.spot", 1, 80, "");
    ObjectNode pod = bench.read("v1", "Pod", "default", "train").deepCopy();
    pod.withObject("/spec")
        .putArray("volumes")
        .addObject()
        .put("name", "v")
        .putObject("persistentVolumeClaim")
        .put("claimName", "data");
    bench.put(pod.toString());
    assertStays();
  }

  /** Karpenter takes the heaviest rung, not the one that would be cheapest. */
  @Test
  void whatCountsIsWhatKarpenterWouldBuy() {
    rung("gpu-heavy-01234567", "eu-central-1a.g6.xlarge.on-demand", 1, 99, "");
    assertStays();
  }

  @Test
  void thePodsOfOneMachineMayGoToSeveral() {
    rung(DEAR, "eu-central-1a.g6.12xlarge.on-demand", 4, 1, "");
    pod("second", "n1", RESTARTABLE, OWNED, "1H");
    lasting();
    assertTrue(
        events("Replacing").getFirst().contains("cheaper at 2 x eu-central-1a.g6.xlarge.spot"),
        bench.events::toString);
    pass.run();
    assertTrue(!runs("train") && !runs("second"));
  }

  @Test
  void oneNodeAtATimeAndTheNextWhenThePodsRun() {
    node("n2", DEAR);
    pod("other", "n2", RESTARTABLE, ownedBy("another"), "1H");
    lasting();
    assertTrue(replacing("n1") && !replacing("n2"));
    pass.run();
    assertTrue(!runs("train"));
    later("5M");
    pass.run();
    assertTrue(!replacing("n2"), "what was evicted waits");

    bench.server.remove("v1", "Node", "", "n1");
    node("n3", CHEAP);
    pod("train-2", "n3", RESTARTABLE, OWNED, "0S");
    ObjectNode made = bench.read("v1", "Pod", "default", "train-2").deepCopy();
    made.withObject("/status").put("phase", "Pending");
    bench.put(made.toString());
    pass.run();
    assertTrue(!replacing("n2"), "its image is pulled");

    made.withObject("/status").put("phase", "Running");
    bench.put(made.toString());
    pass.run();
    assertTrue(replacing("n2"), bench.events::toString);
  }

  @Test
  void whatIsNeverPlacedAgainKeepsOthersForAQuarterOfAnHour() {
    node("n2", DEAR);
    pod("other", "n2", RESTARTABLE, ownedBy("another"), "1H");
    lasting();
    pass.run();
    bench.server.remove("v1", "Node", "", "n1");
    later("14M59S");
    pass.run();
    assertTrue(!replacing("n2"));
    later("1S");
    pass.run();
    assertTrue(replacing("n2"));
  }

  /** The machine that would be bought is dear again before anybody is evicted. */
  @Test
  void aPriceThatFlipsBackTakesTheTaintOff() {
    rung(DEAR, "eu-central-1b.g6.xlarge.spot", 1, 1, "");
    bench.book =
        Market.book(Market.offer("g6.xlarge", "a", "0.40"), Market.offer("g6.xlarge", "b", "1.00"));
    lasting();
    assertTrue(replacing("n1"));
    price("0.99");
    pass.run();
    assertTrue(!replacing("n1") && !tainted("n1"));
    assertTrue(runs("train"));
    assertEquals(List.of(), evictions());
    assertEquals(1, events("NotReplaced").size());

    price("0.01");
    lasting();
    assertTrue(!replacing("n1"), "it is left alone for an hour");
  }

  @Test
  void theTaintStaysWhereAnotherReasonKeepsIt() {
    lasting();
    pod("other", "n1", PREFER, OWNED, "1H");
    pass.run();
    assertTrue(!replacing("n1"));
    assertTrue(tainted("n1"), "it is on demand, and spot is open");
  }

  @Test
  void whoLeadsAfterACrashGoesOnWithTheSameNodeAndBeginsNoOther() {
    node("n2", DEAR);
    pod("other", "n2", RESTARTABLE, OWNED, "9H");
    lasting();
    assertTrue(replacing("n1"));

    pass = pass();
    pass.run();
    assertTrue(!runs("train") && runs("other"));
    pass = pass();
    later("14M");
    pass.run();
    pass.run();
    assertTrue(!replacing("n2"), "nobody remembers whom it evicted, so time has to pass");
  }

  @Test
  void whatWasDoneHalfIsDoneToItsEnd() {
    pod("second", "n1", RESTARTABLE, OWNED, "1H");
    rung(DEAR, "eu-central-1a.g6.12xlarge.on-demand", 4, 1, "");
    lasting();
    bench.server.remove("v1", "Pod", "default", "train");
    pass = pass();
    pass.run();
    assertTrue(!runs("second"));
  }

  /** Nobody was evicted, and nothing was tainted. */
  @Test
  void whereABudgetForbidsItTheNodeIsNotEvenTainted() {
    bench.server.faults().always("create", "pods/eviction", Fault.status(429));
    lasting();
    assertTrue(!replacing("n1"));
    assertEquals(1, events("EvictionRefused").size(), bench.events::toString);
    later("59S");
    pass.run();
    assertEquals(1, events("EvictionRefused").size());

    bench.server.faults().clear();
    later("1S");
    pass.run();
    assertTrue(replacing("n1"));
  }

  @Test
  void aBudgetThatForbidsItMeanwhileIsAskedAgainForAQuarterOfAnHour() {
    lasting();
    bench.server.faults().always("create", "pods/eviction", Fault.status(429));
    pass.run();
    later("14M");
    pass.run();
    assertTrue(replacing("n1") && runs("train"));
    assertEquals(2, events("EvictionRefused").size());

    later("1M");
    pass.run();
    assertTrue(!replacing("n1") && runs("train"));
    assertTrue(events("NotReplaced").getFirst().contains("for 15m"), bench.events::toString);
  }

  @Test
  void withoutTheRightThePoolSaysWhatToApply() {
    bench.server.faults().always("create", "pods/eviction", Fault.status(403));
    lasting();
    assertTrue(!replacing("n1"));
    String said = events("EvictionForbidden").getFirst();
    assertTrue(said.startsWith("gpu EvictionForbidden: evicting pod default/train: 403"), said);
    assertTrue(said.contains("kubectl apply -f deploy/replace.yaml"), said);
    assertTrue(said.endsWith("or leave it so in namespace default"), said);

    later("1M");
    pass.run();
    assertEquals(2, events("EvictionForbidden").size());
    later("59M");
    freshPrices();
    pass.run();
    assertEquals(2, events("EvictionForbidden").size(), "it may be meant so");
    later("1M");
    pass.run();
    assertEquals(3, events("EvictionForbidden").size());
  }

  /** Nothing is bought there any more, so what waits may have its machine back. */
  @Test
  void whereWhatItGoesToIsClosedTheMachineIsGivenBackToItsWork() {
    rung(DEAR, "eu-central-1b.g6.xlarge.spot", 1, 1, "");
    bench.book =
        Market.book(Market.offer("g6.xlarge", "a", "0.40"), Market.offer("g6.xlarge", "b", "1.00"));
    lasting();
    pass.run();
    assertTrue(!runs("train") && tainted("n1"));
    rung(
        CHEAP,
        "eu-central-1a.g6.xlarge.spot",
        1,
        80,
        "no capacity, once; tried again at 2026-11-20T10:13:10Z");
    pass.run();
    assertTrue(!tainted("n1") && !replacing("n1"));
  }

  /** The node says for which rungs it was begun with; pods were evicted, and it was spared then. */
  @Test
  void nobodyIsEvictedOnceARungThatItWasBegunForHasClosed() {
    lasting();
    rung("gpu-other-01234567", "eu-central-1b.g6.xlarge.spot", 1, 70, "");
    rung(CHEAP, "eu-central-1a.g6.xlarge.spot", 1, 80, "no capacity");
    pass.run();
    assertEquals(List.of(), evictions());
    assertTrue(!replacing("n1") && runs("train"));
  }

  /** Else what is bought, lost and made anew on a dear machine would be evicted for ever. */
  @Test
  void whoWasEvictedIsLeftAloneForAnHourAndThenForTwo() {
    lasting();
    pass.run();
    assertTrue(!runs("train"));
    comesBack("n2", "train-2");
    assertBegunWithAfter(Duration.ofHours(1), "n2");
    pass.run();
    assertTrue(!runs("train-2"));
    comesBack("n3", "train-3");
    assertBegunWithAfter(Duration.ofHours(2), "n3");
  }

  @Test
  void anEvictionOfWhichNoAnswerCameCounts() {
    lasting();
    bench.server.faults().next("create", "pods/eviction", Fault.slow(Duration.ZERO));
    bench.server.faults().next("create", "pods/eviction", Fault.mute());
    assertThrows(ClusterException.class, pass::run);
    assertTrue(!runs("train"));
    comesBack("n2", "train-2");
    assertBegunWithAfter(Duration.ofHours(1), "n2");
  }

  private void comesBack(String node, String pod) {
    node(node, DEAR);
    pod(pod, node, RESTARTABLE, OWNED, "1H");
  }

  private void assertBegunWithAfter(Duration wait, String node) {
    Instant evicted = now;
    now = evicted.plus(wait).minus(Duration.ofMinutes(11));
    freshPrices();
    lasting();
    now = evicted.plus(wait).minusSeconds(1);
    pass.run();
    assertTrue(!replacing(node), "it was evicted lately");
    now = evicted.plus(wait);
    pass.run();
    assertTrue(replacing(node), bench.events::toString);
  }

  private void freshPrices() {
    bench.book =
        Market.book(
            bench.book.offers().stream().map(offer -> offer.observedAt(now)).toArray(Offer[]::new));
  }

  /** Whether the other machine has it nobody here can tell. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "'nodeSelector': {'karpenter.k8s.aws/instance-family': 'g6'}",
        "'containers': [{'name': 'c', 'resources': {'limits': {'nvidia.com/gpu': '1',"
            + " 'vpc.amazonaws.com/efa': '1'}}}]",
      })
  void aPodThatAsksForWhatNoOfferSaysStays(String spec) throws IOException {
    ObjectNode pod = bench.read("v1", "Pod", "default", "train").deepCopy();
    pod.withObject("/spec")
        .setAll((ObjectNode) Bench.JSON.readTree("{" + spec.replace('\'', '"') + "}"));
    bench.put(pod.toString());
    assertStays();
  }

  /**
   * Where a budget allows one at a time each dry run passes, and each real one but the first not.
   */
  @Test
  void theQuarterOfAnHourBeginsAnewWithEachPodThatIsEvicted() {
    pod("second", "n1", RESTARTABLE, OWNED, "1H");
    rung(DEAR, "eu-central-1a.g6.12xlarge.on-demand", 4, 1, "");
    lasting();
    later("10M");
    for (int dryRunsAndTheFirst = 0; dryRunsAndTheFirst < 3; dryRunsAndTheFirst++) {
      bench.server.faults().next("create", "pods/eviction", Fault.slow(Duration.ZERO));
    }
    bench.server.faults().always("create", "pods/eviction", Fault.status(429));
    pass.run();
    assertTrue(!runs("second") && runs("train"));
    later("14M");
    pass.run();
    assertTrue(replacing("n1"));
    later("1M");
    pass.run();
    assertTrue(!replacing("n1") && runs("train"));
  }

  /** What was read of pods is some time old; the API server is asked for them as they are. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'karpenter.sh/do-not-disrupt': 'true'}",
        "{'windfall.dev/restartable': 'no'}",
        "{'windfall.dev/restartable': null}"
      })
  void nobodyIsEvictedWhoMayNotBeAnyMore(String annotations) throws IOException {
    passWithPodsAsTheyWere();
    ObjectNode pod = bench.read("v1", "Pod", "default", "train").deepCopy();
    pod.withObject("/metadata/annotations")
        .setAll((ObjectNode) Bench.JSON.readTree(annotations.replace('\'', '"')));
    bench.put(pod.toString());
    pass.run();
    assertTrue(runs("train"));
  }

  @Test
  void nobodyIsEvictedWhomNobodyWouldMakeAnewAnyMore() {
    passWithPodsAsTheyWere();
    ObjectNode pod = bench.read("v1", "Pod", "default", "train").deepCopy();
    pod.withObject("/metadata").remove("ownerReferences");
    bench.put(pod.toString());
    pass.run();
    assertTrue(runs("train"));
  }

  @Test
  void nobodyIsEvictedOnceAnotherPodKeepsTheMachine() {
    passWithPodsAsTheyWere();
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'web', 'namespace': 'default'},
         'spec': {'nodeName': 'n1', 'containers': [{'name': 'c'}]}}
        """);
    pass.run();
    assertTrue(runs("train"));
  }

  private void passWithPodsAsTheyWere() {
    lasting();
    assertTrue(replacing("n1"));
    Map<Key, Pod> old = bench.inputs.pods().get();
    Inputs now = bench.inputs;
    Inputs stale =
        new Inputs(
            now.pools(),
            now.rungs(),
            now.claims(),
            now.retiring(),
            () -> old,
            now.surroundings(),
            now.policies(),
            now.livePolicies(),
            now.book(),
            now.classTroubles(),
            now.synced());
    pass = Passes.of(bench, stale, bench.writes, () -> this.now);
  }

  /** Another clock, or a hand, wrote it. */
  @Test
  void aNodeThatWasBegunWithInTheFutureIsNotEmptied() {
    lasting();
    ObjectNode node = nodeObject("n1").deepCopy();
    node.withObject("/metadata/annotations")
        .put("windfall.dev/replacing", "2036-01-01T00:00:00Z " + CHEAP);
    bench.put(node.toString());
    pass.run();
    assertTrue(!replacing("n1") && runs("train"));
  }

  /** Karpenter makes the claim first, and the rung closes as its limit is used up or it is dear. */
  @Test
  void aRungThatClosesOnceAMachineIsBoughtThereGivesNothingBack() {
    lasting();
    pass.run();
    assertTrue(!runs("train"));
    bench.now = now;
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodeClaim',
         'metadata': {'name': 'bought', 'labels': {'karpenter.sh/nodepool': '%s'}}}
        """
            .formatted(CHEAP));
    rung(CHEAP, "eu-central-1a.g6.xlarge.spot", 1, 80, "too dear");
    pass.run();
    assertTrue(replacing("n1"));
    bench.server.remove("karpenter.sh/v1", "NodeClaim", "", "bought");
    pass.run();
    assertTrue(!replacing("n1"), "there was no capacity");
  }

  @Test
  void aRungThatClosesOnceAllRunAgainGivesNothingBack() {
    lasting();
    pass.run();
    node("n3", CHEAP);
    pod("train-2", "n3", RESTARTABLE, OWNED, "0S");
    rung(CHEAP, "eu-central-1a.g6.xlarge.spot", 1, 80, "too dear");
    pass.run();
    assertTrue(replacing("n1"));
  }

  @Test
  void noOtherIsBegunWithWhileOneIsHalfEmptiedInAPoolThatOnlyObserves() {
    lasting();
    pool(", 'mode': 'Observe'");
    bench.pool(
        "second",
        ", 'onDemandFallback': {'enabled': true}, 'disruption': {'replaceRestartable': true}");
    rung("second", "second-dear-01234567", "eu-central-1a.g6.xlarge.on-demand", 1, 1, "");
    rung("second", "second-cheap-01234567", "eu-central-1a.g6.xlarge.spot", 1, 80, "");
    node("n2", "second-dear-01234567");
    pod("other", "n2", RESTARTABLE, ownedBy("another"), "1H");
    lasting();
    assertTrue(replacing("n1") && !replacing("n2"));

    bench.server.remove("v1", "Pod", "default", "train");
    later("15M");
    pass.run();
    assertTrue(replacing("n2"), bench.events::toString);
  }

  @Test
  void aTaintThatAHandTakesOffEndsIt() {
    lasting();
    ObjectNode node = nodeObject("n1").deepCopy();
    node.withObject("/spec").putArray("taints");
    bench.put(node.toString());
    pass.run();
    assertTrue(!replacing("n1") && runs("train"));
  }

  @Test
  void thePoolThatObservesSaysOnceWhatItWouldDo() {
    pool(", 'mode': 'Observe'");
    lasting();
    pass.run();
    assertEquals(List.of(), bench.server.writes());
    assertEquals(1, events("WouldReplace").size());
    assertTrue(
        events("WouldReplace").getFirst().contains("saves 4.98 USD"), bench.events::toString);
  }

  @Test
  void whoDoesNotLeadEvictsNobody() {
    lasting();
    bench.leading = false;
    pass.run();
    assertTrue(runs("train"));
  }

  @Test
  void nothingIsKnownFromPricesThatAreTooOld() {
    List<Offer> old = new ArrayList<>();
    bench.book.offers().forEach(offer -> old.add(offer.observedAt(now.minusSeconds(3_601))));
    bench.book = Market.book(old.toArray(Offer[]::new));
    assertStays();
  }
}
