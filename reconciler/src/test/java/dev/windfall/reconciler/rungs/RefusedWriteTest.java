package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.Fault;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.Market;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What one rung's or pool's write meets is none of the others' business, and is said. */
class RefusedWriteTest {
  private final Bench bench = new Bench();

  @BeforeEach
  void onePoolOfTwoOffers() {
    bench.pool("gpu", "");
    bench.book = book(offer("g6.xlarge", "a", "0.40"), offer("g5.xlarge", "b", "0.50"));
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private void pass() {
    Applier applier = new Applier(bench.writes, bench.recorder, bench.metrics);
    RungLoop.pass(
        bench.inputs,
        bench.writes,
        new Lookups(bench.writes),
        applier,
        new BudgetReasons(bench.writes),
        () -> Market.NOW);
  }

  private JsonNode status(String pool) {
    return bench.read("windfall.dev/v1alpha1", "SpotPool", "", pool).path("status");
  }

  private JsonNode degraded() {
    return Conditions.find(status("gpu").path("conditions"), Conditions.DEGRADED);
  }

  private void refuseARung() {
    bench
        .server
        .faults()
        .next("create", "nodepools", new Fault.Answer(422, "Invalid", "bad label", -1));
  }

  /** The pool had no status at all. */
  @Test
  void aRefusedRungIsSaidInTheStatusNextToTheRungsThatAreThere() {
    refuseARung();
    pass();
    assertEquals("RungRefused", degraded().path("reason").asText());
    assertTrue(degraded().path("message").asText().contains("bad label"), degraded()::toString);
    assertEquals(1, status("gpu").path("openRungs").asInt());
  }

  @Test
  void aRungThatIsRefusedAgainChangesNoStatus() {
    refuseARung();
    pass();
    bench.server.forgetRequests();
    refuseARung();
    pass();
    assertEquals(1, bench.server.writes().size());
  }

  @Test
  void aRungThatIsRefusedNoLongerIsSaidNoLonger() {
    refuseARung();
    pass();
    pass();
    assertEquals("AsPlanned", degraded().path("reason").asText());
  }

  /** The label is how Windfall finds its rungs; the name was taken, and no rung was made again. */
  @Test
  void aRungThatLostItsLabelIsToldAndKeepsNoOtherWaiting() {
    pass();
    List<ObjectNode> rungs = bench.server.all("karpenter.sh/v1", "NodePool");
    ObjectNode bare = rungs.getLast().deepCopy();
    bare.withObject("/metadata/labels").remove("windfall.dev/pool");
    bench.server.put(bare);
    bench.book =
        book(
            offer("g6.xlarge", "a", "0.40"),
            offer("g5.xlarge", "b", "0.50"),
            offer("g6e.xlarge", "a", "0.90"));
    bench.events.clear();
    pass();
    assertEquals(3, bench.server.all("karpenter.sh/v1", "NodePool").size());
    assertTrue(
        bench.events.stream()
            .anyMatch(event ->
                event.startsWith("gpu RungRefused: nodepool")
                    && event.contains("without the label windfall.dev/pool")),
        bench.events::toString);
  }

  @Test
  void aRungThatIsNotInViewYetIsNoRefusal() {
    pass();
    bench.server.forgetRequests();
    bench.events.clear();
    Applier applier = new Applier(bench.writes, bench.recorder, bench.metrics);
    View blind =
        View.of(
            bench.inputs.pools().get().values(),
            List.of(),
            List.of(),
            List.of(),
            bench.book,
            Market.NOW);
    assertTrue(applier.act(Planner.plan(blind).actions(), List.of()).isEmpty());
    assertEquals(List.of(), bench.events);
  }

  @Test
  void aStatusThatIsRefusedKeepsNoOtherWaiting() {
    bench.pool("other", "");
    bench.server.faults().next("patch", "*", Fault.status(422));
    pass();
    assertTrue(status("gpu").isMissingNode());
    assertEquals(2, status("other").path("openRungs").asInt());
    assertTrue(
        bench.events.stream().anyMatch(event -> event.startsWith("gpu StatusRefused: ")),
        bench.events::toString);
  }
}
