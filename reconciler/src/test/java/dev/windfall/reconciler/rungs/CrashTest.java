package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.Life;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LiveRung;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Test;

/**
 * A life of a pool, from its first rung to its last, and a process that ends at any point of it.
 * Whoever comes next leads the cluster to the state that it would have had.
 */
class CrashTest {
  private static final String V1 = "karpenter.sh/v1";
  private static final String WINDFALL = "windfall.dev/v1alpha1";

  /** One such life. */
  private static final class PoolsLife extends Life {
    @Override
    protected List<Runnable> events() {
      return List.of(
          () -> {
            bench.pool("gpu", "");
            prices("0.40", "0.50", "0.60");
          },
          () -> prices("0.80", "0.50", "0.60"),
          () -> node("g5"),
          () -> bench.book = book(offer("g6.xlarge", "a", "0.80")),
          () -> later(Duration.ofMinutes(11)),
          () -> prices("0.30", "0.50", "0.60"),
          () -> bench.pool("gpu", ", 'labels': {'team': 'research'}"),
          () -> later(Duration.ofMinutes(11)),
          () -> bench.server.remove(WINDFALL, "SpotPool", "", "gpu"),
          () -> later(Duration.ofMinutes(11)),
          () -> bench.server.remove(V1, "NodeClaim", "", "one"),
          () -> later(Duration.ofMinutes(11)));
    }

    @Override
    protected Incarnation start(LeaderWrites writes) {
      Applier applier = new Applier(writes, bench.recorder, bench.metrics);
      Lookups lookups = new Lookups(writes);
      return () -> {
        RungLoop.pass(bench.inputs, writes, lookups, applier, () -> bench.now);
        return false;
      };
    }

    @Override
    protected Map<String, JsonNode> state() {
      Map<String, JsonNode> state = new TreeMap<>(objects(V1, "NodePool"));
      state.putAll(objects(WINDFALL, "SpotPool"));
      // What was done last is another thing when it was done in two goes.
      state
          .values()
          .forEach(object ->
              ((ObjectNode) object)
                  .withObject("/status")
                  .remove(List.of("lastChange", "observedGeneration")));
      return state;
    }

    private void prices(String g6, String g5, String g4) {
      bench.book =
          book(
              offer("g6.xlarge", "a", g6),
              offer("g5.xlarge", "a", g5),
              offer("g4dn.xlarge", "b", g4));
    }

    private void node(String family) {
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
  }

  @Test
  void aLifeLeavesNothingOfADeletedPoolThatWaitedForItsNode() {
    List<Map<String, JsonNode>> states = Life.undisturbed(PoolsLife::new);
    assertTrue(states.get(8).size() > 1, "a pool with a node waits for it");
    assertEquals(Map.of(), states.getLast());
  }

  @Test
  void whereverAProcessDiesTheNextOneLeadsToTheSameState() {
    Life.endsBeforeEachWrite(PoolsLife::new, 20);
  }

  /** A write is carried out, and its answer never comes. */
  @Test
  void whicheverAnswerIsLostTheStateIsTheSame() {
    Life.losesEachAnswer(PoolsLife::new, 20);
  }

  @Test
  void whicheverPassFailsTheStateIsTheSame() {
    Life.failsAtEachAnswer(PoolsLife::new, 20);
  }
}
