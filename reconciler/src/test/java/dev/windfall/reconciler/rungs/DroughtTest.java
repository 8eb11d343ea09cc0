package dev.windfall.reconciler.rungs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.History;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Risk;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

/** A market in which nothing can be had: how often is it tried. */
class DroughtTest {
  private static final String REGION = "eu-central-1";

  private final Cluster cluster = new Cluster().pool("gpu", "");
  private final PriceBook market =
      Market.book(
          IntStream.range(0, 10)
              .mapToObj(
                  i -> Market.offer("g6.%dxlarge".formatted(i), "a", i == 0 ? "0.20" : "0.4" + i))
              .toArray(dev.windfall.market.Offer[]::new));
  private History history = History.empty();

  private void settle() {
    cluster.prices(market.with(history, cluster.now));
    cluster.settle();
  }

  private Optional<LiveRung> heaviest() {
    return cluster.rungs.values().stream()
        .map(LiveRung::new)
        .filter(rung -> rung.closed().isEmpty())
        .max(Comparator.comparingInt(rung -> rung.object().at("/spec/weight").asInt()));
  }

  private OfferKey fail() {
    OfferKey offer = heaviest().orElseThrow().offer().orElseThrow();
    history = history.with(new History.NoCapacity(offer, REGION, cluster.now), Risk.DEFAULT);
    return offer;
  }

  @Test
  void theNextBestIsTriedAtOnceAndTheStatusSaysWhy() {
    cluster.waits(1);
    settle();
    assertEquals("g6.0xlarge/a", cluster.order().getFirst());

    fail();
    settle();

    assertEquals("g6.1xlarge/a", cluster.order().getFirst());
    String why = new LiveRung(cluster.object("g6.0xlarge/a")).closed().orElseThrow();
    assertTrue(why.startsWith("no capacity, once; tried again at 2026-11-20T10:0"), why);
    assertTrue(cluster.poolObject("gpu").path("status").toString().contains(why));
  }

  /** Not the very cheapest any more: who was out a moment ago is expected to be out again soon. */
  @Test
  void itIsUsedAgainWhenItsTimeIsOverAndItIsStillTheCheapest() {
    cluster.waits(1);
    settle();
    fail();
    settle();
    cluster.now = cluster.now.plus(Duration.ofMinutes(4));
    settle();
    assertEquals("g6.0xlarge/a", cluster.order().getFirst());
  }

  /** A closed rung kept the reason of its first day, and nodes over the cap got new work. */
  @Test
  void aRungThatIsClosedForAWhileAndThenTooDearSaysSo() {
    cluster.waits(1);
    settle();
    fail();
    settle();
    cluster.pool("gpu", "'maxPricePerGpu': '0.10'");
    settle();
    String why = new LiveRung(cluster.object("g6.0xlarge/a")).closed().orElseThrow();
    assertTrue(why.startsWith("costs "), why);
  }

  /**
   * Karpenter looks again about every ten seconds, and without a memory would make a claim each
   * time: 360 in an hour. Each offer may be tried at 0, 3, 9, 21 and 45 minutes, with jitter.
   */
  @Test
  void anHourWithoutCapacityCostsAHandfulOfClaimsAnOffer() {
    cluster.waits(1);
    settle();
    int claims = 0;
    Instant end = cluster.now.plus(Duration.ofHours(1));
    while (cluster.now.isBefore(end)) {
      if (heaviest().isPresent()) {
        fail();
        claims++;
      }
      settle();
      cluster.now = cluster.now.plusSeconds(10);
    }
    int offers = (int) market.offers().stream().count();
    assertTrue(claims >= offers && claims <= 5 * offers, claims + " claims");
    List<String> open = cluster.order();
    assertTrue(open.size() <= offers, () -> open.toString());
  }
}
