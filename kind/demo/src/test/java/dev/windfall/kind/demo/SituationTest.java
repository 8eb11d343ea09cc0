package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.demo.Situation.Seen;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class SituationTest {
  private final Stage stage = new Stage();

  @AfterEach
  void close() {
    stage.close();
  }

  private Situation now() {
    return Situation.of(stage.cluster);
  }

  private void put(ObjectNode object) {
    stage.cluster.put(object);
  }

  @Test
  void gpusOfPodsThatEndedAreFree() {
    put(Stage.node("big", 8));
    put(Stage.on(Stage.admitted("runs", 1), "big", "Running"));
    put(Stage.on(Stage.admitted("done", 2), "big", "Succeeded"));
    put(Stage.on(Stage.admitted("broke", 4), "big", "Failed"));

    assertEquals(7, now().free("big"));
  }

  @Test
  void aPodThatWasBoundAndHasNotStartedHoldsItsGpus() {
    put(Stage.node("big", 8));
    put(Stage.on(Stage.admitted("starts", 3), "big", "Pending"));

    assertEquals(5, now().free("big"));
  }

  @Test
  void aNodeThatIsNotThereHasNoGpus() {
    assertEquals(0, now().gpus("gone"));
  }

  @Test
  void onlyNodesWithEnoughFreeGpusAreFeasible() {
    put(Stage.node("a", 4));
    put(Stage.node("b", 4));
    put(Stage.node("c", 2));
    put(Stage.on(Stage.admitted("job", 2), "b", "Running"));
    put(Stage.admitted("wide", 3));

    assertEquals(List.of("a"), now().feasible(stage.seen("wide")));
  }

  @Test
  void aNodeWhoseTaintIsNotToleratedIsNotFeasible() {
    ObjectNode kept = Stage.node("kept", 1);
    kept.withObjectProperty("spec")
        .putArray("taints")
        .addObject()
        .put("key", "team")
        .put("effect", "NoSchedule");
    put(kept);
    put(Stage.node("open", 1));
    put(Stage.admitted("train", 1));

    assertEquals(List.of("open"), now().feasible(stage.seen("train")));
  }

  @Test
  void onlyAPodThatASchedulerMayPlaceIsPending() {
    put(Stage.admitted("new", 1));
    put(Stage.refused(Stage.admitted("refused", 1)));
    ObjectNode gated = Stage.admitted("gated", 1);
    gated.withObjectProperty("spec").putArray("schedulingGates").addObject().put("name", "any");
    put(gated);
    put(Stage.on(Stage.admitted("bound", 1), "node", "Running"));
    ObjectNode ended = Stage.admitted("ended", 1);
    ended.withObjectProperty("status").put("phase", "Failed");
    put(ended);
    ObjectNode leaving = Stage.admitted("leaving", 1);
    leaving.withObjectProperty("metadata").putArray("finalizers").add("example.com/hold");
    put(leaving);
    stage.server.remove("v1", "Pod", Cluster.NAMESPACE, "leaving");

    assertEquals(
        List.of("new", "refused"),
        now().pods().stream().filter(Seen::pending).map(Seen::name).toList());
  }

  @Test
  void podsAreInTheOrderInWhichTheyCameAndThenByName() {
    put(Stage.admitted("z", 1));
    stage.pass(Duration.ofSeconds(1));
    put(Stage.admitted("b", 1));
    put(Stage.admitted("a", 1));

    assertEquals(List.of("z", "a", "b"), now().pods().stream().map(Seen::name).toList());
  }

  @Test
  void whatANodeWasRentedAsIsItsLabel() {
    ObjectNode node = Stage.node("rented", 1);
    node.withObject("/metadata/labels").put("windfall.dev/offer", "eu-central-1a.g6.xlarge.spot");
    put(node);
    put(Stage.node("own", 1));

    assertEquals(Optional.of(Stage.spot("a", "g6.xlarge")), now().offer("rented"));
    assertEquals(Optional.empty(), now().offer("own"));
    assertEquals(Optional.empty(), now().offer("gone"));
  }

  @Test
  void aPodOfTheSameNameIsAnotherPod() {
    put(Stage.node("a", 1));
    put(Stage.on(Stage.admitted("job", 1), "a", "Running"));
    Map<String, String> before = now().running();
    stage.server.remove("v1", "Pod", Cluster.NAMESPACE, "job");
    put(Stage.on(Stage.admitted("job", 1), "a", "Running"));

    assertTrue(before.containsValue("a"));
    assertFalse(before.equals(now().running()));
  }
}
