package dev.windfall.reconciler.leftover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.kind.local.Fault;
import dev.windfall.policies.LeftoverConfig;
import dev.windfall.policies.LeftoverNodePool;
import dev.windfall.policies.SpotPool.Mode;
import dev.windfall.reconciler.Market;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** The SpotPools that are kept for LeftoverNodePools. */
class LeftoversTest {
  private final Stage stage = new Stage();

  @AfterEach
  void close() {
    stage.close();
  }

  @Test
  void aSpotPoolIsMadeOfOneAndHeldFirst() {
    stage.apply("gpu");
    stage.pass();

    assertEquals(List.of("patch leftovernodepools", "create spotpools"), stage.written());
    assertEquals("gpu", stage.spec("leftover-gpu").at("/nodeClassRef/name").asText());
    assertEquals(
        "[\"windfall.dev/spotpool\"]",
        stage.leftover("gpu").orElseThrow().at("/metadata/finalizers").toString());
    assertEquals(
        List.of("gpu SpotPoolCreated: SpotPool leftover-gpu is made of it"), stage.bench.events);
  }

  @Test
  void whereNothingChangedNothingIsWritten() {
    stage.apply("gpu");
    stage.settle();
    stage.open("leftover-gpu", "eu-central-1a.g6.xlarge.spot");
    stage.settle();
    stage.bench.server.forgetRequests();
    stage.pass();

    assertEquals(List.of(), stage.written());
  }

  @Test
  void anEditIsFollowedByAPatchOfWhatDiffers() {
    stage.apply("gpu");
    stage.settle();
    stage.bench.server.forgetRequests();
    stage.apply("gpu", ", 'nodeClassName': 'gpu', 'maxZones': 3");
    stage.settle();

    assertEquals(
        "{\"maxZones\":3}",
        stage
            .bench
            .server
            .requests("patch", "spotpools")
            .getFirst()
            .body()
            .path("spec")
            .toString());
    assertEquals(3, stage.spec("leftover-gpu").path("maxZones").asInt());
  }

  @Test
  void whatAHandMadeOfTheSpotPoolIsPutRightAndSaid() {
    stage.apply("gpu");
    stage.settle();
    stage.bench.events.clear();
    assertTrue(
        stage.bench.server.change(
            "windfall.dev/v1alpha1",
            "SpotPool",
            "",
            "leftover-gpu",
            pool -> {
              pool.withObject("/spec").put("maxPricePerGpu", "0.10").put("maxZones", 9);
              return pool;
            }));
    stage.settle();

    assertFalse(stage.spec("leftover-gpu").has("maxPricePerGpu"));
    assertEquals(2, stage.spec("leftover-gpu").path("maxZones").asInt());
    assertEquals(
        List.of(
            "gpu SpotPoolChanged: SpotPool leftover-gpu is what it comes to again: maxPricePerGpu,"
                + " maxZones"),
        stage.bench.events);
  }

  @Test
  void aSpotPoolOfThatNameThatIsSomebodyElsesIsLeftAndReported() {
    stage.bench.pool("leftover-gpu", ", 'maxZones': 9");
    stage.apply("gpu");
    stage.settle();

    assertEquals(9, stage.spec("leftover-gpu").path("maxZones").asInt());
    assertEquals(
        "False ApplyNodePoolError: a SpotPool leftover-gpu is there that was not made for it, so it"
            + " is left alone; delete that, or give this one another name",
        stage.condition("gpu", "Ready"));
    assertEquals(1, stage.bench.events.size(), stage.bench.events.toString());
  }

  @Test
  void deletingOneDeletesItsSpotPoolAndWaitsForThat() {
    stage.apply("gpu");
    stage.settle();
    hold("leftover-gpu");
    delete("gpu");
    stage.settle();

    assertTrue(stage.pool("leftover-gpu").orElseThrow().path("metadata").has("deletionTimestamp"));
    assertTrue(stage.leftover("gpu").isPresent());
    assertTrue(
        stage.condition("gpu", "Ready").startsWith("False Deleting: its SpotPool leftover-gpu"),
        stage.condition("gpu", "Ready"));

    release("leftover-gpu");
    stage.settle();
    assertTrue(stage.leftover("gpu").isEmpty());
  }

