package dev.windfall.extender;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.extender.Bindings.Binding;
import dev.windfall.extender.Bindings.Change;
import dev.windfall.market.Node;
import dev.windfall.policies.Pod;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.Test;

class BindingsTest {
  private static final String BOUND =
      "'nodeName':'%s'},'status':{'conditions':[{'type':'PodScheduled','status':'True'}]},'spec':{";
  private static final Binding UNASKED = new Binding("second", false);
  private static final Binding ASKED = new Binding("second", true);

  private final List<Node> nodes = new ArrayList<>();
  private final Set<String> asked = new HashSet<>();
  private final List<Pod> there = new ArrayList<>();

  private Bindings bindings() {
    return new Bindings(there, asked::contains);
  }

  private static JsonParser parser(String json) throws IOException {
    JsonParser parser = new JsonFactory().createParser(json.replace('\'', '"'));
    parser.nextToken();
    return parser;
  }

  private void node(String name, int gpus, String taints) {
    try {
      nodes.add(
          Node.read(
              parser(
                  """
                  {'metadata':{'name':'%s','labels':{'windfall.dev/offer':'a.g6.xlarge.spot'}},
                   'spec':{'taints':[%s]},'status':{'allocatable':{'nvidia.com/gpu':'%d'}}}
                  """
                      .formatted(name, taints, gpus))));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Pod pod(String name, int gpus, String more) {
    try {
      return Pod.read(
          parser(
              """
              {'metadata':{'name':'%1$s','uid':'%1$s'},'spec':{'schedulerName':'second',%3$s
               'containers':[{'resources':{'limits':{'nvidia.com/gpu':'%2$d'}}}]}}
              """
                  .formatted(name, gpus, more)));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static Pod waiting(String name, int gpus) {
    return pod(name, gpus, "");
  }

  private static Pod on(String node, String name, int gpus) {
    return pod(name, gpus, "'nodeName':'" + node + "',");
  }

  /** As the API server writes a pod that a scheduler binds. */
  private static Pod boundTo(String node, String name, int gpus) {
    return pod(name, gpus, BOUND.formatted(node));
  }

  private static Change bound(String node, String name, int gpus) {
    return new Change(waiting(name, gpus), boundTo(node, name, gpus));
  }

  private List<Binding> follow(Bindings bindings, Change... changes) {
    return bindings.follow(List.of(changes), nodes);
  }

  @Test
  void aPodThatWasBoundBesideAFreeNodeOfTheSameKindHadAChoice() {
    node("one", 1, "");
    node("two", 1, "");

    assertEquals(List.of(UNASKED), follow(bindings(), bound("one", "p", 1)));
  }

  @Test
  void whatWasAskedAboutHadAChoiceWhateverIsSeenHere() {
    node("one", 1, "");
    asked.add("p");

    assertEquals(List.of(ASKED), follow(bindings(), bound("one", "p", 1)));
    assertEquals(
        List.of(ASKED),
        follow(bindings(), new Change(null, on("one", "p", 1))),
        "seen bound first");
  }

  @Test
  void aPodThatIsFirstSeenWhenItIsBoundIsJudgedAsWell() {
    node("one", 1, "");
    node("two", 1, "");

    assertEquals(List.of(UNASKED), follow(bindings(), new Change(null, boundTo("one", "p", 1))));
  }

  @Test
  void aNodeOfAnotherKindIsNoChoice() {
    node("one", 1, "");
    node("tainted", 1, "{'key':'k','effect':'NoSchedule'}");
    node("larger", 2, "");

    assertEquals(List.of(), follow(bindings(), bound("one", "p", 1)));
  }

  @Test
  void aNodeWithoutRoomIsNoChoice() {
    node("one", 2, "");
    node("two", 2, "");
    there.add(on("two", "other", 1));
    there.add(on("one", "another", 1));

    assertEquals(List.of(), follow(bindings(), bound("one", "p", 2)));
    assertEquals(List.of(UNASKED), follow(bindings(), bound("one", "p", 1)));
  }

  /** What its pods use beside GPUs is not seen here, so it might be full of something else. */
  @Test
  void aNodeOfWhichMoreGpusAreInUseIsNoChoice() {
    node("one", 4, "");
    node("two", 4, "");
    there.add(on("two", "other", 1));

    assertEquals(List.of(), follow(bindings(), bound("one", "p", 1)));
  }

  @Test
  void whatWasFreedInTheSameMomentMayNotHaveBeenFreeWhenTheSchedulerLooked() {
    node("one", 1, "");
    node("two", 1, "");
    Pod leaving = on("two", "leaving", 1);
    there.add(leaving);
    Bindings bindings = bindings();

    assertEquals(List.of(), follow(bindings, bound("one", "p", 1), new Change(leaving, null)));
    assertEquals(
        List.of(),
        follow(bindings, bound("two", "q", 1)),
        "there is room on two, and no third that is like it");
    node("three", 1, "");
    node("four", 1, "");
    assertEquals(List.of(UNASKED), follow(bindings, bound("three", "r", 1)));
  }

  @Test
  void podsThatAreBoundInOneMomentTakeEachOthersPlaces() {
    node("one", 1, "");
    node("two", 1, "");

    assertEquals(List.of(), follow(bindings(), bound("one", "p", 1), bound("two", "q", 1)));
  }

  @Test
  void aFinishedPodGivesItsPlaceBack() {
    node("one", 1, "");
    node("two", 1, "");
    Pod running = on("two", "other", 1);
    there.add(running);
    Bindings bindings = bindings();
    Pod done = pod("other", 1, "'nodeName':'two'},'status':{'phase':'Succeeded'},'x':{");

    assertTrue(done.finished());
    assertEquals(List.of(), follow(bindings, new Change(running, done)));
    assertEquals(List.of(UNASKED), follow(bindings, bound("one", "p", 1)));
    assertEquals(List.of(), follow(bindings, new Change(done, null)), "counted once");
  }

  @Test
  void podsThatNoSchedulerPlacedAreNotCounted() {
    node("one", 1, "");
    node("two", 1, "");
    Bindings bindings = bindings();

    assertEquals(List.of(), follow(bindings, new Change(null, on("one", "named-its-node", 1))));
    Pod daemons =
        pod(
            "d",
            1,
            BOUND.formatted("one")
                + "},'metadata':{'name':'d','ownerReferences':[{'kind':'DaemonSet'}]},'spec':{");
    assertEquals(List.of(), follow(bindings, new Change(waiting("d", 1), daemons)));
  }

  @Test
  void theLastPodsThatWereAskedAboutAreKnownAndNoMore() {
    AskedPods pods = new AskedPods();
    for (int i = 0; i <= AskedPods.SIZE; i++) {
      pods.add("uid-" + i);
    }
    pods.add("x".repeat(1_000_000));

    assertTrue(pods.has("uid-" + AskedPods.SIZE));
    assertTrue(pods.has("uid-2"));
    assertFalse(pods.has("uid-0"));
    assertFalse(pods.has("x".repeat(1_000_000)), "that is no uid, and would be kept for long");
    assertFalse(pods.has(""));
  }
}
