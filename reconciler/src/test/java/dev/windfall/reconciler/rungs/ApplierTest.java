package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.kind.local.Asked;
import dev.windfall.kind.local.Fault;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ApplierTest {
  private final Bench bench = new Bench();
  private Instant now = Market.NOW;

  @BeforeEach
  void onePoolOfTwoOffers() {
    bench.pool("gpu", "");
    bench.book = book(offer("g6.xlarge", "a", "0.40"), offer("g5.xlarge", "b", "0.50"));
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private Applier applier() {
    return new Applier(bench.writes, bench.recorder, bench.metrics);
  }

  private void pass() {
    RungLoop.pass(bench.inputs, bench.writes, new Lookups(bench.writes), applier(), () -> now);
  }

  private List<ObjectNode> rungs() {
    return bench.server.all("karpenter.sh/v1", "NodePool");
  }

  @Test
  void aPassMakesTheRungsAndTheStatus() {
    pass();
    assertEquals(2, rungs().size());
    JsonNode status = bench.read("windfall.dev/v1alpha1", "SpotPool", "", "gpu").path("status");
    assertEquals("eu-central-1a.g6.xlarge.spot", status.at("/cheapest/offer").asText());
    assertEquals(2, bench.count("windfall_actions"));
    assertTrue(
        bench.events.contains(
            "gpu RungCreated: gpu-g6-xlarge-eu-central-1a-5d7aa610 offers g6.xlarge in"
                + " eu-central-1a at 0.40 USD/GPU·h"),
        bench.events::toString);
  }

  @Test
  void aRestartWritesNothing() {
    pass();
    bench.server.forgetRequests();
    pass();
    assertEquals(List.of(), bench.server.writes());
  }

  @Test
  void everyPatchCarriesTheVersionItWasDecidedOn() {
    pass();
    bench.server.forgetRequests();
    bench.book = book(offer("g6.xlarge", "a", "0.40"));
    pass();
    assertFalse(bench.server.writes().isEmpty());
    for (Asked write : bench.server.writes()) {
      assertTrue(write.body().at("/metadata/resourceVersion").isTextual(), write::toString);
    }
  }

  @Test
  void whoDoesNotLeadWritesNothing() {
    bench.leading = false;
    pass();
    assertEquals(List.of(), bench.server.writes());
  }

  @Test
  void whoLosesTheLeadInThePassStopsThere() {
    int[] asked = {0};
    LeaderWrites writes = new LeaderWrites(bench.client, () -> asked[0]++ < 2);
    RungLoop.pass(
        bench.inputs,
        writes,
        new Lookups(writes),
        new Applier(writes, bench.recorder, bench.metrics),
        () -> now);
    assertEquals(1, bench.server.writes().size());
  }

  @Test
  void nothingIsDecidedBeforeEverythingIsListed() {
    bench.synced = false;
    pass();
    assertEquals(List.of(), bench.server.requests());
  }

  @Test
  void aConflictStopsThePass() {
    bench.server.faults().next("create", "nodepools", conflict());
    assertTrue(assertThrows(ClusterException.class, this::pass).isConflict());
    assertEquals(1, bench.server.writes().size());
    pass();
    assertEquals(2, rungs().size());
  }

  @Test
  void anAnswerThatDoesNotComeFailsThePass() {
    bench
        .server
        .faults()
        .always("create", "nodepools", new Fault.Answer(500, "InternalError", "no", -1));
    assertThrows(ClusterException.class, this::pass);
  }

  @Test
  void aRungThatTheServerRefusesIsToldAndKeepsNoOtherWaiting() {
    bench
        .server
        .faults()
        .next("create", "nodepools", new Fault.Answer(422, "Invalid", "bad label", -1));
    pass();
    assertEquals(1, rungs().size());
    assertTrue(bench.events.getFirst().startsWith("gpu RungRefused: "), bench.events::toString);
    assertTrue(bench.events.getFirst().contains("bad label"), bench.events::toString);
  }

  @Test
  void aRungThatGotANodeMeanwhileIsNotDeleted() {
    pass();
    String name = rungs().getFirst().at("/metadata/name").asText();
    bench.server.remove("windfall.dev/v1alpha1", "SpotPool", "", "gpu");
    pass();
    now = now.plus(Duration.ofMinutes(10));
    Plan plan = Planner.plan(view());
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodeClaim',
         'metadata': {'name': 'late', 'labels': {'karpenter.sh/nodepool': '%s'}}}
        """
            .formatted(name));
    applier().act(plan.actions(), List.of());
    assertEquals(
        List.of(name), rungs().stream().map(r -> r.at("/metadata/name").asText()).toList());
  }

  @Test
  void aDeleteHoldsForThisVeryRungOnly() {
    pass();
    bench.server.remove("windfall.dev/v1alpha1", "SpotPool", "", "gpu");
    pass();
    now = now.plus(Duration.ofMinutes(10));
    pass();
    assertEquals(List.of(), rungs());
    JsonNode preconditions =
        bench.server.requests("delete", "nodepools").getFirst().body().path("preconditions");
    assertTrue(
        preconditions.has("uid") && preconditions.has("resourceVersion"), preconditions::toString);
  }

  /** No plan has such a patch; if one ever had, it would stop here. */
  @Test
  void aWriteThatWouldDriftANodeIsRefusedAndCounted() {
    pass();
    LiveRung rung = new LiveRung(rungs().getFirst());
    LiveClaim claim = new LiveClaim("c", Map.of(LiveClaim.NODEPOOL, rung.name()), false);
    ObjectNode patch = Cluster.json("{'spec': {'template': {'spec': {'expireAfter': '1h'}}}}");
    bench.server.forgetRequests();
    assertFalse(applier().patched(rung, patch, List.of(claim)));
    assertEquals(List.of(), bench.server.writes());
    assertEquals(1, bench.count("windfall_drift_refused"));
  }

  private JsonNode pool() {
    return bench.read("windfall.dev/v1alpha1", "SpotPool", "", "gpu");
  }

  private boolean poolIsThere() {
    return bench.server.read("windfall.dev/v1alpha1", "SpotPool", "", "gpu").isPresent();
  }

  private void unheldPool() {
    bench.server.remove("windfall.dev/v1alpha1", "SpotPool", "", "gpu");
    pass();
    assertFalse(poolIsThere());
    bench.put(
        """
        {'apiVersion': 'windfall.dev/v1alpha1', 'kind': 'SpotPool', 'metadata': {'name': 'gpu'},
         'spec': {'provider': 'aws', 'region': 'eu-central-1',
           'nodeClassRef': {'group': 'karpenter.k8s.aws', 'kind': 'EC2NodeClass', 'name': 'gpu'}}}
        """);
    bench.server.forgetRequests();
  }

  @Test
  void aPoolIsHeldBeforeItsFirstRungIsMade() {
    unheldPool();
    pass();
    assertEquals("windfall.dev/rungs", pool().at("/metadata/finalizers/0").asText());
    assertEquals(
        List.of("patch", "create", "create"),
        bench.server.writes().stream().map(Asked::verb).toList(),
        "the pool is written once a pass");
    pass();
    assertTrue(pool().has("status"));
  }

  /** Its nodes run on; only nobody waits for them when it is deleted. */
  @Test
  void aPoolThatMayNotBeWrittenToHasItsRungsAndIsToldSo() {
    unheldPool();
    LeaderWrites writes = new LeaderWrites(bench.client, () -> true);
    Applier applier = new Applier(writes, bench.recorder, bench.metrics);
    for (int pass = 0; pass < 2; pass++) {
      bench.server.faults().next("patch", "spotpools", Fault.status(403));
      RungLoop.pass(bench.inputs, writes, new Lookups(writes), applier, () -> now);
    }
    assertEquals(2, rungs().size());
    assertTrue(pool().has("status"));
    assertEquals(
        1,
        bench.events.stream().filter(event -> event.startsWith("gpu FinalizerRefused: ")).count(),
        bench.events::toString);
  }

  @Test
  void aDeletedPoolGoesWhenItsLastRungHasGone() {
    pass();
    bench.server.remove("windfall.dev/v1alpha1", "SpotPool", "", "gpu");
    pass();
    assertTrue(poolIsThere());
    assertTrue(
        bench.events.stream().anyMatch(event -> event.startsWith("gpu Deleting: it waits until")),
        bench.events::toString);
    now = now.plus(Duration.ofMinutes(10));
    pass();
    assertEquals(List.of(), rungs());
    pass();
    assertFalse(poolIsThere());
  }

  @Test
  void aPoolIsNotLetGoWhileTheServerHasARungThatTheViewHasNot() {
    pass();
    bench.server.remove("windfall.dev/v1alpha1", "SpotPool", "", "gpu");
    View blind =
        View.of(
            bench.inputs.pools().get().values(), List.of(), List.of(), List.of(), bench.book, now);
    Plan plan = Planner.plan(blind);
    assertEquals(1, plan.finalizers().size());
    assertEquals(Set.of(), applier().hold(plan.finalizers()));
    assertTrue(poolIsThere());
  }

  private View view() {
    return View.of(
        bench.inputs.pools().get().values(),
        bench.inputs.rungs().get().values(),
        List.of(),
        List.of(),
        bench.book,
        now);
  }

  private static Fault conflict() {
    return new Fault.Answer(409, "Conflict", "the object has been modified", -1);
  }
}