  @Test
  void whoeverGivesItsNodesUpGivesUpThoseOfTheSpotPool() {
    stage.apply("gpu");
    stage.settle();
    hold("leftover-gpu");
    stage.bench.server.change(
        "gpu.devplatforms.io/v1alpha1",
        "LeftoverNodePool",
        "",
        "gpu",
        object -> {
          object.withObject("/metadata/annotations").put("windfall.dev/force-delete", "true");
          return object;
        });
    delete("gpu");
    stage.settle();

    assertEquals(
        "true",
        stage
            .pool("leftover-gpu")
            .orElseThrow()
            .at("/metadata/annotations/windfall.dev~1force-delete")
            .asText());
  }

  @Test
  void aSpotPoolThatSomebodyDeletesIsMadeAgainWhenItIsGone() {
    stage.apply("gpu");
    stage.settle();
    hold("leftover-gpu");
    stage.bench.server.remove("windfall.dev/v1alpha1", "SpotPool", "", "leftover-gpu");
    stage.settle();
    assertEquals(
        "False ApplyNodePoolError: SpotPool leftover-gpu is being deleted; it is made again when it"
            + " is gone",
        stage.condition("gpu", "Ready"));

    release("leftover-gpu");
    stage.settle();
    assertFalse(stage.pool("leftover-gpu").orElseThrow().path("metadata").has("deletionTimestamp"));
  }

  @Test
  void whoObservesWritesNothingOnIt() {
    stage.configured(Stage.CONFIG.in(Mode.OBSERVE));
    stage.apply("gpu", ", 'nodeClassName': 'gpu', 'requeueMinutes': 3");
    stage.settle();
    stage.open("leftover-gpu");
    stage.settle();
    stage.pass();

    assertEquals(List.of("create spotpools"), stage.written());
    assertEquals("Observe", stage.spec("leftover-gpu").path("mode").asText());
    assertEquals(
        List.of(
            "gpu SpotPoolCreated: SpotPool leftover-gpu is made of it",
            "gpu NoEffect: requeueMinutes 3 has no effect: prices are read as often as"
                + " market.sources in windfall.yaml says"),
        stage.bench.events);
  }

  @Test
  void itsAnnotationStandsAboveTheConfiguration() {
    stage.configured(Stage.CONFIG.in(Mode.OBSERVE));
    stage.apply("a", ", 'annotations': {'windfall.dev/mode': 'Act'}", ", 'nodeClassName': 'gpu'");
    stage.apply("b");
    stage.settle();

    assertEquals("Act", stage.spec("leftover-a").path("mode").asText());
    assertEquals("Observe", stage.spec("leftover-b").path("mode").asText());
  }

  /** Nobody knows whether somebody else writes to it. */
  @Test
  void underAModeThatCannotBeReadItIsOnlyObserved() {
    stage.apply("gpu", ", 'annotations': {'windfall.dev/mode': 'act'}", ", 'nodeClassName': 'gpu'");
    stage.settle();
    stage.pass();

    assertEquals(List.of("create spotpools"), stage.written());
    assertEquals("Observe", stage.spec("leftover-gpu").path("mode").asText());
    stage.open("leftover-gpu");
    stage.pass();
    assertTrue(
        stage.bench.events.contains(
            "gpu NoEffect: annotation windfall.dev/mode \"act\" counts as Observe, for it is"
                + " neither Act nor Observe"),
        stage.bench.events.toString());
  }

  @Test
  void whatIsGoneWithoutWaitingLeavesNoSpotPool() {
    stage.configured(Stage.CONFIG.in(Mode.OBSERVE));
    stage.apply("gpu");
    stage.bench.pool("mine", "");
    stage.settle();
    stage.bench.server.remove("gpu.devplatforms.io/v1alpha1", "LeftoverNodePool", "", "gpu");
    stage.settle();

    assertTrue(stage.pool("leftover-gpu").isEmpty());
    assertTrue(stage.pool("mine").isPresent());
  }

