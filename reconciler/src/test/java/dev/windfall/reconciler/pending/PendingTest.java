package dev.windfall.reconciler.pending;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Grants;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Surroundings;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PendingTest {
  private static final String TOLERATIONS =
      """
      'tolerations': [
        {'key': 'nvidia.com/gpu', 'operator': 'Exists', 'effect': 'NoSchedule'},
        {'key': 'windfall.dev/rung', 'operator': 'Exists', 'effect': 'NoSchedule'}]
      """;
  private static final String GATE = "'schedulingGates': [{'name': 'windfall.dev/price'}]";

  private final Bench bench = new Bench();
  private Instant now = Market.NOW;
  private final PendingLoop.Pass pass =
      new PendingLoop.Pass(
          bench.inputs,
          bench.writes,
          new Applier(bench.writes, bench.recorder, bench.metrics),
          "windfall-system",
          () -> now);

  @BeforeEach
  void oneOffer() {
    bench.pool("gpu", "");
    bench.book = book(offer("g6.xlarge", "b", "0.94"));
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private ObjectNode pod(String annotations, String spec) {
    return bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Pod',
         'metadata': {'name': 'train', 'namespace': 'research', 'annotations': {%s}},
         'spec': {'containers': [{'name': 'c',
             'resources': {'limits': {'nvidia.com/gpu': '1'}}}], %s},
         'status': {'phase': 'Pending',
           'conditions': [{'type': 'PodScheduled', 'status': 'False', 'reason': 'Unschedulable'}]}}
        """
            .formatted(annotations, spec));
  }

  private ObjectNode capped(String cap, String more) {
    return pod(
        "'windfall.dev/spot': 'require', 'windfall.dev/max-price-per-gpu': '" + cap + "'",
        GATE + ", " + TOLERATIONS + more);
  }

  private JsonNode spec() {
    return bench.read("v1", "Pod", "research", "train").path("spec");
  }

  @Test
  void aPodWaitsWithItsReasonWhileEverythingIsTooDear() {
    capped("0.90", "");
    pass.run();
    assertEquals(
        List.of(
            "research/train Waiting: no offer at or below 0.90 USD/GPU·h; nearest is g6.xlarge in"
                + " eu-central-1b at 0.94 (cap set by annotation windfall.dev/max-price-per-gpu)"),
        bench.events);
    assertEquals(1, spec().path("schedulingGates").size());
  }

  @Test
  void theReasonIsNotRepeatedWithEachPassNorWithEachPrice() {
    capped("0.90", "");
    pass.run();
    bench.book = book(offer("g6.xlarge", "b", "0.95"));
    pass.run();
    assertEquals(1, bench.events.size());
    now = now.plus(Duration.ofMinutes(5));
    pass.run();
    assertEquals(2, bench.events.size());
  }

  @Test
  void anotherNearestOfferIsNews() {
    capped("0.90", "");
    pass.run();
    bench.book = book(offer("g5.xlarge", "b", "0.92"));
    pass.run();
    assertEquals(2, bench.events.size());
  }

  @Test
  void theGateIsLiftedInOnePatchWithTheOffers() {
    ObjectNode before = capped("0.95", "");
    pass.run();
    assertEquals(1, bench.server.writes().size());
    JsonNode patch = bench.server.writes().getFirst().body();
    assertEquals(before.at("/metadata/resourceVersion"), patch.at("/0/value"));
    assertTrue(spec().path("schedulingGates").isEmpty());
    assertEquals(
        "eu-central-1b.g6.xlarge.spot",
        spec()
            .at(
                "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                    + "/nodeSelectorTerms/0/matchExpressions/0/values/0")
            .asText());
    assertEquals(
        List.of(
            "research/train GateLifted: g6.xlarge in eu-central-1b is at or below 0.95 USD/GPU·h"
                + " now"),
        bench.events);
  }

  @Test
  void theOnlyPoolThatCannotBeReadLiftsNoGate() {
    // It looked like a cluster without pools, where every offer of the market was granted.
    bench.pool("gpu", ", 'maxZones': 'many'");
    capped("0.95", "");
    pass.run();
    assertEquals(List.of(), bench.server.writes());
    assertEquals(1, bench.events.size());
    assertTrue(
        bench.events.getFirst().contains("no SpotPool may buy one that fits"),
        bench.events::toString);
  }

  @Test
  void theUsersOwnTermsAreNarrowedAndOtherGatesStay() {
    capped(
        "0.95",
        """
        , 'affinity': {'nodeAffinity': {'requiredDuringSchedulingIgnoredDuringExecution': {
            'nodeSelectorTerms': [
              {'matchExpressions': [{'key': 'disk', 'operator': 'In', 'values': ['ssd']}]},
              {'matchExpressions': [{'key': 'disk', 'operator': 'In', 'values': ['nvme']}]}]}}}
        """);
    ObjectNode pod = bench.read("v1", "Pod", "research", "train").deepCopy();
    pod.withObject("/spec").withArray("schedulingGates").insertObject(0).put("name", "other");
    bench.server.put(pod);
    pass.run();
    assertEquals("other", spec().at("/schedulingGates/0/name").asText());
    assertEquals(1, spec().path("schedulingGates").size());
    JsonNode terms =
        spec()
            .at(
                "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                    + "/nodeSelectorTerms");
    assertEquals(2, terms.size());
    terms.forEach(term -> assertEquals(2, term.path("matchExpressions").size(), terms::toString));
  }

  @Test
  void aPodThatMovedMeanwhileIsLeftToTheNextPass() {
    capped("0.95", "");
    Plan plan =
        Planner.plan(
            View.of(
                bench.inputs.pods().get().values(),
                Surroundings.NONE,
                bench.inputs.pools().get().values(),
                List.of(),
                List.of(),
                Set.of(),
                bench.book,
                "windfall-system",
                now),
            Map.of(),
            new Grants(bench.book, LivePool.buying(bench.inputs.pools().get().values()), now));
    bench.server.remove("v1", "Pod", "research", "train");
    capped("0.10", "");
    new Applier(bench.writes, bench.recorder, bench.metrics).apply(plan);
    assertEquals(List.of(), bench.server.writes());
    assertEquals(List.of(), bench.events);
  }

  @Test
  void whoDoesNotLeadLiftsNothingAndSaysNothing() {
    bench.leading = false;
    capped("0.95", "");
    pass.run();
    assertEquals(List.of(), bench.server.writes());
    assertEquals(List.of(), bench.events);
  }

  @Test
  void aPodThatOptedInWhileAdmissionWasAwayGetsItsTolerations() {
    pod("'windfall.dev/spot': 'prefer'", "'tolerations': [{'key': 'x', 'operator': 'Exists'}]");
    pass.run();
    assertEquals(
        List.of("x", "nvidia.com/gpu", "windfall.dev/rung"),
        spec().path("tolerations").findValuesAsText("key"));
    assertFalse(spec().has("affinity"));
  }

  @Test
  void aWishThatCannotBeAddedIsToldToWhoWaits() {
    pod("'windfall.dev/spot': 'require'", "'restartPolicy': 'Never'");
    pass.run();
    assertEquals(List.of(), bench.server.writes());
    assertEquals(
        List.of(
            "research/train Waiting: the pod's wish (spot require by annotation) came without"
                + " admission and cannot be added to a pod that exists; delete it, so that it is"
                + " created again"),
        bench.events);
  }

  @Test
  void aPodThatAskedForNothingIsLeftAlone() {
    pod("", "'restartPolicy': 'Never'");
    pass.run();
    assertEquals(List.of(), bench.events);
  }

  @Test
  void whoIsUnschedulableForLongHearsWhichRungsAreOpen() {
    bench.put(rung("gpu-a", ""));
    bench.put(rung("gpu-b", "'windfall.dev/closed': 'costs 3.10 USD/GPU·h'"));
    pod("", TOLERATIONS);
    pass.run();
    assertEquals(List.of(), bench.events);
    now = now.plus(Duration.ofMinutes(1));
    pass.run();
    assertEquals(
        List.of(
            "research/train Waiting: no node fits yet, although gpu-a is open; closed: gpu-b (costs"
                + " 3.10 USD/GPU·h)"),
        bench.events);
  }

  @Test
  void withoutABookNobodyIsToldThatNothingFits() {
    bench.book = PriceBook.empty();
    capped("0.90", "");
    pass.run();
    assertEquals(
        List.of("research/train Waiting: no source of prices has been read yet"), bench.events);
  }

  private static String rung(String name, String annotations) {
    return """
    {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodePool', 'metadata': {'name': '%s',
     'labels': {'windfall.dev/pool': 'gpu'}, 'annotations': {%s}}}
    """
        .formatted(name, annotations);
  }
}
