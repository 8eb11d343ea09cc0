package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** A lead counts once it has lasted; who remembers since when is the rung that is undercut. */
class MinHoldTest {
  private static final double BAND = 0.05;
  private static final Duration HOLD = Duration.ofMinutes(10);
  private static final String LEAD_SINCE = "/metadata/annotations/windfall.dev~1lead-since";

  private final Cluster cluster = new Cluster();

  @BeforeEach
  void twoRungs() {
    cluster.pool("gpu", "'ranking': {'minHold': '10m'}");
    prices("0.40", "0.50");
    cluster.settle();
  }

  @Test
  void aLeadThatHasNotLastedChangesNothingButTheMemoryOfIt() {
    prices("0.60", "0.50");
    cluster.settle();

    assertEquals(List.of("g6.xlarge/a", "g5.xlarge/a"), cluster.order());
    assertEquals(
        "gpu/eu-central-1a.g5.xlarge.spot=2026-11-20T10:00:00Z",
        cluster.object("g6.xlarge/a").at(LEAD_SINCE).asText());
    assertTrue(cluster.plan().isEmpty());
  }

  @Test
  void aLeadThatHasLastedCountsAndIsForgotten() {
    prices("0.60", "0.50");
    cluster.settle();
    later(Duration.ofSeconds(599));
    assertTrue(cluster.plan().isEmpty());

    later(Duration.ofSeconds(1));
    cluster.settle();

    assertEquals(List.of("g5.xlarge/a", "g6.xlarge/a"), cluster.order());
    assertTrue(cluster.object("g6.xlarge/a").at(LEAD_SINCE).isMissingNode());
    assertTrue(cluster.plan().isEmpty());
  }

  @Test
  void aLeadThatWasLostBeginsAnew() {
    prices("0.60", "0.50");
    cluster.settle();
    later(Duration.ofMinutes(6));
    prices("0.51", "0.50");
    cluster.settle();
    later(Duration.ofMinutes(1));
    prices("0.60", "0.50");
    cluster.settle();
    later(Duration.ofMinutes(9));
    cluster.settle();

    assertEquals(List.of("g6.xlarge/a", "g5.xlarge/a"), cluster.order());

    later(Duration.ofMinutes(1));
    cluster.settle();

    assertEquals(List.of("g5.xlarge/a", "g6.xlarge/a"), cluster.order());
  }

  @Test
  void aNewcomerWaitsToo() {
    cluster.prices(
        book(
            offer("g6.xlarge", "a", "0.40"),
            offer("g5.xlarge", "a", "0.50"),
            offer("g6.2xlarge", "a", "0.20")));
    cluster.settle();
    assertEquals(List.of("g6.xlarge/a", "g5.xlarge/a", "g6.2xlarge/a"), cluster.order());

    later(HOLD);
    cluster.settle();

    assertEquals(List.of("g6.2xlarge/a", "g6.xlarge/a", "g5.xlarge/a"), cluster.order());
  }

  @Test
  void aRefusedHolderGoesAtOnce() {
    cluster.pool("gpu", "'ranking': {'minHold': '10m'}, 'maxPricePerGpu': '0.55'");
    prices("0.60", "0.50");
    cluster.settle();

    assertEquals(List.of("g5.xlarge/a"), cluster.order());
  }

  @Test
  void anotherDemandActsAtOnce() {
    cluster.prices(
        book(
            offer("g6.xlarge", "a", "0.40"),
            offer("g6.12xlarge", "a", Capacity.SPOT, 4, "1.20", Optional.empty())));
    cluster.settle();
    assertEquals("g6.xlarge/a", cluster.order().getFirst());

    cluster.waits(4);
    cluster.settle();

    assertEquals("g6.12xlarge/a", cluster.order().getFirst());
    assertTrue(cluster.plan().isEmpty());
  }

