package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.demo.PlayedScheduler.Decision;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PlayedSchedulerTest {
  private final Stage stage = new Stage();
  private final FakeExtender extender = new FakeExtender();
  private final PlayedScheduler scheduler =
      new PlayedScheduler(stage.cluster, new Extender(extender.uri(), stage.http), stage::now);

  @BeforeEach
  void threeNodes() {
    for (String name : List.of("a", "b", "c")) {
      stage.cluster.put(Stage.node(name, 1));
    }
  }

  @AfterEach
  void close() {
    extender.close();
    stage.close();
  }

  private String nodeOf(String pod) {
    return stage.seen(pod).pod().nodeName();
  }

  private String version(String pod) {
    return stage.seen(pod).object().at("/metadata/resourceVersion").asText();
  }

  private JsonNode lease() {
    return stage
        .server
        .read("coordination.k8s.io/v1", "Lease", "windfall-system", PlayedScheduler.NAME)
        .orElseThrow();
  }

  @Test
  void theBestScoreWins() throws Exception {
    extender.scores(Map.of("a", 3, "b", 9, "c", 8));
    stage.cluster.put(Stage.admitted("train", 1));

    scheduler.turn();

    assertEquals("b", nodeOf("train"));
    assertTrue(stage.seen("train").running());
    assertEquals("Running", stage.seen("train").pod().phase());
  }

  @Test
  void ofEqualScoresTheFirstByNameWins() throws Exception {
    extender.scores(Map.of("a", 3, "b", 9, "c", 9));
    stage.cluster.put(Stage.admitted("train", 1));

    scheduler.turn();

    assertEquals("b", nodeOf("train"));
  }

  @Test
  void aNodeThatIsNotInTheAnswerCountsAsZero() throws Exception {
    extender.scores(Map.of("b", 1));
    stage.cluster.put(Stage.admitted("train", 1));

    scheduler.turn();

    assertEquals("b", nodeOf("train"));
  }

  @Test
  void theExtenderIsAskedAsKubeSchedulerAsks() throws Exception {
    stage.cluster.put(Stage.on(Stage.admitted("job", 1), "b", "Running"));
    stage.cluster.put(Stage.admitted("train", 1));

    scheduler.turn();

    assertEquals(1, extender.asked().size());
    JsonNode asked = extender.asked().getFirst();
    assertEquals("train", asked.at("/Pod/metadata/name").asText());
    assertTrue(asked.path("Nodes").isNull());
    assertEquals(List.of("a", "c"), Stage.texts(asked.path("NodeNames")));
  }

  @Test
  void aDecisionCanBeLookedUpUntilThePodIsGone() throws Exception {
    extender.scores(Map.of("a", 3, "b", 9));
    stage.cluster.put(Stage.admitted("train", 1));
    assertEquals(Optional.empty(), scheduler.decision("train"));

    scheduler.turn();
    assertEquals(
        Optional.of(new Decision(List.of("a", "b", "c"), Map.of("a", 3, "b", 9), "b")),
        scheduler.decision("train"));

    stage.server.remove("v1", "Pod", Cluster.NAMESPACE, "train");
    scheduler.turn();
    assertEquals(Optional.empty(), scheduler.decision("train"));
  }

  @Test
  void forAPodOfTheDefaultSchedulerNobodyIsAsked() throws Exception {
    extender.scores(Map.of("b", 9));
    ObjectNode pod = Stage.admitted("plain", 1);
    pod.withObjectProperty("spec").remove("schedulerName");
    stage.cluster.put(pod);

    scheduler.turn();

    assertEquals("a", nodeOf("plain"));
    assertEquals(List.of(), extender.asked());
  }

  @Test
  void whereOneNodeFitsNobodyIsAsked() throws Exception {
    stage.cluster.put(Stage.node("big", 4));
    stage.cluster.put(Stage.admitted("wide", 4));

    scheduler.turn();

    assertEquals("big", nodeOf("wide"));
    assertEquals(List.of(), extender.asked());
  }

  @Test
  void whatOnePodTookIsNotFreeForTheNext() throws Exception {
    extender.scores(Map.of("c", 9));
    stage.cluster.put(Stage.admitted("first", 1));
    stage.cluster.put(Stage.admitted("second", 1));

    scheduler.turn();

    assertEquals("c", nodeOf("first"));
    assertEquals("a", nodeOf("second"));
  }

  @Test
  void aGatedPodWaits() throws Exception {
    ObjectNode pod = Stage.admitted("gated", 1);
    pod.withObjectProperty("spec").putArray("schedulingGates").addObject().put("name", "any");
    stage.cluster.put(pod);
    String before = version("gated");

    scheduler.turn();

    assertEquals(before, version("gated"));
    assertEquals(List.of(), extender.asked());
  }

  @Test
  void aPodThatFitsNowhereIsMarkedUnschedulableOnce() throws Exception {
    stage.cluster.put(Stage.admitted("wide", 4));

    scheduler.turn();

    assertTrue(stage.seen("wide").pod().unschedulable());
    assertEquals(
        "0/3 nodes are available",
        stage.seen("wide").object().at("/status/conditions/0/message").asText());
    String marked = version("wide");
    stage.pass(Duration.ofMinutes(1));
    scheduler.turn();
    assertEquals(marked, version("wide"));
  }

  @Test
  void aPodThatFitNowhereRunsOnceThereIsANode() throws Exception {
    stage.cluster.put(Stage.admitted("wide", 4));
    scheduler.turn();
    stage.cluster.put(Stage.node("big", 4));

    scheduler.turn();

    assertEquals("big", nodeOf("wide"));
    assertFalse(stage.seen("wide").pod().unschedulable());
  }

  @Test
  void onePodThatFitsNowhereHoldsNobodyUp() throws Exception {
    stage.cluster.put(Stage.admitted("awide", 4));
    stage.cluster.put(Stage.admitted("small", 1));

    scheduler.turn();

    assertEquals("a", nodeOf("small"));
  }

  @Test
  void gpusOfAPodThatEndedAreGivenToTheNext() throws Exception {
    stage.cluster.put(Stage.on(Stage.admitted("one", 1), "a", "Running"));
    stage.cluster.put(Stage.on(Stage.admitted("two", 1), "b", "Running"));
    stage.cluster.put(Stage.on(Stage.admitted("three", 1), "c", "Succeeded"));
    stage.cluster.put(Stage.admitted("next", 1));

    scheduler.turn();

    assertEquals("c", nodeOf("next"));
  }

  @Test
  void theLeaseIsFreshFromTheFirstTurnOn() throws Exception {
    scheduler.turn();

    assertEquals(stage.now().toString(), lease().at("/spec/renewTime").asText());
    assertEquals(15, lease().at("/spec/leaseDurationSeconds").asInt());
  }

  @Test
  void theLeaseIsRenewedOnlyWhenDue() throws Exception {
    scheduler.turn();
    JsonNode first = lease();

    stage.pass(Duration.ofMillis(1_999));
    scheduler.turn();
    assertEquals(first, lease());

    stage.pass(Duration.ofMillis(1));
    scheduler.turn();
    assertEquals(stage.now().toString(), lease().at("/spec/renewTime").asText());
  }

  @Test
  void anExtenderThatDoesNotAnswerIsNamed() {
    extender.close();
    stage.cluster.put(Stage.admitted("train", 1));

    DemoException said = assertThrows(DemoException.class, scheduler::turn);

    assertTrue(
        String.valueOf(said.getMessage())
            .startsWith("asking the extender at " + extender.uri() + "/scheduler/prioritize: "),
        said.getMessage());
  }
}