  /** Kubernetes would delete that NodePool, and Karpenter drain what trains there. */
  @Test
  void oneWhoseOwnNodePoolWouldGoWithItStaysUntilThatIsFreed() {
    stage.apply("gpu");
    stage.settle();
    nodePool("gpu", stage.leftover("gpu").orElseThrow().at("/metadata/uid").asText());
    delete("gpu");
    stage.settle();
    stage.pass();

    assertTrue(stage.pool("leftover-gpu").isEmpty());
    assertEquals(
        "False Deleting: its SpotPool leftover-gpu is gone\n"
            + "it stays until NodePool leftover-gpu names it as owner no longer, for Kubernetes"
            + " would delete that with it, and Karpenter drain its nodes: kubectl patch nodepool"
            + " leftover-gpu --type=json -p '[{\"op\": \"remove\", \"path\":"
            + " \"/metadata/ownerReferences\"}]'",
        stage.condition("gpu", "Ready"));

    nodePool("gpu", "somebody-elses");
    stage.settle();
    assertTrue(stage.leftover("gpu").isEmpty());
  }

  @Test
  void whoeverGivesItsNodesUpDoesNotWaitForThat() {
    stage.apply(
        "gpu",
        ", 'annotations': {'windfall.dev/force-delete': 'true'}",
        ", 'nodeClassName': 'gpu'");
    stage.settle();
    nodePool("gpu", stage.leftover("gpu").orElseThrow().at("/metadata/uid").asText());
    delete("gpu");
    stage.settle();

    assertTrue(stage.leftover("gpu").isEmpty());
  }

  /** What a deleted one waits for is no secret where it is a refusal. */
  @Test
  void whatIsRefusedWhileItGoesIsTold() {
    stage.apply("gpu");
    stage.settle();
    stage.bench.server.faults().next("delete", "spotpools", Fault.status(403));
    delete("gpu");
    stage.pass();

    assertTrue(
        stage.condition("gpu", "Ready").contains("\ndeleting spotpool leftover-gpu: 403"),
        stage.condition("gpu", "Ready"));
  }

  private void nodePool(String name, String owner) {
    stage.bench.put(
        "{'apiVersion': 'karpenter.sh/v1', 'kind': 'NodePool', 'metadata': {'name': 'leftover-%s', 'ownerReferences': [{'apiVersion': 'gpu.devplatforms.io/v1alpha1', 'kind': 'LeftoverNodePool', 'name': '%s', 'uid': '%s'}]}, 'spec': {}}"
            .formatted(name, name, owner));
  }

  /** Such as {@code kubectl get -o yaml} saves, with another name. */
  @Test
  void aCopyThatSomebodyKeepsUnderAnotherNameIsTheirsWhateverItsLabel() {
    stage.apply("gpu");
    stage.settle();
    copy("mine", "gpu");
    stage.settle();
    delete("gpu");
    stage.settle();

    assertTrue(stage.pool("leftover-gpu").isEmpty());
    assertTrue(stage.pool("mine").isPresent());
  }

  @Test
  void aNameTooLongForALabelIsKnownByThatOfItsSpotPool() {
    String name = LeftoverNodePool.poolName("a".repeat(64));
    copy(name, name);
    stage.settle();

    assertTrue(stage.pool(name).isEmpty());
  }

  private void copy(String name, String label) {
    stage.bench.put(
        "{'apiVersion': 'windfall.dev/v1alpha1', 'kind': 'SpotPool', 'metadata': {'name': '%s', 'labels': {'windfall.dev/leftover': '%s'}}, 'spec': {}}"
            .formatted(name, label));
  }

