package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.offer;
import static dev.windfall.market.Offers.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertNotSame;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.Bounds;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Request;
import dev.windfall.policies.Spot;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrantsTest {
  private static final PriceBook BOOK =
      book(offer("g6.xlarge", "0.40"), offer("g5.xlarge", "0.50"));
  private static final List<SpotPool> POOLS = List.of(pool("capacity: spot"));
  private static final Request CAPPED =
      Request.of(1, Spot.PREFER).capped(Optional.of(Usd.parse("0.45")));

  @Test
  void oneWishIsLookedUpOnce() {
    Grants grants = new Grants(BOOK, POOLS, NOW);

    assertSame(
        grants.of(CAPPED),
        grants.of(Request.of(1, Spot.PREFER).capped(Optional.of(Usd.parse("0.45")))));
    assertEquals(Grant.of(CAPPED, POOLS, BOOK, NOW), grants.of(CAPPED));
  }

  @Test
  void theyAreKeptForAMinuteOfOneBookAndTheSamePools() {
    Grants grants = new Grants(BOOK, POOLS, NOW);

    assertSame(grants, grants.at(BOOK, List.of(pool("capacity: spot")), NOW.plusSeconds(59)));
    assertNotSame(grants, grants.at(BOOK, POOLS, NOW.plusSeconds(60)));
    assertNotSame(grants, grants.at(BOOK, List.of(), NOW));
    assertNotSame(grants, grants.at(book(offer("g6.xlarge", "0.41")), POOLS, NOW));
  }

  @Test
  void aThousandWishesAreRememberedAndOneMoreIsStillAnswered() {
    Grants grants = new Grants(BOOK, POOLS, NOW);
    for (int gpus = 1; gpus <= 1_000; gpus++) {
      grants.of(Request.of(gpus, Spot.PREFER));
    }

    assertEquals(Grant.of(CAPPED, POOLS, BOOK, NOW), grants.of(CAPPED));
    assertNotSame(grants.of(CAPPED), grants.of(CAPPED));
  }

  private static OfferKey key(String type) {
    return BOOK.offers().stream()
        .map(Offer::key)
        .filter(key -> key.instanceType().equals(type))
        .findFirst()
        .orElseThrow();
  }

  @Test
  void anOfferIsAdmittedByTheWholeWishAlsoWhereLabelsWouldSayIt() {
    Grants grants = new Grants(BOOK, List.of(), NOW);
    OfferKey small = key("g6.xlarge");
    OfferKey dear = key("g5.xlarge");

    assertTrue(grants.admits(CAPPED, small));
    assertFalse(grants.admits(CAPPED, dear));
    assertTrue(grants.admits(Request.of(1, Spot.REQUIRE), dear));
    assertFalse(grants.admits(Request.of(1, Spot.NEVER), dear));
    assertFalse(grants.admits(Request.of(2, Spot.PREFER), small));
    assertFalse(grants.admits(CAPPED, new OfferKey("z", "gone", Capacity.SPOT)));
  }

  @Test
  void whatMayBeBoughtIsWhatAPoolMayBuyTheCheapestFirst() {
    Request any = Request.of(1, Spot.PREFER);

    assertEquals(
        List.of("g6.xlarge", "g5.xlarge"),
        new Grants(BOOK, POOLS, NOW)
            .buyable(any).stream().map(offer -> offer.key().instanceType()).toList());
    assertEquals(List.of(), new Grants(BOOK, List.of(), NOW).buyable(any));
  }

  @ParameterizedTest
  @CsvSource({
    // offer, most a GPU, provider, on demand, beyond
    "eu-central-1a.g6.xlarge.spot,      -,    -,      true,  false",
    "eu-central-1a.g6.xlarge.spot,      0.40, -,      true,  false",
    "eu-central-1a.g6.xlarge.spot,      0.39, -,      true,  true",
    "eu-central-1a.g6.xlarge.spot,      -,    aws,    true,  false",
    "eu-central-1a.g6.xlarge.spot,      -,    runpod, true,  true",
    "eu-central-1a.g6.xlarge.on-demand, -,    -,      false, true",
    "eu-central-1a.g6.xlarge.spot,      -,    -,      false, false",
    // What the market does not have is judged by its name alone.
    "eu-west-1a.p5.48xlarge.spot,       0.01, runpod, true,  false",
    "eu-west-1a.p5.48xlarge.on-demand,  -,    -,      false, true",
    "no-offer,                          0.01, runpod, false, false",
  })
  void anOfferIsBeyondBounds(
      String offer, String most, String provider, boolean onDemand, boolean beyond) {
    Bounds bounds =
        new Bounds(
            Optional.of(most).filter(cap -> !cap.equals("-")).map(Usd::parse),
            OptionalInt.empty(),
            provider.equals("-") ? List.of() : List.of(provider),
            onDemand);

    assertEquals(beyond, new Grants(BOOK, POOLS, NOW).beyond(bounds, offer, 1));
  }
}
