package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.History;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Risk;
import dev.windfall.market.Setback;
import dev.windfall.market.SourceHealth;
import dev.windfall.reconciler.LiveRung;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** What a source that has said nothing yet holds as it is, and what it does not. */
class SilentSourceTest {
  private static final List<Offer> SIX =
      List.of(
          offer("g6.xlarge", "a", "0.40"),
          offer("g6.xlarge", "b", "0.41"),
          offer("g6.xlarge", "c", "0.42"),
          offer("g6.2xlarge", "a", "0.50"),
          offer("g6.2xlarge", "b", "0.51"),
          offer("g6.2xlarge", "c", "0.60"));

  private final Cluster cluster =
      new Cluster().pool("gpu", "'maxZones': 1").prices(PriceBook.of(SIX, List.of()));

  private static SourceHealth silent(String name) {
    return new SourceHealth(
        name, 0, Optional.empty(), Optional.of("is denied"), List.of(), List.of());
  }

  private History setbacks(List<Offer> offers) {
    History history = History.empty();
    for (Offer one : offers) {
      history =
          history.with(new History.NoCapacity(one.key(), one.region(), cluster.now), Risk.DEFAULT);
    }
    return history;
  }

  private LiveRung onlyWide() {
    assertEquals(1, cluster.wide().size(), cluster.wide()::toString);
    return cluster.wide().getFirst();
  }

  /** As after a change of leaders: the new one has what was published, and has asked nobody. */
  @Test
  void aWideRungThatCouldNotBeHadStaysClosedForThatReason() {
    cluster.settle();
    History history = setbacks(SIX);
    cluster.prices(PriceBook.of(SIX, List.of(), history, cluster.now)).settle();
    String why = onlyWide().closed().orElseThrow();
    assertTrue(Setback.isReason(why), why);
    cluster.prices(PriceBook.of(SIX, List.of(silent("a")), history, cluster.now));
    assertEquals(List.of(), cluster.plan().actions());
    cluster.later(Duration.ofHours(1)).settle();
    assertEquals(Optional.of(why), onlyWide().closed());
    cluster.prices(PriceBook.of(SIX, List.of())).settle();
    assertEquals(Optional.empty(), onlyWide().closed());
  }

  @Test
  void anExactRungThatCouldNotBeHadStaysClosedForThatReason() {
    cluster.settle();
    String rung = cluster.rung("g6.xlarge/a");
    cluster.prices(PriceBook.of(SIX, List.of(), setbacks(SIX.subList(0, 1)), cluster.now)).settle();
    String why = new LiveRung(cluster.rungObject(rung)).closed().orElseThrow();
    assertTrue(Setback.isReason(why), why);
    cluster.prices(PriceBook.of(SIX.subList(1, 6), List.of(silent("a")))).settle();
    cluster.later(Duration.ofHours(1)).settle();
    assertEquals(Optional.of(why), new LiveRung(cluster.rungObject(rung)).closed());
    cluster.prices(PriceBook.of(SIX.subList(1, 6), List.of())).settle();
    cluster.settle();
    assertFalse(cluster.rungs.containsKey(rung), cluster.rungs.keySet()::toString);
  }

  /** Silence is no reason to leave what a hand made of it. */
  @Test
  void aClosedRungThatAHandOpenedIsClosedAgain() {
    cluster.settle();
    History history = setbacks(SIX);
    cluster.prices(PriceBook.of(SIX, List.of(), history, cluster.now)).settle();
    cluster.rungObject(onlyWide().name()).withObject("/spec/limits").put("nvidia.com/gpu", "8");
    cluster.prices(PriceBook.of(SIX, List.of(silent("a")), history, cluster.now)).settle();
    assertEquals(0, Knobs.of(onlyWide()).gpuLimit());
  }

  @Test
  void aPoolThatIsDeletedTakesItsClosedRungsWithIt() {
    cluster.settle();
    History history = setbacks(SIX);
    cluster.prices(PriceBook.of(SIX, List.of(), history, cluster.now)).settle();
    cluster.prices(PriceBook.of(SIX, List.of(silent("a")), history, cluster.now));
    cluster.delete("gpu").settle();
    cluster.later(Duration.ofHours(1)).settle();
    assertEquals(List.of(), cluster.wide());
  }

  /** An account without rights in a second region once held every wide rung open, over its cap. */
  @Test
  void aSourceOfAnotherRegionHoldsNothing() {
    cluster.settle();
    cluster.prices(PriceBook.of(SIX, List.of(silent("aws us-east-1"))));
    cluster.pool("gpu", "'maxPricePerGpu': '0.55'").settle();
    assertTrue(onlyWide().closed().orElseThrow().contains("above the cap"), onlyWide()::toString);
    cluster.pool("gpu", "'maxPricePerGpu': '0.65'").settle();
    assertEquals(Optional.empty(), onlyWide().closed());
  }

  @Test
  void aSourceOfAnotherRegionLetsWideRungsBeMade() {
    cluster.prices(PriceBook.of(SIX, List.of(silent("aws us-east-1")))).settle();
    assertEquals(Optional.empty(), onlyWide().closed());
  }

  @Test
  void aSourceOfAnotherRegionKeepsNoRungOfAnOfferThatIsGone() {
    cluster.settle();
    String rung = cluster.rung("g6.xlarge/a");
    cluster.prices(PriceBook.of(SIX.subList(1, 6), List.of(silent("aws us-east-1")))).settle();
    assertEquals(
        Optional.of("it is gone from the price book"),
        new LiveRung(cluster.rungObject(rung)).closed());
  }

  @Test
  void thePoolsOwnRegionHoldsWhatItMayKnow() {
    cluster.settle();
    cluster.prices(PriceBook.of(SIX.subList(0, 5), List.of(silent("aws eu-central-1"))));
    assertEquals(List.of(), cluster.plan().actions());
  }
}
