package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Needs;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Selector.Expression;
import dev.windfall.policies.Selector.Operator;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** On-demand rungs beneath those of spot. */
class FallbackTest {
  private static final Offer LISTED = onDemand("g6.2xlarge", "0.30");
  private static final PriceBook BOTH = book(offer("g6.xlarge", "a", "0.40"), LISTED);
  private static final NodeTerms SPOT_ONLY =
      new NodeTerms(
          List.of(List.of(new Expression(Keys.CAPACITY_TYPE, Operator.IN, Set.of("spot")))));

  private final Cluster cluster = new Cluster().prices(BOTH);

  private static Offer onDemand(String type, String usdPerHour) {
    return Market.offer(type, "a", Capacity.ON_DEMAND, 1, usdPerHour, Optional.empty());
  }

  private Cluster after(String wait) {
    return cluster.pool("gpu", "'onDemandFallback': {'enabled': true, 'after': '" + wait + "'}");
  }

  private List<String> orderAfter(Duration time) {
    cluster.later(time).settle();
    return cluster.order();
  }

  @Test
  void withoutAWaitItStandsOpenBeneathEverySpotRungOfTheCluster() {
    cluster.pool("other", "'families': ['g5']");
    cluster.prices(book(offer("g6.xlarge", "a", "0.40"), LISTED, offer("g5.xlarge", "b", "9.00")));
    after("0s").settle();
    assertEquals("g6.2xlarge/a", cluster.order().getLast());
    assertEquals(4, cluster.order().size());
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void withoutItNothingIsBoughtOnDemand() {
    cluster.pool("gpu", "").settle();
    assertEquals(List.of("g6.xlarge/a"), cluster.order());
  }

  @Test
  void itIsOfTheSameFamiliesUnderTheSameCap() {
    cluster.pool(
        "gpu",
        "'onDemandFallback': {'enabled': true}, 'families': ['g6'], 'maxPricePerGpu': '0.50'");
    cluster.prices(
        book(
            offer("g6.xlarge", "a", "0.40"),
            LISTED,
            onDemand("g5.xlarge", "0.10"),
            onDemand("g6.4xlarge", "0.60")));
    cluster.settle();
    assertEquals(List.of("g6.xlarge/a", "g6.2xlarge/a"), cluster.order());
  }

  @Test
  void itIsOpenedOnceAPodHasWaitedThatLong() {
    after("10m").waits(1).settle();
    assertEquals(List.of("g6.xlarge/a"), orderAfter(Duration.ofMinutes(9)));
    assertEquals(List.of("g6.xlarge/a", "g6.2xlarge/a"), orderAfter(Duration.ofMinutes(1)));
  }

  @Test
  void aPodThatRequiresSpotOpensNothing() {
    after("10m").waits(1, SPOT_ONLY).settle();
    assertEquals(List.of("g6.xlarge/a"), orderAfter(Duration.ofHours(1)));
  }

  @Test
  void aPodThatIsTooBigForItOpensNothing() {
    after("10m").waits(2).settle();
    assertEquals(List.of("g6.xlarge/a"), orderAfter(Duration.ofHours(1)));
  }

  @Test
  void aPodThatAsksForMoreProcessorsThanItHasOpensNothing() {
    after("10m").waits(1, new Needs(100_000, 0), NodeTerms.ANY, List.of()).settle();
    assertEquals(List.of("g6.xlarge/a"), orderAfter(Duration.ofHours(1)));
  }

  @Test
  void aPodThatAsksForMoreMemoryThanItHasOpensNothing() {
    after("10m").waits(1, new Needs(0, 1L << 40), NodeTerms.ANY, List.of()).settle();
    assertEquals(List.of("g6.xlarge/a"), orderAfter(Duration.ofHours(1)));
  }

  @Test
  void aPodWhoseVolumeIsInAnotherZoneOpensNothing() {
    cluster.zonesOfVolumes.put("data", Set.of("eu-central-1c"));
    after("10m").waits(1, Needs.NONE, NodeTerms.ANY, List.of("data")).settle();
    assertEquals(List.of("g6.xlarge/a"), orderAfter(Duration.ofHours(1)));
  }

  @Test
  void aPodWhoseVolumeIsInItsZoneOpensIt() {
    cluster.zonesOfVolumes.put("data", Set.of("eu-central-1a"));
    after("10m").waits(1, Needs.NONE, NodeTerms.ANY, List.of("data")).settle();
    assertEquals(List.of("g6.xlarge/a", "g6.2xlarge/a"), orderAfter(Duration.ofHours(1)));
  }

  @Test
  void itIsClosedTenMinutesAfterTheLastPodThatHadToWait() {
    after("10m").waits(1).settle();
    cluster.later(Duration.ofMinutes(10)).settle();
    cluster.pods.clear();
    assertEquals(2, orderAfter(Duration.ofMinutes(9)).size());
    assertEquals(List.of("g6.xlarge/a"), orderAfter(Duration.ofMinutes(1)));
    assertEquals(
        Optional.of("no pod that could use it has waited for 10m in the last 10 minutes"),
        new LiveRung(cluster.object("g6.2xlarge/a")).closed());
  }

  @Test
  void aDroughtIsWaitedForOnceAndNotOncePerPod() {
    after("10m").waits(1).settle();
    cluster.later(Duration.ofMinutes(10)).settle();
    cluster.pods.clear();
    cluster.later(Duration.ofMinutes(5)).waits(1);
    assertEquals(2, orderAfter(Duration.ZERO).size());
  }

  @Test
  void aPodThatWaitsOnIsWrittenEveryFiveMinutesAtMost() {
    after("10m").waits(1).settle();
    cluster.later(Duration.ofMinutes(10)).settle();
    int writes = 0;
    for (int minute = 0; minute < 60; minute++) {
      writes += cluster.later(Duration.ofMinutes(1)).settle().actions().size();
    }
    assertEquals(12, writes);
  }

  @Test
  void aRestartForgetsNothing() {
    after("10m").waits(1).settle();
    cluster.later(Duration.ofMinutes(10)).settle();
    cluster.pods.clear();
    cluster.later(Duration.ofMinutes(1));
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  /** List prices never age, so a silent spot market would have moved everything to on-demand. */
  @Test
  void aSpotMarketThatFallsSilentIsNoReasonToBuyOnDemandAlone() {
    Offer seen = Market.offer("g6.xlarge", "a", Capacity.SPOT, 1, "0.40", Optional.of(Market.NOW));
    cluster.prices(book(seen, LISTED));
    after("0s").settle();
    cluster.later(Duration.ofHours(2));
    assertEquals(List.of(), cluster.settle().actions());
    cluster.prices(book(LISTED));
    assertEquals(List.of(), cluster.settle().actions());
  }

  @Test
  void aPoolOfOnDemandCapacityIsAsItWas() {
    cluster.pool("gpu", "'capacity': 'on-demand'").settle();
    assertEquals(List.of("g6.2xlarge/a"), cluster.order());
  }

  @Test
  void switchedOffItsRungsCloseAndTheirNodesRunOn() {
    after("0s").settle();
    String rung = cluster.rung("g6.2xlarge/a");
    cluster.launch(rung);
    cluster.pool("gpu", "'onDemandFallback': {'enabled': false}").settle();
    cluster.later(Duration.ofDays(1)).settle();
    assertEquals(
        Optional.of("the pool has no onDemandFallback"),
        new LiveRung(cluster.rungObject(rung)).closed());
  }
}
