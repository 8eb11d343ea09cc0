package dev.windfall.reconciler.pending;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.policies.Namespace;
import dev.windfall.policies.Policies;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.Surroundings;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What policies and namespaces mean for pods that wait. */
class UnderPoliciesTest {
  private static final String GATE = "'schedulingGates': [{'name': 'windfall.dev/price'}]";
  private static final String CAPPED =
      "'windfall.dev/spot': 'prefer', 'windfall.dev/max-price-per-gpu': '0.50'";
  private static final String TOO_DEAR =
      "no offer at or below 0.50 USD/GPU·h; nearest is g6.xlarge in eu-central-1b at 0.94 (cap set"
          + " by annotation windfall.dev/max-price-per-gpu)";

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

  private void under(String spec) {
    String document =
        """
        apiVersion: windfall.dev/v1alpha1
        kind: SpotPolicy
        metadata: {name: patient}
        spec: {%s}
        """
            .formatted(spec);
    bench.surroundings =
        Surroundings.bare(Policies.of(SpotPolicy.readAll("policy.yaml", document)));
  }

  /** A pod that was created at the time at which the tests begin. */
  private void pod(String annotations, String spec) {
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'Pod',
         'metadata': {'name': 'train', 'namespace': 'research', 'annotations': {%s}},
         'spec': {'containers': [{'name': 'c',
             'resources': {'limits': {'nvidia.com/gpu': '1'}}}]%s},
         'status': {'phase': 'Pending',
           'conditions': [{'type': 'PodScheduled', 'status': 'False', 'reason': 'Unschedulable'}]}}
        """
            .formatted(annotations, spec.isEmpty() ? "" : ", " + spec));
  }

  private JsonNode spec() {
    return bench.read("v1", "Pod", "research", "train").path("spec");
  }

  private JsonNode values() {
    return spec()
        .at(
            "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                + "/nodeSelectorTerms/0/matchExpressions/0/values");
  }

  @Test
  void aPodThatHasWaitedForTooLongGoesOnWaitingAndSaysSo() {
    under("maxWait: 30m, afterMaxWait: Hold");
    pod(CAPPED, GATE);
    pass.run();
    now = Market.NOW.plus(Duration.ofMinutes(30));
    pass.run();

    assertEquals(1, spec().path("schedulingGates").size());
    assertEquals(
        List.of(
            "research/train Waiting: " + TOO_DEAR,
            "research/train Waiting: has waited for more than 30m; " + TOO_DEAR),
        bench.events);
  }

  @Test
  void aPodThatHasWaitedForTooLongGoesOnWithoutItsCapWhereThePolicySaysSo() {
    under("maxWait: 30m, afterMaxWait: Fallback");
    pod(CAPPED, GATE);
    now = Market.NOW.plus(Duration.ofMinutes(29));
    pass.run();
    assertEquals(1, spec().path("schedulingGates").size());

    now = Market.NOW.plus(Duration.ofMinutes(30));
    pass.run();

    assertTrue(spec().path("schedulingGates").isEmpty());
    assertTrue(spec().path("affinity").isMissingNode());
    assertEquals(
        "research/train GateLifted: nothing met the pod's cap within 30m; its policy lets it go on"
            + " without",
        bench.events.getLast());
  }

  @Test
  void theBoundHoldsForAPodThatGoesOnWithoutItsCap() {
    under("maxWait: 30m, afterMaxWait: Fallback, bounds: {maxPricePerGpu: \"1.00\"}");
    pod(CAPPED, GATE);
    now = Market.NOW.plus(Duration.ofMinutes(30));
    pass.run();

    assertTrue(spec().path("schedulingGates").isEmpty());
    assertEquals("eu-central-1b.g6.xlarge.spot", values().path(0).asText());
  }

  @Test
  void aPodThatNothingWithinTheBoundFitsWaitsHoweverLong() {
    under("maxWait: 30m, afterMaxWait: Fallback, bounds: {maxPricePerGpu: \"0.60\"}");
    pod(CAPPED, GATE);
    now = Market.NOW.plus(Duration.ofHours(9));
    pass.run();

    assertEquals(1, spec().path("schedulingGates").size());
    assertEquals(
        List.of(
            "research/train Waiting: has waited for more than 30m; no offer at or below 0.60"
                + " USD/GPU·h; nearest is g6.xlarge in eu-central-1b at 0.94 (cap set by the bounds"
                + " of patient)"),
        bench.events);
  }

  @Test
  void whoFallsBackIsToldOfNoBoundWhereThereIsNone() {
    under("maxWait: 30m, afterMaxWait: Fallback");
    pod(CAPPED + ", 'windfall.dev/gpu-models': 'B200'", GATE);
    now = Market.NOW.plus(Duration.ofHours(1));
    pass.run();

    assertEquals(
        List.of(
            "research/train Waiting: has waited for more than 30m; no offer is as wished; the"
                + " market has none that fits at any price, with model B200"),
        bench.events);
  }

  @Test
  void offersThatAPersonWroteIntoAPodThatWaitsAreNarrowedToThoseGranted() {
    pod(
        "'windfall.dev/spot': 'prefer', 'windfall.dev/max-price-per-gpu': '1.00'",
        GATE
            + """
            , 'affinity': {'nodeAffinity': {'requiredDuringSchedulingIgnoredDuringExecution':
              {'nodeSelectorTerms': [{'matchExpressions': [{'key': 'windfall.dev/offer',
                'operator': 'In', 'values': ['eu-central-1b.g6.xlarge.spot', 'z.dear.spot']}]}]}}}
            """);
    pass.run();

    assertTrue(spec().path("schedulingGates").isEmpty());
    assertEquals(
        List.of("eu-central-1b.g6.xlarge.spot"),
        spec()
            .at(
                "/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution"
                    + "/nodeSelectorTerms/0/matchExpressions/1/values")
            .valueStream()
            .map(JsonNode::asText)
            .toList());
  }

  @Test
  void aPodThatAPolicyRefusesIsNeitherLetGoNorOntoTheRungs() {
    under("bounds: {maxGpusPerPod: 0}, enforcement: Deny");
    String refused =
        "research/train Waiting: the pod asks for 1 GPU; policy \"patient\" allows 0 at most";
    pod("'windfall.dev/spot': 'prefer'", "");
    pass.run();
    assertTrue(spec().path("tolerations").isMissingNode());

    pod("'windfall.dev/spot': 'prefer'", GATE);
    pass.run();
    assertEquals(1, spec().path("schedulingGates").size());
    assertEquals(List.of(refused), bench.events);
  }

  /** A policy may be known to the replica that gated the pod, and not yet to the one that leads. */
  @Test
  void aPodThatNobodyHasAWishForIsLetGoOnceThatHasLasted() {
    pod("", GATE);
    pass.run();
    now = Market.NOW.plus(Duration.ofSeconds(119));
    pass.run();
    assertEquals(1, spec().path("schedulingGates").size());

    now = Market.NOW.plus(Duration.ofMinutes(2));
    pass.run();
    assertTrue(spec().path("schedulingGates").isEmpty());
    assertEquals(
        List.of(
            "research/train Waiting: the pod no longer has a wish to wait for; it is let go in 2m"
                + " if that lasts",
            "research/train GateLifted: the pod no longer has a wish to wait for"),
        bench.events);
  }

  @Test
  void aPodThatOnlyLostItsCapIsLetGoOnceThatHasLasted() {
    pod("'windfall.dev/spot': 'require'", GATE);
    pass.run();
    assertEquals(1, spec().path("schedulingGates").size());

    now = Market.NOW.plus(Duration.ofMinutes(2));
    pass.run();
    assertEquals("spot", values().path(0).asText());
  }

  @Test
  void nobodyIsLetGoWhileAPolicyCannotBeRead() {
    bench.surroundings = Surroundings.bare(Policies.of(List.of(), false, true));
    pod("", GATE);
    pass.run();
    now = Market.NOW.plus(Duration.ofHours(1));
    pass.run();

    assertEquals(1, spec().path("schedulingGates").size());
    assertEquals(
        "research/train Waiting: the pod no longer has a wish to wait for; it waits while a"
            + " SpotPolicy cannot be read",
        bench.events.getFirst());
  }

  @Test
  void aPodWhoseNamespaceIsNotKnownYetIsLeftUntilItIs() {
    bench.surroundings = Surroundings.of(Policies.NONE, Map.of());
    pod("", GATE);
    pass.run();

    assertEquals(1, spec().path("schedulingGates").size());
    assertEquals(List.of(), bench.events);
  }

  @Test
  void theEventNamesThePolicyThatSetTheCap() {
    under("defaults: {spot: prefer, maxPricePerGpu: \"0.50\"}");
    pod("", GATE);
    pass.run();

    assertEquals(
        List.of(
            "research/train Waiting: no offer at or below 0.50 USD/GPU·h; nearest is g6.xlarge in"
                + " eu-central-1b at 0.94 (cap set by policy \"patient\")"),
        bench.events);
  }

  @Test
  void aPodThatWaitedForAModelIsToldThatItCanBeHadNow() {
    pod("'windfall.dev/spot': 'require', 'windfall.dev/gpu-models': 'L4'", GATE);
    pass.run();

    assertEquals("eu-central-1b.g6.xlarge.spot", values().path(0).asText());
    assertEquals(
        List.of("research/train GateLifted: g6.xlarge in eu-central-1b can be had now"),
        bench.events);
  }

  @Test
  void aPodThatItsNamespacePutsOnSpotGetsItsTolerationsWhenAdmissionMissedIt() {
    bench.surroundings =
        Surroundings.of(
            Policies.NONE,
            Map.of(
                "research",
                new Namespace("research", Map.of(), Map.of("windfall.dev/spot", "prefer"))));
    pod("", "");
    pass.run();

    assertEquals(2, spec().path("tolerations").size());
    assertEquals(
        List.of(
            "research/train Tolerates: the pod may use spot nodes now; its wish came without"
                + " admission"),
        bench.events);
  }

  @Test
  void aPodThatAPolicyWouldHaveHeldToNodesIsToldToBeCreatedAgain() {
    under("defaults: {spot: prefer, zones: [eu-central-1a]}");
    pod("", "");
    pass.run();

    assertTrue(spec().path("tolerations").isMissingNode());
    assertEquals(
        List.of(
            "research/train Waiting: the pod's wish (spot prefer by policy \"patient\", zones"
                + " eu-central-1a by policy \"patient\") came without admission and cannot be added"
                + " to a pod that exists; delete it, so that it is created again"),
        bench.events);
  }
}
