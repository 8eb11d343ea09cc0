package dev.windfall.reconciler.launches;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.cluster.ClusterException;
import dev.windfall.kind.local.Fault;
import dev.windfall.market.History;
import dev.windfall.market.OfferKey;
import dev.windfall.market.Quota;
import dev.windfall.market.Retry;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** What Karpenter leaves of a launch, and what is remembered of it. */
class LaunchesTest {
  private static final String NAMESPACE = "windfall-system";
  private static final String RUNG = "gpu-g6-xlarge-eu-central-1a-0a1b2c3d";
  private static final OfferKey OFFER = Market.offer("g6.xlarge", "a", "0.40").key();

  private final Bench bench = new Bench();
  private final Map<String, ClaimEvent> events = new LinkedHashMap<>();
  private final Queue<Runnable> remembered = new ArrayDeque<>();
  private History history = History.empty();
  private int told;
  private Instant now = Market.NOW;
  private LaunchLoop.Pass pass = pass();

  private LaunchLoop.Pass pass() {
    Collection<ClaimEvent> live = events.values();
    return new LaunchLoop.Pass(
        bench.inputs,
        () -> List.copyOf(live),
        bench.writes,
        new Store(bench.writes, NAMESPACE),
        (newest, carried) -> {
          history = newest;
          told++;
          remembered.add(carried);
        },
        Retry.DEFAULT,
        bench.metrics,
        () -> now);
  }

  @BeforeEach
  void aRung() {
    bench.put(
        "{'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': '" + NAMESPACE + "'}}");
    bench.book =
        Market.book(Market.offer("g6.xlarge", "a", "0.40"), Market.offer("g5.xlarge", "a", "0.50"));
    rung(RUNG, "'windfall.dev/offer': '" + OFFER + "'");
  }

  @AfterEach
  void close() {
    bench.close();
  }

