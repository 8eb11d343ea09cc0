package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.offer;
import static dev.windfall.market.Offers.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.Capacity;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ScoreBoundTest {
  private static final Optional<Boolean> MET = Optional.of(true);
  private static final Optional<Boolean> NOT_MET = Optional.of(false);

  /** EC2 is not asked about so few types. */
  private static final Offers UNSCORED_P5 =
      offer("p5.48xlarge", "30").model("H100").gpus(8).gpuMemory("80Gi");

  private static Optional<Boolean> met(Offers... offers) {
    return ScoreBound.met(pool("families: [g5, g6, p5]"), 5, book(offers), NOW);
  }

  private static Offers g5(int score) {
    return offer("g5.xlarge", "0.50").model("A10G").score(score);
  }

  private static Offers g6(int score) {
    return offer("g6.xlarge", "0.40").score(score);
  }

  /** The machines that nobody scores met it, so that pods with one GPU got those or on demand. */
  @Test
  void oneModelMustNotMeetItForAnother() {
    assertEquals(NOT_MET, met(g5(2), g6(4), UNSCORED_P5));
    assertEquals(NOT_MET, met(g5(9), g6(4), UNSCORED_P5));
    assertEquals(MET, met(g5(9), g6(5), UNSCORED_P5));
  }

  @Test
  void norOneSizeForAnother() {
    Offers four = offer("g6.12xlarge", "1.20").gpus(4);

    assertEquals(NOT_MET, met(g6(4), four.score(9)));
    assertEquals(NOT_MET, met(g6(9), four.score(4)));
  }

  @Test
  void ofOneSizeOneZoneIsEnough() {
    assertEquals(MET, met(g6(2), g6(7).zone("eu-central-1b")));
  }

  @Test
  void anUnknownScoreMeetsIt() {
    assertEquals(MET, met(g6(2), offer("g6.xlarge", "0.60").zone("eu-central-1b")));
  }

  @Test
  void whatThePoolMayNotBuyDoesNotCount() {
    Offers barred = g5(2).barred("the quota of G instances is 0");

    assertEquals(MET, met(g6(7), barred, offer("g4dn.xlarge", "0.20").model("T4").score(1)));
    assertEquals(NOT_MET, met(g6(2), offer("g6.xlarge", "0.90").capacity(Capacity.ON_DEMAND)));
  }

  /** Each launch that failed dropped the bound, or brought it back. */
  @Test
  void whatCouldLastNotBeHadCountsAllTheSame() {
    Offer refused = g6(7).build();
    History history =
        History.empty()
            .with(
                new History.NoCapacity(refused.key(), "eu-central-1", NOW.minusSeconds(1)),
                Risk.DEFAULT);
    PriceBook book =
        PriceBook.of(
            List.of(refused, g6(2).zone("eu-central-1b").build()), List.of(), history, NOW);

    assertEquals(
        List.of("eu-central-1b.g6.xlarge.spot"),
        Ranks.all(book).offers().stream().map(one -> one.offer().key().toString()).toList());
    assertEquals(MET, ScoreBound.met(pool(""), 5, book, NOW));
  }

  @ParameterizedTest
  @CsvSource({"5, 6", "9, 10", "10, 10"})
  void whatWasDroppedHoldsAgainWithOnePointMore(int score, int again) {
    assertEquals(again, ScoreBound.again(score));
  }

  @Test
  void scoresAreKnownWhereOneIsOfWhatThePoolMayBuy() {
    assertTrue(ScoreBound.known(pool("minPlacementScore: 9"), book(UNSCORED_P5, g6(2)), NOW));
    assertFalse(ScoreBound.known(pool("families: [p5]"), book(UNSCORED_P5, g6(2)), NOW));
  }

  @Test
  void withoutOffersNobodyKnows() {
    assertEquals(Optional.empty(), met());
  }

  /** A bound that was dropped came back when the scores were lost, and went when they returned. */
  @Test
  void norWithoutAnyScore() {
    assertEquals(Optional.empty(), met(UNSCORED_P5, offer("g6.xlarge", "0.40")));
  }
}
