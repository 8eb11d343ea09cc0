package dev.windfall.market;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTimeout;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import java.util.function.BiPredicate;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;

class HoldTest {
  private static final double BAND = 0.05;

  private record Bid(int id, double usd) {}

  private static final Hold<Bid> HOLD = new Hold<>(Bid::usd, BAND);

  @Test
  void aLeadBelowTheBandChangesNothing() {
    assertHeld(List.of(1.00, 0.951), 1.00, 0.951);
  }

  @Test
  void aLeadOfExactlyTheBandChangesNothing() {
    assertHeld(List.of(1.00, 0.95), 1.00, 0.95);
  }

  @Test
  void aLeadAboveTheBandCounts() {
    assertHeld(List.of(0.949, 1.00), 1.00, 0.949);
  }

  @Test
  void manySmallLeadsThatAddUpToALargeOneCount() {
    assertHeld(List.of(0.94, 1.00, 0.97), 1.00, 0.97, 0.94);
  }

  @Test
  void aLeadThatHasNotLastedChangesNothingAndIsNamed() {
    Bid holder = new Bid(0, 1.00);
    Bid challenger = new Bid(1, 0.90);
    List<Bid> before = List.of(holder, challenger);

    assertEquals(before, HOLD.steady(before, HoldTest::never));
    assertEquals(List.of(new Hold.Lead<>(challenger, holder)), HOLD.leads(before, bid -> true));
  }

  @Test
  void whoHasOnlyJustComeHoldsNothing() {
    List<Bid> before = List.of(new Bid(0, 1.00), new Bid(1, 0.90));

    assertEquals(List.of(), HOLD.leads(before, bid -> false));
  }

  @Test
  void nobodyPassesWhatIsCheaperBecauseThatHasToWait() {
    // The middle one leads the first for a moment only, and the last one has for long: in front of
    // the first, it would stand in front of the cheaper middle one too.
    Bid first = new Bid(0, 1.20);
    Bid middle = new Bid(1, 1.00);
    Bid last = new Bid(2, 1.10);
    List<Bid> before = List.of(first, middle, last);

    assertEquals(before, HOLD.steady(before, (challenger, holder) -> challenger.equals(last)));
    assertEquals(List.of(middle, last, first), HOLD.steady(before, HoldTest::always));
  }

  @Test
  void whateverHasLastedNobodyIsPassedButByACheaperOneThatLeadsForLongEnough() {
    random(random -> {
      List<Bid> before = market(random);
      long lasting = random.nextLong();
      BiPredicate<Bid, Bid> lasted = (a, b) -> (lasting >> ((a.id() * 12 + b.id()) % 64) & 1) == 1;

      List<Bid> order = HOLD.steady(before, lasted);

      for (Bid up : before) {
        List<Bid> passed =
            before.subList(0, before.indexOf(up)).stream()
                .filter(bid -> order.indexOf(bid) > order.indexOf(up))
                .toList();
        assertTrue(passed.stream().allMatch(bid -> up.usd() <= bid.usd()), order::toString);
        assertTrue(
            passed.isEmpty()
                || passed.stream()
                    .anyMatch(bid -> up.usd() < bid.usd() * (1 - BAND) && lasted.test(up, bid)),
            order::toString);
      }
      assertEquals(order, HOLD.steady(order, HoldTest::never));
    });
  }

  @Test
  void nothingGivesNothing() {
    assertHeld(List.of());
  }

  @Test
  void anOrderOfManyOffersIsHeldInNoTime() {
    // Every offer was compared with every other: half a minute for as many as a book may have.
    List<Bid> bids = new ArrayList<>();
    for (int i = 0; i < 100_000; i++) {
      bids.add(new Bid(i, 1 + i / 1_000_000.0));
    }

    assertTimeout(Duration.ofSeconds(5), () -> steady(bids));
  }

  @Test
  void whatIsInOrderByPriceStaysInIt() {
    random(random -> {
      List<Bid> byPrice =
          market(random).stream().sorted(Comparator.comparingDouble(Bid::usd)).toList();

      assertEquals(byPrice, steady(byPrice));
    });
  }

  @Test
  void everyBidStandsInTheOrderOnce() {
    random(random -> {
      List<Bid> before = market(random);

      assertEquals(
          before, steady(before).stream().sorted(Comparator.comparingInt(Bid::id)).toList());
    });
  }

  @Test
  void nothingLaterUndercutsAnythingEarlierByMoreThanTheBand() {
    random(random -> {
      List<Bid> order = steady(market(random));

      for (int earlier = 0; earlier < order.size(); earlier++) {
        for (int later = earlier + 1; later < order.size(); later++) {
          double least = order.get(earlier).usd() * (1 - BAND);
          assertTrue(order.get(later).usd() >= least, order::toString);
        }
      }
    });
  }

  @Test
  void anOrderThatWasHeldOnceStaysAsItIs() {
    random(random -> {
      List<Bid> order = steady(market(random));

      assertEquals(order, steady(order));
    });
  }

  @Test
  void noiseInsideTheBandChangesNothing() {
    random(random -> {
      List<Bid> noisy =
          market(random).stream()
              .map(bid -> new Bid(bid.id(), 1 - random.nextInt(50_000) / 1_000_000.0))
              .toList();

      assertEquals(noisy, steady(noisy));
    });
  }

  @Test
  void withoutABandTheCheapestComesFirstWhateverStoodBefore() {
    random(random -> {
      List<Bid> before = market(random);

      assertEquals(
          before.stream().sorted(Comparator.comparingDouble(Bid::usd)).toList(),
          new Hold<>(Bid::usd, 0).steady(before, HoldTest::always));
    });
  }

  @Test
  void aBandOfEverythingChangesNothingEver() {
    random(random -> {
      List<Bid> before = market(random);

      assertEquals(before, new Hold<>(Bid::usd, 1).steady(before, HoldTest::always));
    });
  }

  private static boolean always(Bid challenger, Bid holder) {
    return true;
  }

  private static boolean never(Bid challenger, Bid holder) {
    return false;
  }

  private static void assertHeld(List<Double> expected, double... before) {
    List<Double> bids = Arrays.stream(before).boxed().toList();

    assertEquals(expected, new Hold<>(Double::doubleValue, BAND).steady(bids, (a, b) -> true));
  }

  private static List<Bid> steady(List<Bid> before) {
    return HOLD.steady(before, HoldTest::always);
  }

  /** Up to 12 bids between 0.80 and 1.20 or, one time in ten, of zero. */
  private static List<Bid> market(Random random) {
    List<Bid> bids = new ArrayList<>();
    int many = random.nextInt(13);
    for (int id = 0; id < many; id++) {
      bids.add(new Bid(id, random.nextInt(10) == 0 ? 0 : 0.80 + random.nextInt(41) / 100.0));
    }
    return bids;
  }

  private static void random(Consumer<Random> property) {
    for (int i = 0; i < 500; i++) {
      long seed = System.nanoTime() + i;
      try {
        property.accept(new Random(seed));
      } catch (AssertionError e) {
        throw new AssertionError("with seed " + seed, e);
      }
    }
  }
}
