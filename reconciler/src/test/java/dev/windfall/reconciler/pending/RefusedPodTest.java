package dev.windfall.reconciler.pending;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.cluster.ClusterException;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.Faults;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Market;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What one pod's write meets is none of the other pods' business. */
class RefusedPodTest {
  private final Bench bench = new Bench();
  private final PendingLoop.Pass pass =
      new PendingLoop.Pass(
          bench.inputs,
          bench.writes,
          new Applier(bench.writes, bench.recorder, bench.metrics),
          "windfall-system",
          () -> Market.NOW);

  @BeforeEach
  void twoPodsThatMayGo() {
    bench.pool("gpu", "");
    bench.book = book(offer("g6.xlarge", "b", "0.94"));
    gated("first", "0.95");
    gated("second", "0.95");
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private Faults faults() {
    return bench.server.faults();
  }

  private void gated(String name, String cap) {
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Pod',
         'metadata': {'name': '%s', 'namespace': 'research', 'annotations': {
           'windfall.dev/spot': 'require', 'windfall.dev/max-price-per-gpu': '%s'}},
         'spec': {'schedulingGates': [{'name': 'windfall.dev/price'}],
           'containers': [{'name': 'c', 'resources': {'limits': {'nvidia.com/gpu': '1'}}}]}}
        """
            .formatted(name, cap));
  }

  private int gates(String name) {
    return bench.read("v1", "Pod", "research", name).at("/spec/schedulingGates").size();
  }

  private boolean said(String start) {
    return bench.events.stream().anyMatch(event -> event.startsWith(start));
  }

  /** A 403 was thrown, and every pod after it waited for ever. */
  @ParameterizedTest
  @ValueSource(ints = {403, 413, 422})
  void aPodThatTheServerRefusesIsToldAndKeepsNoOtherWaiting(int code) {
    faults().next("patch", "pods", Fault.status(code));
    pass.run();
    assertEquals(1, gates("first"));
    assertEquals(0, gates("second"));
    assertTrue(said("research/first GateRefused: "), bench.events::toString);
  }

  /** Who had been told why it waits was told again with each pass that failed. */
  @Test
  void whatWasSaidBeforeAWriteWithoutAnswerIsNotSaidAgain() {
    gated("zero", "0.10");
    faults().always("patch", "pods", Fault.refuse());
    assertThrows(ClusterException.class, pass::run);
    assertTrue(said("research/zero Waiting: "), bench.events::toString);
    bench.events.clear();
    assertThrows(ClusterException.class, pass::run);
    assertEquals(List.of(), bench.events);
  }
}
