package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.OfferKey;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PlayedKarpenterTest {
  private static final OfferKey SMALL = Stage.spot("a", "g6.xlarge");
  private static final OfferKey OTHER = Stage.spot("b", "g5.xlarge");
  private static final OfferKey BIG = Stage.spot("c", "g6.12xlarge");

  private final Stage stage = new Stage();
  private final PlayedKarpenter karpenter =
      new PlayedKarpenter(stage.cluster, Stage.CATALOGUE, stage::now);

  @AfterEach
  void close() {
    stage.close();
  }

  private void put(ObjectNode object) {
    stage.cluster.put(object);
  }

  /** What stands for rented machines, from the moment they are asked for. */
  private List<String> rented() {
    return stage.cluster.nodeClaims().stream()
        .map(claim -> claim.at("/metadata/labels").path("windfall.dev/offer").asText())
        .sorted()
        .toList();
  }

  private List<String> nodes() {
    return List.copyOf(Situation.of(stage.cluster).nodes().keySet());
  }

  private void waiting(String pod, int gpus) {
    put(Stage.refused(Stage.admitted(pod, gpus)));
  }

  /** A machine of a rung, up since now. */
  private String machine(ObjectNode rung) {
    put(rung);
    String node = karpenter.launch(rung);
    stage.pass(Duration.ofSeconds(1));
    karpenter.turn();
    return node;
  }

  @Test
  void theHeaviestRungIsRentedFrom() {
    put(Stage.rung(SMALL, 40));
    put(Stage.rung(OTHER, 90));
    put(Stage.rung(BIG, 60));
    waiting("train", 1);

    karpenter.turn();

    assertEquals(List.of(OTHER.toString()), rented());
  }

  @Test
  void aRungWhoseMachineIsTooSmallIsPassedOver() {
    put(Stage.rung(SMALL, 90));
    put(Stage.rung(BIG, 10));
    waiting("wide", 4);

    karpenter.turn();

    assertEquals(List.of(BIG.toString()), rented());
  }

  @Test
  void podsThatNameTheirMachineGetOneOfThatName() {
    ObjectNode rung = Stage.rung(BIG, 50);
    ((ArrayNode) rung.at("/spec/template/spec/requirements"))
        .addObject()
        .put("key", "windfall.dev/machine")
        .put("operator", "Exists");
    put(rung);
    for (String pod : List.of("one", "two")) {
      put(Stage.refused(Stage.requiring(Stage.admitted(pod, 1), "windfall.dev/machine", "m1")));
    }
    put(Stage.refused(Stage.requiring(Stage.admitted("three", 1), "windfall.dev/machine", "m2")));

    karpenter.turn();

    assertEquals(
        List.of("m1", "m2"),
        stage.cluster.nodeClaims().stream()
            .map(claim -> claim.at("/metadata/labels").path("windfall.dev/machine").asText())
            .sorted()
            .toList());
  }

  @Test
  void aClosedRungIsNeverUsed() {
    put(Stage.limited(Stage.rung(SMALL, 90), "0"));
    waiting("train", 1);

    karpenter.turn();
    assertEquals(List.of(), rented());

    put(Stage.rung(OTHER, 10));
    karpenter.turn();
    assertEquals(List.of(OTHER.toString()), rented());
  }

  @Test
  void aLimitHoldsForAllMachinesOfARungTogether() {
    put(Stage.limited(Stage.rung(SMALL, 90), "2"));
    put(Stage.rung(OTHER, 10));
    for (int pod = 1; pod <= 3; pod++) {
      waiting("train-" + pod, 1);
    }

    karpenter.turn();

    assertEquals(List.of(SMALL.toString(), SMALL.toString(), OTHER.toString()), rented());
  }

  @Test
  void aMachineThatWouldPassTheLimitIsNotRented() {
    put(Stage.limited(Stage.rung(BIG, 90), "3"));
    waiting("train", 1);

    karpenter.turn();

    assertEquals(List.of(), rented());
  }

  @Test
  void aLimitCountsMachinesThatAreThereAlready() {
    ObjectNode rung = Stage.limited(Stage.rung(SMALL, 90), "1");
    String node = machine(rung);
    put(Stage.on(Stage.admitted("job", 1), node, "Running"));
    waiting("train", 1);

    karpenter.turn();

    assertEquals(List.of(SMALL.toString()), rented());
  }

  @Test
  void aPodIsHeldToItsOffers() {
    put(Stage.rung(SMALL, 90));
    put(Stage.rung(OTHER, 10));
    put(Stage.refused(Stage.heldTo(Stage.admitted("train", 1), OTHER, BIG)));

    karpenter.turn();

    assertEquals(List.of(OTHER.toString()), rented());
  }

  @Test
  void aPodThatDoesNotTolerateTheTaintsGetsNoMachine() {
    put(Stage.rung(SMALL, 90));
    ObjectNode pod = Stage.refused(Stage.admitted("stranger", 1));
    pod.withObjectProperty("spec").remove("tolerations");
    put(pod);

    karpenter.turn();

    assertEquals(List.of(), rented());
  }

  /** Its label was known of nodes only, so that such a pod waited for ever. */
  @Test
  void aPodThatSelectsLinuxGetsAMachine() {
    put(Stage.rung(SMALL, 90));
    ObjectNode pod = Stage.refused(Stage.admitted("train", 1));
    pod.withObjectProperty("spec").putObject("nodeSelector").put("kubernetes.io/os", "linux");
    put(pod);

    karpenter.turn();

    assertEquals(List.of(SMALL.toString()), rented());
  }

  @Test
  void aPodThatNoSchedulerHasSeenGetsNoMachine() {
    put(Stage.rung(SMALL, 90));
    put(Stage.admitted("new", 1));

    karpenter.turn();

    assertEquals(List.of(), rented());
  }

  @Test
  void aGatedPodGetsNoMachine() {
    put(Stage.rung(SMALL, 90));
    ObjectNode pod = Stage.refused(Stage.admitted("gated", 1));
    pod.withObjectProperty("spec").putArray("schedulingGates").addObject().put("name", "any");
    put(pod);

    karpenter.turn();

    assertEquals(List.of(), rented());
  }

  @Test
  void aPodThatANodeCanTakeGetsNoMachine() {
    machine(Stage.rung(SMALL, 90));
    waiting("train", 1);

    karpenter.turn();

    assertEquals(List.of(SMALL.toString()), rented());
  }

  @Test
  void podsThatFitOneMachineTogetherGetOneWhileItIsOnItsWay() {
    put(Stage.rung(BIG, 90));
    waiting("one", 1);
    karpenter.turn();
    waiting("two", 2);
    karpenter.turn();
    waiting("three", 1);
    karpenter.turn();
    assertEquals(List.of(BIG.toString()), rented());

    waiting("four", 1);
    karpenter.turn();
    assertEquals(List.of(BIG.toString(), BIG.toString()), rented());
  }

  @Test
  void aMachineOnItsWayIsNotForPodsHeldToOthers() {
    put(Stage.rung(BIG, 90));
    put(Stage.rung(OTHER, 10));
    waiting("one", 1);
    karpenter.turn();
    put(Stage.refused(Stage.heldTo(Stage.admitted("two", 1), OTHER)));

    karpenter.turn();

    assertEquals(List.of(OTHER.toString(), BIG.toString()), rented());
  }

  @Test
  void aPlaceOnAMachineOnItsWayIsFreeAgainWhenItsPodIsGone() {
    put(Stage.rung(SMALL, 90));
    waiting("one", 1);
    karpenter.turn();
    stage.server.remove("v1", "Pod", Cluster.NAMESPACE, "one");
    waiting("two", 1);

    karpenter.turn();

    assertEquals(List.of(SMALL.toString()), rented());
  }

  @Test
  void aMachineComesASecondLater() {
    put(Stage.rung(SMALL, 90));
    waiting("train", 1);
    karpenter.turn();

    stage.pass(Duration.ofMillis(999));
    karpenter.turn();
    assertEquals(List.of(), nodes());

    stage.pass(Duration.ofMillis(1));
    karpenter.turn();
    assertEquals(List.of("g6-xlarge-1a-1"), nodes());
  }

  @Test
  void aNodeIsWhatItsRungPromised() {
    machine(Stage.rung(BIG, 90));
    waiting("wide", 4);
    Situation now = Situation.of(stage.cluster);
    String node = nodes().getFirst();

    assertEquals(List.of(node), now.feasible(stage.seen("wide")));
    assertEquals(BIG, now.offer(node).orElseThrow());
    assertEquals(4, now.gpus(node));
    var labels = Stage.of(now.nodes(), node).at("/metadata/labels");
    assertEquals("eu-central-1c", labels.path("topology.kubernetes.io/zone").asText());
    assertEquals("g6.12xlarge", labels.path("node.kubernetes.io/instance-type").asText());
    assertEquals("linux", labels.path("kubernetes.io/os").asText());
    assertEquals(node, labels.path("kubernetes.io/hostname").asText());
    assertEquals(2, Stage.of(now.nodes(), node).at("/spec/taints").size());
  }

  @Test
  void anEmptyMachineGoesAfterTheRungsTimeAndNotBefore() {
    machine(Stage.consolidatedAfter(Stage.rung(SMALL, 90), "90s"));

    stage.pass(Duration.ofMillis(89_999));
    karpenter.turn();
    assertEquals(1, nodes().size());

    stage.pass(Duration.ofMillis(1));
    karpenter.turn();
    assertEquals(List.of(), nodes());
    assertEquals(List.of(), rented());
  }

  @Test
  void theTimeOfAnEmptyMachineBeginsWhenItsLastPodEnded() {
    String node = machine(Stage.rung(SMALL, 90));
    stage.pass(Duration.ofSeconds(59));
    put(Stage.on(Stage.admitted("job", 1), node, "Running"));
    karpenter.turn();
    put(Stage.on(Stage.admitted("job", 1), node, "Succeeded"));
    karpenter.turn();

    stage.pass(Duration.ofSeconds(59));
    karpenter.turn();
    assertEquals(List.of(node), nodes());

    stage.pass(Duration.ofSeconds(1));
    karpenter.turn();
    assertEquals(List.of(), nodes());
  }

  @Test
  void aMachineWithAPodNeverGoes() {
    String node = machine(Stage.rung(SMALL, 90));
    put(Stage.on(Stage.admitted("job", 1), node, "Running"));

    for (int day = 0; day < 400; day++) {
      stage.pass(Duration.ofDays(1));
      karpenter.turn();
    }

    assertEquals(List.of(node), nodes());
  }

  /** With "0s" it went in the turn in which it came, and the pod waited for the next one. */
  @Test
  void aMachineThatAPodIsAboutToTakeStays() {
    put(Stage.consolidatedAfter(Stage.rung(SMALL, 90), "0s"));
    waiting("train", 1);
    karpenter.turn();
    stage.pass(Duration.ofSeconds(1));

    karpenter.turn();

    assertEquals(List.of("g6-xlarge-1a-1"), nodes());
  }

  @Test
  void aTimeThatWindfallDoesNotWriteNeverComes() {
    machine(Stage.consolidatedAfter(Stage.rung(SMALL, 90), "Never"));

    stage.pass(Duration.ofHours(23));
    karpenter.turn();

    assertEquals(1, nodes().size());
  }

  /** It ended the demo. */
  @Test
  void anEmptyMachineWhoseNodeClaimSomebodyDeletedGoesAsWell() {
    String node = machine(Stage.rung(SMALL, 90));
    stage.server.remove(Cluster.KARPENTER, "NodeClaim", "", node);
    stage.pass(Duration.ofSeconds(60));

    karpenter.turn();

    assertEquals(List.of(), nodes());
  }

  @Test
  void aNodeThatIsNotKarpentersStays() {
    put(Stage.node("own", 1));
    karpenter.turn();
    stage.pass(Duration.ofDays(400));

    karpenter.turn();

    assertEquals(List.of("own"), nodes());
  }

  @Test
  void aNodePoolThatIsNotWindfallsIsIgnored() {
    ObjectNode theirs = Stage.rung(SMALL, 100);
    theirs.withObject("/spec/template/metadata/labels").remove("windfall.dev/offer");
    put(theirs);
    waiting("train", 1);

    karpenter.turn();

    assertEquals(List.of(), rented());
  }

  @Test
  void aRungOfAnOfferThatTheMarketDoesNotHaveIsIgnored() {
    put(Stage.rung(Stage.spot("z", "g6.xlarge"), 100));
    put(Stage.rung(SMALL, 10));
    waiting("train", 1);

    karpenter.turn();

    assertEquals(List.of(SMALL.toString()), rented());
  }
}
