package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.History.Interrupted;
import dev.windfall.market.History.NoCapacity;
import dev.windfall.policies.Capacity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class RiskTest {
  private static final Duration HALF_AN_HOUR = Duration.ofMinutes(30);
  private static final Offers SPOT = offer("g6.xlarge", "0.40");
  private static final Offers ON_DEMAND = offer("g6.xlarge", "1.00").capacity(Capacity.ON_DEMAND);

  @Test
  void withNothingKnownNoLossIsExpected() {
    assertEquals(0.0, loss(book(SPOT, ON_DEMAND), HALF_AN_HOUR));
  }

  /**
   * A usual offer that has been up for a day: {@code A = 24.25 h}, {@code m = 0.8}. It is still up
   * after another day with the chance (24.25 / 48.25)^0.8 = 0.5767, and of use for 17.90 h until
   * then, so 0.02367 interruptions come to each useful hour. Each costs half an hour on demand, and
   * five minutes at both prices: 0.5 * 1.00 + 1.40 / 12 = 0.61667 USD.
   */
  @Test
  void theLossIsTheOneOfTheFormula() {
    assertEquals(0.02367 * 0.61667, loss(book(SPOT.band("<5%"), ON_DEMAND), HALF_AN_HOUR), 2e-5);
  }

  @ParameterizedTest
  @CsvSource({"5M, 0.00473", "30M, 0.01459", "2H, 0.05009"})
  void whoLosesMoreWorkPaysMoreForTheSameRisk(String lost, double usd) {
    assertEquals(usd, loss(book(SPOT.band("<5%"), ON_DEMAND), Duration.parse("PT" + lost)), 1e-5);
  }

  @Test
  void aWorseBandLosesMore() {
    double before = 0;
    for (String band : List.of("<5%", "5-10%", "10-15%", "15-20%", ">20%")) {
      double loss = loss(book(SPOT.band(band), ON_DEMAND), HALF_AN_HOUR);
      assertTrue(loss > before, band);
      before = loss;
    }
  }

  @Test
  void workLostIsDoneAgainOnDemandAndWhereNobodyOffersThatAtTheSamePrice() {
    double known = loss(book(SPOT.band("<5%"), ON_DEMAND), HALF_AN_HOUR);
    double unknown = loss(book(SPOT.band("<5%")), HALF_AN_HOUR);
    double elsewhere =
        loss(
            book(SPOT.band("<5%"), ON_DEMAND.region("eu-west-1").zone("eu-west-1a")), HALF_AN_HOUR);

    assertTrue(unknown < known);
    assertEquals(unknown, elsewhere);
  }

  @Test
  void theLossOfAMachineIsSharedByTheGpusInUse() {
    PriceBook book = book(SPOT.gpus(4).band("<5%"), ON_DEMAND.gpus(4));
    OfferKey key = SPOT.build().key();

    Index one = book.index(key, 1, HALF_AN_HOUR).orElseThrow();
    Index four = book.index(key, 4, HALF_AN_HOUR).orElseThrow();

    assertEquals(one.value(), 4 * four.value(), 1e-9);
  }

  @Test
  void nobodyInterruptsWhatIsNotSpot() {
    for (Capacity capacity : List.of(Capacity.ON_DEMAND, Capacity.RESERVED, Capacity.OWNED)) {
      Offers held = SPOT.capacity(capacity).band(">20%");
      Index index = book(held).index(held.build().key(), 1, HALF_AN_HOUR).orElseThrow();

      assertEquals(0.0, index.expectedLoss(), capacity.text());
    }
  }

  @Test
  void theLossFallsAsTimePassesAfterAnInterruption() {
    double before = Double.MAX_VALUE;
    for (int hours : new int[] {1, 4, 12, 24, 48, 96}) {
      double loss = loss(after(interrupted(Duration.ofHours(hours))), HALF_AN_HOUR);
      assertTrue(loss < before, hours + " hours");
      before = loss;
    }
  }

  @Test
  void anOfferThatWasOutAMomentAgoCostsMoreThanItSaves() {
    History out =
        History.empty().with(new NoCapacity(SPOT.build().key(), "eu-central-1", NOW), Risk.DEFAULT);

    Index index = after(out).index(SPOT.build().key(), 1, HALF_AN_HOUR).orElseThrow();

    assertTrue(index.value() > 0.70, index::toString);
  }

  @Test
  void anInterruptionInTheRegionMakesEveryOtherOfferOfItDearerForHalfAnHour() {
    Offers neighbour = offer("g5.xlarge", "0.40").band("<5%");
    OfferKey key = neighbour.build().key();
    PriceBook quiet = book(SPOT, neighbour);
    Index usual = quiet.index(key, 1, HALF_AN_HOUR).orElseThrow();

    Index soon =
        quiet
            .with(interrupted(Duration.ofMinutes(29)), NOW)
            .index(key, 1, HALF_AN_HOUR)
            .orElseThrow();
    Index late =
        quiet
            .with(interrupted(Duration.ofMinutes(30)), NOW)
            .index(key, 1, HALF_AN_HOUR)
            .orElseThrow();

    assertEquals(3 * usual.expectedLoss(), soon.expectedLoss(), 1e-9);
    assertEquals(usual, late);
  }

  @Test
  void theReasonsSayWhereTheLossComesFrom() {
    assertEquals(
        List.of("0.0146 expected loss from a <5% band"),
        reasons(book(SPOT.band("<5%"), ON_DEMAND)));
    assertEquals(
        List.of("0.0996 expected loss last interrupted 3 h ago"),
        reasons(after(interrupted(Duration.ofHours(3)))));
    assertEquals(List.of(), reasons(book(SPOT)));
  }

  private static History interrupted(Duration ago) {
    return History.empty()
        .with(new Interrupted(SPOT.build().key(), "eu-central-1", NOW.minus(ago)), Risk.DEFAULT);
  }

  private static PriceBook after(History history) {
    return book(SPOT, ON_DEMAND).with(history, NOW);
  }

  private static double loss(PriceBook book, Duration lostWork) {
    return book.index(SPOT.build().key(), 1, lostWork).orElseThrow().expectedLoss();
  }

  private static List<String> reasons(PriceBook book) {
    return Ranks.all(book).offers().stream()
        .filter(ranked -> ranked.offer().key().equals(SPOT.build().key()))
        .findFirst()
        .map(Ranking.Ranked::reasons)
        .or(Optional::empty)
        .orElseThrow();
  }
}