  @Test
  void whatAHandMadeOfTheMemoryBeginsAnew() {
    prices("0.60", "0.50");
    cluster.settle();
    later(Duration.ofMinutes(9));
    cluster
        .object("g6.xlarge/a")
        .withObject("/metadata/annotations")
        .put("windfall.dev/lead-since", "x/=,/=2026,gpu/eu-central-1a.g5.xlarge.spot=soon");
    cluster.settle();
    later(Duration.ofMinutes(9));
    cluster.settle();
    assertEquals("g6.xlarge/a", cluster.order().getFirst());

    later(Duration.ofMinutes(1));
    cluster.settle();
    assertEquals("g5.xlarge/a", cluster.order().getFirst());
  }

  /** It once made every plan fail. */
  @ParameterizedTest
  @ValueSource(strings = {"2027-01-01T00:00:00Z", "+1000000000-12-31T23:59:59.999999999Z"})
  void aTimeToComeIsNow(String written) {
    prices("0.60", "0.50");
    cluster.settle();
    cluster
        .object("g6.xlarge/a")
        .withObject("/metadata/annotations")
        .put("windfall.dev/lead-since", "gpu/eu-central-1a.g5.xlarge.spot=" + written);
    cluster.settle();
    later(HOLD);
    cluster.settle();

    assertEquals("g5.xlarge/a", cluster.order().getFirst());
  }

  /**
   * Whenever one rung overtakes another, somebody that moved up has undercut somebody that it
   * passed, by more than the band and at every look for ten minutes.
   */
  @RepeatedTest(20)
  void anOrderChangesOnlyForALeadThatLasted() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Map<String, Instant> since = new HashMap<>();
    double[] prices = {0.40, 0.50, 0.45, 0.48};
    for (int step = 0; step < 60; step++) {
      if (random.nextInt(3) == 0) {
        prices[random.nextInt(prices.length)] = 0.30 + random.nextDouble() / 4;
      }
      List<Offer> offers = new ArrayList<>();
      Map<String, Double> byName = new HashMap<>();
      for (int i = 0; i < prices.length; i++) {
        String price = String.format(Locale.ROOT, "%.6f", prices[i]);
        offers.add(offer("g" + i + ".xlarge", "a", price));
        byName.put("g" + i + ".xlarge/a", Double.parseDouble(price));
      }
      remember(since, byName);
      List<String> before = cluster.order();
      java.util.Collections.shuffle(offers, random);
      cluster.prices(PriceBook.of(offers, List.of()));
      cluster.settle();
      List<String> after = cluster.order();

      for (String up : after) {
        List<String> passed =
            before.stream()
                .filter(byName::containsKey)
                .filter(down -> before.contains(up))
                .filter(down -> before.indexOf(down) < before.indexOf(up))
                .filter(down -> after.indexOf(down) > after.indexOf(up))
                .toList();
        assertTrue(
            passed.isEmpty() || passed.stream().anyMatch(down -> lasted(since, up, down)),
            () -> "seed " + seed + ": " + up + " from " + before + " to " + after);
      }
      assertTrue(cluster.plan().isEmpty(), () -> "seed " + seed);
      later(Duration.ofMinutes(random.nextInt(4)));
    }
    assertFalse(cluster.order().isEmpty());
  }

  private void remember(Map<String, Instant> since, Map<String, Double> prices) {
    prices.forEach((up, usd) ->
        prices.forEach((down, dear) -> {
          if (usd < dear * (1 - BAND)) {
            since.putIfAbsent(up + " " + down, cluster.now);
          } else {
            since.remove(up + " " + down);
          }
        }));
  }

  private boolean lasted(Map<String, Instant> since, String up, String down) {
    Instant at = since.get(up + " " + down);
    return at != null && !at.plus(HOLD).isAfter(cluster.now);
  }

  private void prices(String g6, String g5) {
    cluster.prices(book(offer("g6.xlarge", "a", g6), offer("g5.xlarge", "a", g5)));
  }

  private void later(Duration time) {
    cluster.now = cluster.now.plus(time);
  }
}