  private void rung(String name, String annotations) {
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodePool',
         'metadata': {'name': '%s', 'labels': {'windfall.dev/pool': 'gpu'}, 'annotations': {%s}},
         'spec': {'template': {'spec': {'requirements': [
           {'key': 'karpenter.sh/capacity-type', 'operator': 'In', 'values': ['spot']},
           {'key': 'node.kubernetes.io/instance-type', 'operator': 'In',
            'values': ['g5.xlarge', 'g6.xlarge']},
           {'key': 'topology.kubernetes.io/zone', 'operator': 'In', 'values': ['eu-central-1a']}]}}}}
        """
            .formatted(name, annotations));
  }

  private void claim(String name, String... conditions) {
    StringBuilder list = new StringBuilder();
    for (String condition : conditions) {
      list.append(list.isEmpty() ? "" : ", ")
          .append(
              "{'type': '%s', 'status': 'True', 'lastTransitionTime': '%s'}"
                  .formatted(condition, now));
    }
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodeClaim',
         'metadata': {'name': '%s', 'labels': {'karpenter.sh/nodepool': '%s',
           'windfall.dev/offer': '%s'}},
         'status': {'conditions': [%s]}}
        """
            .formatted(name, RUNG, OFFER, list));
  }

  private void gone(String claim) {
    bench.server.remove("karpenter.sh/v1", "NodeClaim", "", claim);
  }

  private void said(String claim, ClaimEvent.Kind kind) {
    events.put(claim + kind, new ClaimEvent(claim + kind, claim, kind, now));
  }

  private void later(String duration) {
    now = now.plus(Duration.parse("PT" + duration));
  }

  private double launches() {
    return history.offers().values().stream().mapToDouble(past -> past.launches()).sum();
  }

  private double refusals() {
    return history.offers().values().stream().mapToDouble(past -> past.refusals()).sum();
  }

  private boolean passedOver() {
    return history.offers().entrySet().stream()
        .filter(entry -> entry.getKey().equals(OFFER))
        .flatMap(entry -> entry.getValue().setback().stream())
        .anyMatch(failed -> failed.until().isAfter(now));
  }

  @Test
  void aClaimThatNobodySawIsKnownByWhatKarpenterSaysOfIt() {
    pass.run();
    said(RUNG + "-x7k2p", ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    pass.run();

    assertEquals(1, refusals());
    assertTrue(passedOver());
    assertEquals(1, bench.count("windfall_launches"));
  }

  /** Of a name of 63 characters the API server keeps 58, hyphen included. */
  @Test
  void theRungIsKnownWhereItsNameIsCutInThatOfItsClaim() {
    String longest = "gpu-" + "x".repeat(50) + "-deadbeef";
    rung(longest, "'windfall.dev/offer': '" + OFFER + "'");
    pass.run();
    said((longest + "-").substring(0, 58) + "x7k2p", ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    assertTrue(passedOver());
  }

  @Test
  void aClaimThatIsGoneBeforeItWasLaunchedFailedAlsoWithoutAWord() {
    claim("one");
    pass.run();
    gone("one");
    pass.run();
    assertEquals(0, refusals(), "its event may come");

    later("10S");
    pass.run();
    pass.run();
    assertEquals(1, refusals());
  }

  /** A role without a right closed every rung for want of capacity. */
  @Test
  void aClaimThatKarpenterGaveUpAfterFiveMinutesSaysNothingOfCapacity() {
    claim("one");
    pass.run();
    later("5M");
    gone("one");
    pass.run();
    later("1M");
    pass.run();
    assertEquals(0, refusals());
    assertFalse(passedOver());
  }

  @Test
  void aClaimThatIsGoneAndExplainedCountsOnce() {
    claim(RUNG + "-abcde");
    pass.run();
    gone(RUNG + "-abcde");
    said(RUNG + "-abcde", ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    later("1M");
    pass.run();
    assertEquals(1, refusals(), 0.01);
  }

  @Test
  void aNodeClassThatWasNotReadySaysNothingOfTheOffer() {
    claim(RUNG + "-abcde");
    pass.run();
    said(RUNG + "-abcde", ClaimEvent.Kind.NOT_TRIED);
    gone(RUNG + "-abcde");
    pass.run();
    later("1M");
    pass.run();
    assertEquals(0, refusals());
  }

  @Test
  void aClaimThatWentWithItsRungSaysNothing() {
    claim("one");
    pass.run();
    gone("one");
    bench.server.remove("karpenter.sh/v1", "NodePool", "", RUNG);
    later("1M");
    pass.run();
    assertEquals(0, refusals());
  }

  @Test
  void anEventOfAWideRungBlamesAllThatItCouldHaveBought() {
    rung("gpu-wide-01234567", "'windfall.dev/wide': 'L4 x 1 spot'");
    pass.run();
    said("gpu-wide-01234567-abcde", ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    assertEquals(2, history.offers().size());
  }

  @Test
  void aClaimOfAWideRungBlamesOnlyWhatItAskedFor() {
    rung("gpu-wide-01234567", "'windfall.dev/wide': 'L4 x 1 spot'");
    String name = "gpu-wide-01234567-abcde";
    bench.put(
        """
        {'apiVersion': 'karpenter.sh/v1', 'kind': 'NodeClaim',
         'metadata': {'name': '%s', 'labels': {'karpenter.sh/nodepool': 'gpu-wide-01234567'}},
         'spec': {'requirements': [
           {'key': 'node.kubernetes.io/instance-type', 'operator': 'In', 'values': ['g5.xlarge']}]}}
        """
            .formatted(name));
    pass.run();
    said(name, ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    assertEquals(
        List.of("g5.xlarge"),
        history.offers().keySet().stream().map(OfferKey::instanceType).toList());
  }

  @Test
  void aQuotaIsRememberedAsWhatItCovers() {
    pass.run();
    said(RUNG + "-abcde", ClaimEvent.Kind.OVER_QUOTA);
    pass.run();
    assertEquals(
        List.of(Quota.of(Market.offer("g6.xlarge", "a", "0.40"))),
        List.copyOf(history.quotas().keySet()));
  }

  @Test
  void aClaimWhoseNodeIsOfUseIsALaunchThatWentWellAndItsTimeIsCountedInSteps() {
    claim("one", "Launched", "Registered");
    pass.run();
    assertEquals(0, launches());

    later("30S");
    claim("one", "Launched", "Registered", "Initialized");
    pass.run();
    assertEquals(1, launches());

    later("40M");
    pass.run();
    double hours = history.offers().values().iterator().next().upHours();
    assertEquals(0.5, hours, 0.02);
  }

  @Test
  void anInterruptionIsWhatKarpenterCallsOne() {
    claim(RUNG + "-abcde", "Launched", "Registered", "Initialized");
    pass.run();
    later("20M");
    said(RUNG + "-abcde", ClaimEvent.Kind.INTERRUPTED);
    gone(RUNG + "-abcde");
    pass.run();
    var past = history.offers().values().iterator().next();
    assertEquals(1, past.interruptions(), 0.01);
    assertEquals(20 / 60.0, past.upHours(), 0.01);
    assertFalse(passedOver());
  }

  @Test
  void aMachineThatNeverJoinedFailed() {
    claim("one", "Launched");
    pass.run();
    later("15M");
    gone("one");
    pass.run();
    assertTrue(passedOver());
    assertEquals(0, refusals());
  }

  @Test
  void itIsWrittenWhenItChangedAndAtMostEveryHalfMinute() {
    pass.run();
    assertEquals(0, writes());
    said(RUNG + "-aaaaa", ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    assertEquals(1, writes());
    later("1S");
    said(RUNG + "-bbbbb", ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    assertEquals(1, writes());
    later("29S");
    pass.run();
    assertEquals(2, writes());
    later("5M");
    pass.run();
    assertEquals(2, writes());
  }

  private long writes() {
    return bench.server.writes().stream()
        .filter(write -> write.plural().equals("configmaps"))
        .count();
  }

  @Test
  void whoLeadsNextGoesOnWhereItWasLeft() {
    said(RUNG + "-aaaaa", ClaimEvent.Kind.NO_CAPACITY);
    claim("one", "Launched", "Registered", "Initialized");
    later("1S");
    pass.run();
    History before = history;

    later("1M");
    pass = pass();
    pass.run();

    assertEquals(before, history);
  }

  /** As where a process was halted for as long as another led. */
  @Test
  void whatAnotherLeaderHasToldMeanwhileIsNotWrittenOver() {
    said(RUNG + "-aaaaa", ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    later("1M");
    said(RUNG + "-bbbbb", ClaimEvent.Kind.NO_CAPACITY);
    pass().run();
    events.clear();

    later("1M");
    claim("one", "Launched", "Registered", "Initialized");
    later("1S");
    pass.run();
    later("1M");
    pass.run();
    assertEquals(2, refusals(), 0.01);
    assertEquals(1, launches(), 0.01);
  }

  @Test
  void theHistoryIsKnownOnceBooksCarryItAndHasToBeReadAgainByWhoLedBefore() {
    pass.run();
    assertFalse(pass.known(), "it was only told");
    remembered.remove().run();
    assertTrue(pass.known());

    bench.leading = false;
    pass.run();
    assertFalse(pass.known());
    bench.leading = true;
    pass.run();
    remembered.forEach(Runnable::run);
    assertTrue(pass.known());
  }

  @Test
  void aHistoryThatMayNotBeReadIsNotWaitedFor() {
    bench.server.faults().next("get", "configmaps", Fault.status(403));
    assertThrows(ClusterException.class, pass::run);
    assertTrue(pass.known());
  }

  @Test
  void whoDoesNotLeadReadsWhatTheLeaderWrites() {
    said(RUNG + "-aaaaa", ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    History before = history;
    history = History.empty();

    bench.leading = false;
    pass = pass();
    pass.run();

    assertEquals(before, history);
    assertEquals(1, writes());
  }

  @Test
  void whatAHandMadeOfItIsWrittenOver() {
    bench.put(
        """
        {'apiVersion': 'v1', 'kind': 'ConfigMap',
         'metadata': {'name': 'windfall-history', 'namespace': 'windfall-system'},
         'data': {'history.json': 'nothing of the kind'}}
        """);
    said(RUNG + "-aaaaa", ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    History before = history;
    pass = pass();
    pass.run();
    assertEquals(before, history);
  }

  @Test
  void whatIsExpectedIsSaidAgainSinceItChangesWithTheTime() {
    said(RUNG + "-aaaaa", ClaimEvent.Kind.NO_CAPACITY);
    pass.run();
    int before = told;
    later("5M");
    pass.run();
    assertEquals(before + 1, told);
  }

  private void givenBack(String claim) {
    bench.now = now;
    bench.server.change(
        "karpenter.sh/v1",
        "NodeClaim",
        "",
        claim,
        object -> {
          object.withObject("/metadata").putArray("finalizers").add("karpenter.sh/termination");
          return object;
        });
    gone(claim);
  }

  /** What was told in memory by whoever deleted it was lost with a leader that ended there. */
  @Test
  void aMachineThatIsGivenBackForWantOfGpusFailedForWhoeverLeadsByThen() {
    claim("one", "Launched", "Registered");
    pass.run();
    later("20M");
    givenBack("one");
    pass = pass();
    pass.run();

    assertTrue(passedOver());
    assertEquals(0, refusals());
    assertEquals(1, bench.count("windfall_launches"));
    pass.run();
    later("1M");
    gone("one");
    pass = pass();
    pass.run();
    assertEquals(1, bench.count("windfall_launches"), "it is told once");
  }

  @Test
  void aMachineThatIsGivenUpWhileItsGpusMayStillComeSaysNothing() {
    claim("one", "Launched", "Registered");
    pass.run();
    later("19M");
    givenBack("one");
    pass.run();

    assertFalse(passedOver());
  }

  /** It lost up to a quarter of an hour for each machine. */
  @Test
  void whoLeadsNextCountsTheTimeFromWhereItWasCounted() {
    claim("one", "Launched", "Registered", "Initialized");
    pass.run();
    later("20M");
    pass.run();
    later("1M");
    pass = pass();
    pass.run();
    later("19M");
    pass.run();

    double hours = history.offers().values().iterator().next().upHours();
    assertEquals(0.5, hours, 0.02);
  }
}
