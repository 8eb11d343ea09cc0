package dev.windfall.reconciler.pending;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Policies;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.Surroundings;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Pods that come together are held for a moment, and given their machines together. */
class BurstTest {
  private static final String SMALL = "eu-central-1a.g6.xlarge.spot";
  private static final String LARGE = "eu-central-1a.g6.12xlarge.spot";
  private static final String PREFER = "'windfall.dev/spot': 'prefer'";

  private final Bench bench = new Bench();
  private Instant now = Market.NOW;
  private PendingLoop.Pass pass = pass();

  private PendingLoop.Pass pass() {
    return new PendingLoop.Pass(
        bench.inputs,
        bench.writes,
        new Applier(bench.writes, bench.recorder, bench.metrics),
        "windfall-system",
        () -> now);
  }

  @BeforeEach
  void twoSizes() {
    bench.pool("gpu", "");
    bench.book =
        book(
            offer("g6.12xlarge", "a", Capacity.SPOT, 4, "2.00", Optional.empty()),
            offer("g6.xlarge", "a", "0.45"));
    rung("small", SMALL, 60, "");
    rung("large", LARGE, 50, "");
    under("assignBursts: true");
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private void under(String spec) {
    String document =
        """
        apiVersion: windfall.dev/v1alpha1
        kind: SpotPolicy
        metadata: {name: together}
        spec: {%s}
        """
            .formatted(spec);
    bench.surroundings =
        Surroundings.bare(Policies.of(SpotPolicy.readAll("policy.yaml", document)));
  }

  private void rung(String name, String offer, int weight, String annotations) {
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodePool', 'metadata': {'name': '%s',
          'labels': {'windfall.dev/pool': 'gpu'}, 'annotations': {'windfall.dev/offer': '%s'%s}},
         'spec': {'weight': %d}}
        """
            .formatted(name, offer, annotations, weight));
  }

  private void pod(String name, int gpus) {
    pod(name, gpus, PREFER, "burst");
  }

  private void pod(String name, int gpus, String annotations, String gate) {
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Pod',
         'metadata': {'name': '%s', 'namespace': 'research', 'annotations': {%s}},
         'spec': {'schedulingGates': [{'name': 'windfall.dev/%s'}],
           'tolerations': [{'operator': 'Exists'}],
           'containers': [{'name': 'c', 'resources': {'limits': {'nvidia.com/gpu': '%d'}}}]},
         'status': {'phase': 'Pending'}}
        """
            .formatted(name, annotations, gate, gpus));
  }

  private JsonNode read(String pod) {
    return bench.read("v1", "Pod", "research", pod);
  }

  private boolean held(String pod) {
    return !read(pod).at("/spec/schedulingGates").isEmpty();
  }

  /** What a pod requires of a label; empty when nothing. */
  private Set<String> required(String pod, String label) {
    Set<String> values = new TreeSet<>();
    JsonNode terms =
        read(pod)
            .at(
                "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                    + "/nodeSelectorTerms/0/matchExpressions");
    for (JsonNode expression : terms) {
      if (expression.path("key").asText().equals(label)) {
        expression.path("values").forEach(value -> values.add(value.asText()));
      }
    }
    return values;
  }

  private String machine(String pod) {
    return required(pod, "windfall.dev/machine").iterator().next();
  }

  private void after(Duration time) {
    now = now.plus(time);
    boolean _ = pass.run();
  }

  /** Two passes, a second apart. */
  private void assign() {
    after(Duration.ZERO);
    after(Duration.ofSeconds(1));
  }

  @Test
  void aBurstIsHeldUntilNobodyHasComeForASecond() {
    pod("a", 1);
    assertTrue(pass.run());
    assertTrue(held("a"));

    now = now.plus(Duration.ofSeconds(1));
    assertFalse(pass.run());
    assertFalse(held("a"));
  }

  @Test
  void whoComesMeanwhileIsWaitedFor() {
    pod("a", 1);
    after(Duration.ZERO);
    pod("b", 4);
    after(Duration.ofMillis(950));

    assertTrue(held("a"));
    after(Duration.ofSeconds(1));
    assertFalse(held("a"));
    assertFalse(held("b"));
  }

  @Test
  void nobodyIsHeldForMoreThanThreeSeconds() {
    for (int i = 0; i < 3; i++) {
      pod("p" + i, 1);
      after(Duration.ofMillis(800));
    }
    assertTrue(held("p0"));
    pod("p3", 1);
    after(Duration.ofMillis(2_100));

    assertFalse(held("p0"));
  }

  @Test
  void aSmallPodSharesTheMachineOfABigOneAndOthersGetTheirOwn() {
    pod("big", 4);
    pod("half", 2);
    pod("one", 1);
    pod("two", 1);
    assign();

    assertEquals(machine("half"), machine("one"));
    assertEquals(machine("half"), machine("two"));
    assertFalse(machine("big").equals(machine("half")));
    assertEquals(1, required("big", "windfall.dev/offer").size());
    assertTrue(required("one", "windfall.dev/offer").contains(LARGE));
    assertFalse(required("one", "windfall.dev/offer").contains(SMALL));
  }

  @Test
  void aSmallPodAloneMayAlsoGoToTheNextDearerOffer() {
    pod("one", 1);
    assign();

    assertEquals(Set.of(SMALL, LARGE), required("one", "windfall.dev/offer"));
  }

  @Test
  void anOfferWhoseRungKarpenterWouldPreferDoesNotTakeItsPlace() {
    rung("large", LARGE, 70, "");
    pod("one", 1);
    assign();

    assertEquals(Set.of(SMALL), required("one", "windfall.dev/offer"));
  }

  @Test
  void gateAffinityAndTicketAreOneWrite() {
    pod("one", 1);
    assign();

    assertEquals(1, bench.server.writes().size());
    assertEquals(
        SMALL + "/" + machine("one"),
        read("one").at("/metadata/annotations").path("windfall.dev/assigned").asText());
    assertEquals(
        List.of("research/one Assigned: given a new g6.xlarge in eu-central-1a at 0.45 USD/h"),
        bench.events);
    assertEquals(1, bench.count("windfall_actions"));
  }

  @Test
  void aNextLeaderPutsTheRestOntoTheMachineThatWasOrdered() {
    pod("half", 2);
    pod("one", 1);
    assign();
    String ordered = machine("half");
    // As if it had ended between the two writes.
    bench.server.remove("v1", "Pod", "research", "one");
    pod("one", 1);
    pass = pass();
    assign();

    assertEquals(ordered, machine("one"));
    assertTrue(
        bench.events.getLast().contains("given a place on a g6.12xlarge"), bench.events::toString);
  }

  private void machine(String name, String rung, int used) {
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodeClaim', 'metadata': {'name': '%1$s',
          'labels': {'karpenter.sh/nodepool': '%2$s', 'windfall.dev/machine': '%1$s'}},
         'status': {'nodeName': 'node-%1$s'}}
        """
            .formatted(name, rung));
    if (used > 0) {
      bench.put(
          """
          {'apiVersion': 'v1', 'kind': 'Pod', 'metadata': {'name': 'on-%1$s', 'namespace': 'other'},
           'spec': {'nodeName': 'node-%1$s', 'containers': [{'name': 'c', 'resources':
             {'limits': {'nvidia.com/gpu': '%2$d'}}}]}, 'status': {'phase': 'Running'}}
          """
              .formatted(name, used));
    }
  }

  @Test
  void aPlaceOnAMachineInUseIsTakenWhereItsShareIsLessThanANewOne() {
    machine("m", "large", 2);
    pod("two", 2);
    pod("one", 1);
    assign();

    assertEquals("m", machine("two"));
    assertFalse(machine("one").equals("m"));
  }

  @Test
  void anIdleMachineIsTakenBeforeOneLikeItIsBoughtAndNotByWhoNeedsLess() {
    machine("idle", "large", 0);
    pod("four", 4);
    assign();
    assertEquals("idle", machine("four"));

    bench.server.remove("v1", "Pod", "research", "four");
    pod("one", 1);
    assign();
    assertEquals(Set.of(SMALL, LARGE), required("one", "windfall.dev/offer"));
  }

  @Test
  void whoHasACapGetsNoOfferAboveIt() {
    pod("one", 1, PREFER + ", 'windfall.dev/max-price-per-gpu': '0.50'", "burst");
    assign();

    assertEquals(Set.of(SMALL), required("one", "windfall.dev/offer"));
  }

  @Test
  void whoWaitedForAPriceIsGivenAMachineTogetherWithOthers() {
    pod("a", 2, PREFER + ", 'windfall.dev/max-price-per-gpu': '1.20'", "price");
    pod("b", 2, PREFER + ", 'windfall.dev/max-price-per-gpu': '1.20'", "price");
    assign();

    assertEquals(machine("a"), machine("b"));
  }

  @Test
  void underAPolicyThatNoLongerSaysSoItGoesByItself() {
    under("assignBursts: false");
    pod("one", 1);
    boolean _ = pass.run();

    assertFalse(held("one"));
    assertTrue(required("one", "windfall.dev/machine").isEmpty());
  }

  @Test
  void whoFindsNoRungIsToldAndGoesByItselfAfterHalfAMinute() {
    pod("huge", 8);
    assign();
    assertEquals(
        List.of(
            "research/huge Waiting: no rung has a machine for it; no node fits yet, although large,"
                + " small are open"),
        bench.events);
    assertTrue(held("huge"));

    after(Burst.PATIENCE);
    assertFalse(held("huge"));
    assertTrue(required("huge", "windfall.dev/machine").isEmpty());
  }

  @Test
  void whoFindsNoRungDoesNotHurryThoseThatComeLater() {
    pod("huge", 8);
    assign();
    after(Duration.ofSeconds(5));
    pod("a", 2);
    after(Duration.ofSeconds(1));

    assertTrue(held("a"));
  }

  @Test
  void withoutAnyPriceItGoesByItselfAfterHalfAMinute() {
    bench.book = PriceBook.empty();
    pod("one", 1);
    assign();
    assertTrue(held("one"));

    after(Burst.PATIENCE);
    assertFalse(held("one"));
  }

  @Test
  void whoDoesNotLeadGivesNothing() {
    bench.leading = false;
    pod("one", 1);
    assign();

    assertTrue(held("one"));
  }
}
