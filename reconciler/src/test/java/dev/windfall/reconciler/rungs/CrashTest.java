package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Preconditions;
import dev.windfall.cluster.Resource;
import dev.windfall.kind.local.Asked;
import dev.windfall.kind.local.Fault;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

/**
 * A life of a pool, from its first rung to its last, and a process that ends at any point of it.
 * Whoever comes next leads the cluster to the state that it would have had.
 */
class CrashTest {
  private static final String V1 = "karpenter.sh/v1";
  private static final int PASSES = 20;

  /** What happens, in this order; after each of it the loop goes on until it writes no more. */
  private static final List<Consumer<Life>> EVENTS =
      List.of(
          life -> {
            life.bench.pool("gpu", "");
            life.prices("0.40", "0.50", "0.60");
          },
          life -> life.prices("0.80", "0.50", "0.60"),
          life -> life.node("g5"),
          life -> life.bench.book = book(offer("g6.xlarge", "a", "0.80")),
          life -> life.minutes(11),
          life -> life.prices("0.30", "0.50", "0.60"),
          life -> life.bench.pool("gpu", ", 'labels': {'team': 'research'}"),
          life -> life.minutes(11),
          Life::deletePool,
          life -> life.minutes(11),
          Life::endNodes,
          life -> life.minutes(11));

  /** One such life. */
  private static final class Life implements AutoCloseable {
    private final Bench bench = new Bench();
    private final List<Map<String, JsonNode>> states = new ArrayList<>();
    private Instant now = Market.NOW;

    void prices(String g6, String g5, String g4) {
      bench.book =
          book(
              offer("g6.xlarge", "a", g6),
              offer("g5.xlarge", "a", g5),
              offer("g4dn.xlarge", "b", g4));
    }

    void minutes(int minutes) {
      now = now.plus(Duration.ofMinutes(minutes));
    }

    void node(String family) {
      String rung =
          bench.server.all(V1, "NodePool").stream()
              .map(LiveRung::new)
              .filter(
                  one -> one.offer().filter(o -> o.instanceType().startsWith(family)).isPresent())
              .findFirst()
              .orElseThrow()
              .name();
      bench.put(
          "{'apiVersion': '%s', 'kind': 'NodeClaim', 'metadata': {'name': 'one', 'labels': {'%s': '%s'}}}"
              .formatted(V1, LiveClaim.NODEPOOL, rung));
    }

    void endNodes() {
      bench.server.remove(V1, "NodeClaim", "", "one");
    }

    void deletePool() {
      bench.client.delete(Resource.SPOTPOOLS, Key.of("gpu"), new Preconditions("", ""));
    }

    /** Writes of the loop so far, by whichever process. */
    int writes() {
      return (int)
          bench.server.writes().stream()
              .filter(write -> write.plural().equals("nodepools") || ofALoop(write))
              .count();
    }

    /** The test itself writes pools, too: by PUT, and when it deletes one. */
    private static boolean ofALoop(Asked write) {
      return write.plural().equals("spotpools") && write.verb().equals("patch");
    }

    /** A process that lives until it has sent so many writes, and one after it. */
    void settle(int dies) {
      LeaderWrites mortal = new LeaderWrites(bench.client, () -> writes() < dies);
      LeaderWrites next = new LeaderWrites(bench.client, () -> true);
      for (LeaderWrites process : List.of(mortal, next)) {
        Applier applier = new Applier(process, bench.recorder, bench.metrics);
        Lookups lookups = new Lookups(process);
        int before = -1;
        for (int i = 0; before != writes(); i++) {
          assertTrue(i < PASSES, "the loop finds no rest");
          before = writes();
          try {
            RungLoop.pass(bench.inputs, process, lookups, applier, () -> now);
          } catch (ClusterException e) {
            // As after a write that was carried out and not answered, and then sent again.
            assertTrue(e.isConflict(), e::toString);
            before = -1;
          }
        }
      }
      states.add(state());
    }

    /** All that the loop writes, without what names a moment of this very life. */
    private Map<String, JsonNode> state() {
      Map<String, JsonNode> state = new TreeMap<>();
      List<ObjectNode> all = new ArrayList<>(bench.server.all(V1, "NodePool"));
      all.addAll(bench.server.all("windfall.dev/v1alpha1", "SpotPool"));
      for (ObjectNode object : all) {
        ObjectNode kept = object.deepCopy();
        kept.withObject("/metadata").remove(List.of("uid", "resourceVersion", "generation"));
        // What was done last is another thing when it was done in two goes.
        kept.withObject("/status").remove(List.of("lastChange", "observedGeneration"));
        state.put(kept.path("kind").asText() + " " + kept.at("/metadata/name").asText(), kept);
      }
      return state;
    }

    @Override
    public void close() {
      bench.close();
    }
  }

  private static List<Map<String, JsonNode>> live(int dies) {
    try (Life life = new Life()) {
      for (Consumer<Life> event : EVENTS) {
        event.accept(life);
        life.settle(dies);
      }
      return life.states;
    }
  }

  private static int writesOfAWholeLife() {
    try (Life life = new Life()) {
      for (Consumer<Life> event : EVENTS) {
        event.accept(life);
        life.settle(Integer.MAX_VALUE);
      }
      assertEquals(Map.of(), life.states.getLast(), "nothing is left of a deleted pool");
      assertTrue(life.states.get(8).size() > 1, "a pool with a node waits for it");
      return life.writes();
    }
  }

  @Test
  void whereverAProcessDiesTheNextOneLeadsToTheSameState() {
    int writes = writesOfAWholeLife();
    List<Map<String, JsonNode>> expected = live(Integer.MAX_VALUE);
    assertTrue(writes > 20, () -> writes + " writes are no life");

    for (int dies = 0; dies < writes; dies++) {
      List<Map<String, JsonNode>> states = live(dies);
      for (int event = 0; event < EVENTS.size(); event++) {
        assertEquals(
            expected.get(event),
            states.get(event),
            "died after write " + dies + ", event " + event);
      }
    }
  }

  /** A write is carried out, and its answer never comes. */
  @Test
  void whicheverAnswerIsLostTheStateIsTheSame() {
    List<Map<String, JsonNode>> expected = live(Integer.MAX_VALUE);
    for (String verb : List.of("create", "patch", "delete")) {
      for (int event = 0; event < EVENTS.size(); event++) {
        List<Map<String, JsonNode>> states = loseAnswers(event, verb);
        for (int later = event; later < EVENTS.size(); later++) {
          assertEquals(expected.get(later), states.get(later), verb + " lost in event " + event);
        }
      }
    }
  }

  private static List<Map<String, JsonNode>> loseAnswers(int event, String verb) {
    try (Life life = new Life()) {
      for (int i = 0; i < EVENTS.size(); i++) {
        EVENTS.get(i).accept(life);
        if (i == event) {
          life.bench.server.faults().next(verb, "nodepools", Fault.mute());
        }
        life.settle(Integer.MAX_VALUE);
        life.bench.server.faults().clear();
      }
      return life.states;
    }
  }
}