  /** While the API server loads definitions, or the kind was deleted. */
  @Test
  void whereTheKindIsNotServedNothingCountsAsGone() {
    stage.bench.put(
        "{'apiVersion': 'windfall.dev/v1alpha1', 'kind': 'SpotPool', 'metadata': {'name':"
            + " 'leftover-gpu', 'labels': {'windfall.dev/leftover': 'gpu'}}, 'spec': {}}");
    stage.pass();
    assertTrue(stage.pool("leftover-gpu").isEmpty(), "gone, where it is served");

    stage.bench.put(
        "{'apiVersion': 'windfall.dev/v1alpha1', 'kind': 'SpotPool', 'metadata': {'name':"
            + " 'leftover-gpu', 'labels': {'windfall.dev/leftover': 'gpu'}}, 'spec': {}}");
    View behind =
        View.of(
            List.of(),
            stage.bench.inputs.pools().get().values(),
            NodeClasses.UNASKED,
            LeftoverConfig.DEFAULT,
            Market.book(),
            Market.NOW);
    stage.bench.server.faults().always("list", "leftovernodepools", Fault.status(404));
    new Applier(stage.bench.writes, stage.bench.recorder, stage.bench.metrics)
        .act(Planner.plan(behind, List.of()));
    assertTrue(stage.pool("leftover-gpu").isPresent());
  }

  @Test
  void whoDoesNotKnowOneYetDoesNotTakeItsSpotPoolForLeftBehind() {
    stage.apply("gpu");
    stage.settle();
    View behind =
        View.of(
            List.of(),
            stage.bench.inputs.pools().get().values(),
            NodeClasses.UNASKED,
            LeftoverConfig.DEFAULT,
            Market.book(),
            Market.NOW);
    new Applier(stage.bench.writes, stage.bench.recorder, stage.bench.metrics)
        .act(Planner.plan(behind, List.of()));

    assertTrue(stage.pool("leftover-gpu").isPresent());
  }

  @Test
  void nothingIsDoneBeforeTheyWereListedNorByWhoDoesNotLead() {
    stage.apply("gpu");
    stage.known = false;
    stage.pass();
    stage.known = true;
    stage.bench.leading = false;
    stage.pass();

    assertEquals(List.of(), stage.written());
  }

  @Test
  void aSelectorMustMeanOneNodeClass() {
    nodeClass("a", "research");
    stage.apply("gpu", ", 'nodeClassSelector': {'team': 'research'}");
    stage.settle();
    assertEquals("a", stage.spec("leftover-gpu").at("/nodeClassRef/name").asText());

    nodeClass("b", "research");
    stage.settle();
    assertEquals("a", stage.spec("leftover-gpu").at("/nodeClassRef/name").asText());
    assertEquals(
        "False InvalidSpec: nodeClassSelector {team=research} matches a, b; it must match one, so"
            + " label only that, or name it by nodeClassName\nits SpotPool stays as it is",
        stage.condition("gpu", "Ready"));

    nodeClass("a", "other");
    stage.settle();
    assertEquals("b", stage.spec("leftover-gpu").at("/nodeClassRef/name").asText());

    nodeClass("b", "other");
    stage.settle();
    assertTrue(
        stage.condition("gpu", "Ready").contains("matches no EC2NodeClass"),
        stage.condition("gpu", "Ready"));
  }

  @Test
  void nodeClassesAreLookedAtOnlyWhereSomebodySelectsOne() {
    stage.apply("gpu");
    stage.settle();

    assertEquals(List.of(), stage.bench.server.requests("list", "ec2nodeclasses"));
  }

  @Test
  void withoutTheRightToLookTheStatusSaysSo() {
    stage.bench.server.faults().always("list", "ec2nodeclasses", Fault.status(403));
    stage.apply("gpu", ", 'nodeClassSelector': {'team': 'research'}");
    stage.settle();

    assertTrue(
        stage
            .condition("gpu", "Ready")
            .startsWith("False InvalidSpec: nodeClassSelector cannot be held against"),
        stage.condition("gpu", "Ready"));
  }

