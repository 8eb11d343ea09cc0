package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Usd;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.file.FileSource;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.junit.jupiter.api.Test;

class SampleMarketTest {
  private static final int SEEDS = 50;

  private static List<String> texts(long seed, int moves) {
    SampleMarket market = new SampleMarket(seed);
    return LongStream.range(0, moves)
        .mapToObj(_ -> {
          market.move();
          return market.text();
        })
        .toList();
  }

  private static Map<OfferKey, Double> prices(SampleMarket market) {
    return market.offers().stream()
        .collect(Collectors.toMap(Offer::key, offer -> offer.usdPerHour().dollars()));
  }

  @Test
  void theSameSeedMovesTheSameWay() {
    for (long seed = 0; seed < SEEDS; seed++) {
      assertEquals(texts(seed, 20), texts(seed, 20), "seed " + seed);
    }
  }

  @Test
  void anotherSeedMovesAnotherWay() {
    for (long seed = 0; seed < SEEDS; seed++) {
      assertNotEquals(texts(seed, 20), texts(seed + 1, 20), "seeds " + seed + ", " + (seed + 1));
    }
  }

  @Test
  void pricesStayWithinAThirdAndThreeTimesOfWhereTheyBegan() {
    for (long seed = 0; seed < SEEDS; seed++) {
      SampleMarket market = new SampleMarket(seed);
      Map<OfferKey, Double> began = prices(market);
      for (int block = 1; block <= 20; block++) {
        for (int move = 0; move < 100; move++) {
          market.move();
        }
        String when = "seed " + seed + ", move " + 100 * block;
        prices(market)
            .forEach((key, price) -> {
              double times = price / Stage.of(began, key);
              assertTrue(times > 1.0 / 3 && times < 3, when + ": " + key + " is " + times);
            });
      }
    }
  }

  @Test
  void someOffersMoveAndSomeDoNot() {
    for (long seed = 0; seed < SEEDS; seed++) {
      SampleMarket market = new SampleMarket(seed);
      Map<OfferKey, Double> before = prices(market);
      market.move();
      Map<OfferKey, Double> after = prices(market);

      long moved =
          after.keySet().stream()
              .filter(key -> !Stage.of(after, key).equals(before.get(key)))
              .count();

      assertTrue(moved > 0 && moved < after.size(), "seed " + seed + ": " + moved + " moved");
    }
  }

  @Test
  void windfallCanReadEveryOffer() {
    for (long seed = 0; seed < SEEDS; seed++) {
      SampleMarket market = new SampleMarket(seed);
      market.move();

      Quotes quotes = FileSource.quotes("seed " + seed, market.text());

      assertEquals(List.of(), quotes.leftOut());
      assertEquals(33, quotes.offers().size());
    }
  }

  @Test
  void aPriceThatIsSetStandsAndNoOtherChanges() {
    SampleMarket market = new SampleMarket(1);
    OfferKey key = Stage.spot("a", "g6.xlarge");
    Map<OfferKey, Double> expected = prices(market);
    expected.put(key, 1.4200);

    market.set(key, Usd.parse("1.4200"));

    assertEquals(expected, prices(market));
  }

  @Test
  void aPriceThatWasSetWandersBack() {
    SampleMarket market = new SampleMarket(1);
    OfferKey key = Stage.spot("a", "g6.xlarge");
    double usual = Stage.of(prices(market), key);
    market.set(key, Usd.parse("100"));

    for (int move = 0; move < 500; move++) {
      market.move();
    }

    double now = Stage.of(prices(market), key);
    assertTrue(now < 2 * usual, now + ", usually " + usual);
  }

  @Test
  void aPriceOfAnUnknownOfferIsNotSet() {
    SampleMarket market = new SampleMarket(1);

    var refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> market.set(Stage.spot("z", "g6.xlarge"), Usd.parse("1")));

    assertEquals(
        "no offer eu-central-1z.g6.xlarge.spot in the sample market", refused.getMessage());
  }
}
