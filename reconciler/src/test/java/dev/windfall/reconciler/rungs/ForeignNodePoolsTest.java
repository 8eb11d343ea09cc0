package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Key;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/** What is not labelled as a rung is not Windfall's, whatever else it looks like. */
class ForeignNodePoolsTest {
  private static final String OURS = "gpu-g6-xlarge-eu-central-1a-5d7aa610";

  private final Bench bench = new Bench();

  @AfterEach
  void close() {
    bench.close();
  }

  private void pass() {
    bench.pool("gpu", "");
    bench.book = book(offer("g6.xlarge", "a", "0.40"), offer("g5.xlarge", "b", "0.50"));
    Applier applier = new Applier(bench.writes, bench.recorder, bench.metrics);
    Lookups lookups = new Lookups(bench.writes);
    RungLoop.pass(bench.inputs, bench.writes, lookups, applier, () -> Market.NOW);
  }

  private ObjectNode nodePool(String name, String label) {
    return bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodePool',
         'metadata': {'name': '%s', 'labels': {'%s': 'gpu'},
           'annotations': {'windfall.dev/offer': 'eu-central-1a.g6.xlarge.spot',
             'windfall.dev/weight': '50'}},
         'spec': {'weight': 100, 'template': {
           'metadata': {'labels': {'windfall.dev/offer': 'eu-central-1a.g6.xlarge.spot'}},
           'spec': {}}}}
        """
            .formatted(name, label));
  }

  private ObjectNode asItIs(String name) {
    return bench.read("karpenter.sh/v1", "NodePool", "", name);
  }

  @Test
  void oneWithLabelsOfThePrefixAndNoneOfAPoolIsNotTouched() {
    nodePool("theirs", "windfall.dev/team");
    ObjectNode before = asItIs("theirs");
    pass();
    pass();
    assertEquals(before, asItIs("theirs"));
    assertEquals(3, bench.server.all("karpenter.sh/v1", "NodePool").size());
  }

  @Test
  void oneWithTheNameOfARungIsReportedAndNotTakenOver() {
    nodePool(OURS, "team");
    ObjectNode before = asItIs(OURS);
    pass();
    pass();
    assertEquals(before, asItIs(OURS));
    assertTrue(
        bench.events.stream()
            .anyMatch(event ->
                event.startsWith("gpu RungRefused: nodepool " + OURS)
                    && event.contains("without the label windfall.dev/pool")),
        bench.events::toString);
  }

  @Test
  void beyondItTheRungsOfThePoolAreMade() {
    nodePool(OURS, "team");
    pass();
    List<String> made =
        bench.inputs.rungs().get().values().stream()
            .filter(rung -> rung.pool().isPresent())
            .map(LiveRung::name)
            .toList();
    assertEquals(1, made.size(), made::toString);
    assertTrue(bench.inputs.rungs().get().containsKey(Key.of(OURS)));
  }
}