  @Test
  void withTagsAloneItSaysWhatIsMissing() {
    stage.configured(LeftoverConfig.DEFAULT);
    stage.apply(
        "gpu", ", 'subnetSelectorTags': {'a': 'b'}, 'securityGroupSelectorTags': {'a': 'b'}");
    stage.settle();

    assertTrue(stage.pool("leftover-gpu").isEmpty());
    assertEquals(" : ", stage.condition("gpu", "FullyApplied"), "nobody can tell");
    assertTrue(
        stage
            .condition("gpu", "Ready")
            .startsWith("False InvalidSpec: its tags alone make no node"),
        stage.condition("gpu", "Ready"));
  }

  @Test
  void withTagsTheNodeClassIsWindfallsToMake() {
    stage.apply(
        "gpu", ", 'subnetSelectorTags': {'a': 'b'}, 'securityGroupSelectorTags': {'c': 'd'}");
    stage.settle();

    assertEquals(
        "{\"role\":\"gpu-nodes\",\"amiAlias\":\"al2023@v20260101\",\"subnetSelectorTags\":{\"a\":\"b\"},\"securityGroupSelectorTags\":{\"c\":\"d\"}}",
        stage.spec("leftover-gpu").path("nodeClass").toString());
  }

  @Test
  void aRefusedSpotPoolIsToldAndKeepsNoOtherWaiting() {
    stage.bench.server.faults().next("create", "spotpools", Fault.status(403));
    stage.apply("a");
    stage.apply("b");
    stage.pass();
    stage.bench.server.faults().next("create", "spotpools", Fault.status(403));
    stage.pass();

    assertTrue(stage.pool("leftover-b").isPresent());
    assertTrue(
        stage.condition("a", "Ready").startsWith("False ApplyNodePoolError: creating spotpool"),
        stage.condition("a", "Ready"));
  }

  /** Leftover's webhooks are still registered, and nobody answers them. */
  @Test
  void whatAWebhookThatNobodyServesKeepsFromBeingHeldBuysNothing() {
    stage
        .bench
        .server
        .faults()
        .always(
            "patch",
            "leftovernodepools",
            Fault.status(500)
                .saying("InternalError", "Internal error occurred: failed calling webhook"));
    stage.apply("gpu");
    stage.pass();
    assertTrue(stage.pool("leftover-gpu").isEmpty());

    LiveLeftover live = LiveLeftover.of(stage.leftover("gpu").orElseThrow());
    Applier.Outcome outcome =
        new Applier(stage.bench.writes, stage.bench.recorder, stage.bench.metrics)
            .act(List.of(new Action.Hold(live, "")));
    assertTrue(
        outcome.refused().getOrDefault("gpu", "").contains("failed calling webhook"),
        outcome.refused().toString());
  }

  /** Leftover wrote what was wrong into its status and came back after requeueMinutes. */
  @Test
  void whatWasRefusedIsTriedAgainWithTheNextPass() {
    stage.bench.server.faults().next("create", "spotpools", Fault.status(403));
    stage.apply("gpu", ", 'nodeClassName': 'gpu', 'requeueMinutes': 600");
    stage.pass();
    assertTrue(stage.pool("leftover-gpu").isEmpty());
    stage.pass();

    assertTrue(stage.pool("leftover-gpu").isPresent());
  }

  private void nodeClass(String name, String team) {
    stage.bench.put(
        "{'apiVersion': 'karpenter.k8s.aws/v1', 'kind': 'EC2NodeClass', 'metadata': {'name': '%s', 'labels': {'team': '%s'}}}"
            .formatted(name, team));
  }

  /** As the rungs' loop does. */
  private void hold(String pool) {
    finalizers(pool, "windfall.dev/rungs");
  }

  private void release(String pool) {
    finalizers(pool);
  }

  private void finalizers(String pool, String... finalizers) {
    stage.bench.server.change(
        "windfall.dev/v1alpha1",
        "SpotPool",
        "",
        pool,
        object -> {
          var array = object.withObject("/metadata").putArray("finalizers");
          List.of(finalizers).forEach(array::add);
          return object;
        });
  }

  private void delete(String name) {
    stage.bench.server.remove("gpu.devplatforms.io/v1alpha1", "LeftoverNodePool", "", name);
  }
}
