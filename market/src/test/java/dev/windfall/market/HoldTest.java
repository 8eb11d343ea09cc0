package dev.windfall.market;

import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.key;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.Ranking.Ranked;
import dev.windfall.policies.Usd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import java.util.function.ObjIntConsumer;
import org.junit.jupiter.api.Test;

class HoldTest {
  private static final double BAND = 0.05;

  @Test
  void aLeadBelowTheBandChangesNothing() {
    assertEquals(
        List.of("a", "b"), hold(List.of("a", "b"), offer("a", "1.00"), offer("b", "0.951")));
  }

  @Test
  void aLeadOfExactlyTheBandChangesNothing() {
    assertEquals(
        List.of("a", "b"), hold(List.of("a", "b"), offer("a", "1.00"), offer("b", "0.95")));
  }

  @Test
  void aLeadAboveTheBandCounts() {
    assertEquals(
        List.of("b", "a"), hold(List.of("a", "b"), offer("a", "1.00"), offer("b", "0.949")));
  }

  @Test
  void manySmallLeadsThatAddUpToALargeOneCount() {
    assertEquals(
        List.of("c", "a", "b"),
        hold(List.of("a", "b", "c"), offer("a", "1.00"), offer("b", "0.97"), offer("c", "0.94")));
  }

  @Test
  void aNewcomerStandsBehindWhomItDoesNotUndercut() {
    assertEquals(List.of("a", "new"), hold(List.of("a"), offer("a", "1.00"), offer("new", "0.96")));
  }

  @Test
  void aNewcomerWithALeadComesFirst() {
    assertEquals(List.of("new", "a"), hold(List.of("a"), offer("a", "1.00"), offer("new", "0.90")));
  }

  @Test
  void aHolderThatIsRefusedLosesItsPlaceAtOnce() {
    assertEquals(
        List.of("b"),
        hold(List.of("a", "b"), offer("a", "0.10").manufacturer("AMD"), offer("b", "1.00")));
  }

  @Test
  void anOfferNamedTwiceInTheOrderBeforeStandsOnce() {
    assertEquals(List.of("a", "b"), hold(List.of("a", "b", "a"), offer("a", "1"), offer("b", "1")));
  }

  @Test
  void anEmptyOrderBeforeGivesTheRanking() {
    random((random, i) -> {
      Ranking ranking = Ranks.all(market(random));

      assertEquals(ranking.offers(), Hold.hold(List.of(), ranking, BAND));
    });
  }

  @Test
  void anOrderOfManyOffersIsHeldInNoTime() {
    // Every offer was compared with every other: half a minute for as many as a book may have.
    List<Offer> offers = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      offers.add(offer("t" + i, new Usd(1_000_000 + i).toString()).build());
    }
    Ranking ranking = Ranks.all(PriceBook.of(offers, List.of()));

    assertTimeout(Duration.ofSeconds(5), () -> Hold.hold(List.of(), ranking, BAND));
  }

  @Test
  void everyRankedOfferStandsInTheOrderOnce() {
    random((random, i) -> {
      Ranking ranking = Ranks.all(market(random));

      List<Ranked> order = Hold.hold(anyOrder(random), ranking, BAND);

      assertEquals(
          Ranks.keys(ranking.offers()).stream().sorted().toList(),
          Ranks.keys(order).stream().sorted().toList());
    });
  }

  @Test
  void nothingLaterUndercutsAnythingEarlierByMoreThanTheBand() {
    random((random, i) -> {
      List<Ranked> order = Hold.hold(anyOrder(random), Ranks.all(market(random)), BAND);

      for (int earlier = 0; earlier < order.size(); earlier++) {
        for (int later = earlier + 1; later < order.size(); later++) {
          double least = order.get(earlier).index().value() * (1 - BAND);
          assertTrue(order.get(later).index().value() >= least, order::toString);
        }
      }
    });
  }

  @Test
  void anOrderThatWasHeldOnceStaysAsItIs() {
    random((random, i) -> {
      Ranking ranking = Ranks.all(market(random));
      List<Ranked> order = Hold.hold(anyOrder(random), ranking, BAND);

      assertEquals(order, Hold.hold(Ranks.keys(order), ranking, BAND));
    });
  }

  @Test
  void noiseInsideTheBandChangesNothing() {
    random((random, i) -> {
      List<OfferKey> before = anyOrder(random);
      List<Offer> noisy = new ArrayList<>();
      for (OfferKey key : before) {
        int micros = 1_000_000 - random.nextInt(50_000);
        noisy.add(offer(key.instanceType(), new Usd(micros).toString()).build());
      }

      List<Ranked> order = Hold.hold(before, Ranks.all(PriceBook.of(noisy, List.of())), BAND);

      assertEquals(before, Ranks.keys(order));
    });
  }

  @Test
  void theOrderInWhichOffersArriveChangesNothing() {
    random((random, i) -> {
      PriceBook book = market(random);
      List<OfferKey> before = anyOrder(random);
      List<Offer> shuffled = new ArrayList<>(book.offers());
      Collections.shuffle(shuffled, random);

      assertEquals(
          Hold.hold(before, Ranks.all(book), BAND),
          Hold.hold(before, Ranks.all(PriceBook.of(shuffled, List.of())), BAND));
    });
  }

  @Test
  void withoutABandTheCheapestComesFirstWhateverStoodBefore() {
    random((random, i) -> {
      Ranking ranking = Ranks.all(market(random));

      List<Ranked> order = Hold.hold(anyOrder(random), ranking, 0);

      assertEquals(
          ranking.offers().stream().map(Ranked::index).toList(),
          order.stream().map(Ranked::index).toList());
    });
  }

  @Test
  void aBandOfEverythingChangesNothingEver() {
    random((random, i) -> {
      Ranking ranking = Ranks.all(market(random));
      List<OfferKey> before = new ArrayList<>(Ranks.keys(ranking.offers()));
      Collections.shuffle(before, random);

      assertEquals(before, Ranks.keys(Hold.hold(before, ranking, 1)));
    });
  }

  /** Up to 12 of 15 types, with prices between 0.80 and 1.20 or, one time in ten, zero. */
  private static PriceBook market(Random random) {
    List<Offer> offers = new ArrayList<>();
    for (OfferKey key : anyOrder(random)) {
      long micros = random.nextInt(10) == 0 ? 0 : 800_000 + 10_000L * random.nextInt(41);
      offers.add(offer(key.instanceType(), new Usd(micros).toString()).build());
    }
    return PriceBook.of(offers, List.of());
  }

  private static List<OfferKey> anyOrder(Random random) {
    List<OfferKey> keys = new ArrayList<>();
    for (int type = 0; type < 15; type++) {
      keys.add(key("eu-central-1a.t" + type + ".spot"));
    }
    Collections.shuffle(keys, random);
    return keys.subList(0, random.nextInt(13));
  }

  private static void random(ObjIntConsumer<Random> property) {
    for (int i = 0; i < 500; i++) {
      long seed = System.nanoTime() + i;
      try {
        property.accept(new Random(seed), i);
      } catch (AssertionError e) {
        throw new AssertionError("with seed " + seed, e);
      }
    }
  }

  private static List<String> hold(List<String> before, Offers... offers) {
    List<OfferKey> previous =
        before.stream().map(type -> key("eu-central-1a." + type + ".spot")).toList();
    return Ranks.types(Hold.hold(previous, Ranks.all(book(offers)), BAND));
  }
}
