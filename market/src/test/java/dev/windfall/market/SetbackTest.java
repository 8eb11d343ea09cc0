package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.History.Launched;
import dev.windfall.market.History.NoCapacity;
import dev.windfall.market.History.OverQuota;
import dev.windfall.market.History.Useless;
import dev.windfall.policies.Capacity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import org.junit.jupiter.api.Test;

/** What a launch that failed means for the next one. */
class SetbackTest {
  private static final Offers CHEAP = offer("g6.xlarge", "0.40");
  private static final Offers DEAR = offer("g5.xlarge", "0.50");
  private static final OfferKey KEY = CHEAP.build().key();
  private static final String REGION = CHEAP.build().region();

  private History history = History.empty();

  private void happened(History.Event event) {
    history = history.with(event, Risk.DEFAULT);
  }

  private void failed(Instant at) {
    happened(new NoCapacity(KEY, REGION, at));
  }

  private Setback setback() {
    return past().setback().orElseThrow();
  }

  private Past past() {
    return Objects.requireNonNull(history.offers().get(KEY));
  }

  private Ranking ranked(Instant at) {
    return Rank.rank(Criteria.everything(), book(CHEAP, DEAR).with(history, at), at);
  }

  private static List<String> types(Ranking ranking) {
    return ranking.offers().stream().map(one -> one.offer().key().instanceType()).toList();
  }

  @Test
  void anOfferThatFailedIsPassedOverAndRankSaysUntilWhen() {
    failed(NOW);
    Instant until = setback().until();

    Ranking ranking = ranked(NOW.plusSeconds(10));

    assertEquals(List.of("g5.xlarge"), types(ranking));
    assertEquals(
        List.of("no capacity, once; tried again at " + until),
        ranking.refused().stream().map(Ranking.Refused::reason).toList());
    assertTrue(ranking.refused().getFirst().forAWhile());
  }

  @Test
  void itIsTriedAgainWhenItsTimeIsOver() {
    failed(NOW);
    assertEquals(2, ranked(setback().until()).offers().size());
  }

  @Test
  void eachFailureDoublesTheTimeUpToAnHourAndAFifth() {
    List<Long> minutes = new ArrayList<>();
    Instant at = NOW;
    for (int i = 0; i < 7; i++) {
      failed(at);
      minutes.add(Duration.between(at, setback().until()).toMinutes());
      at = setback().until().plusSeconds(20);
    }
    List<Long> least = List.of(3L, 6L, 12L, 24L, 48L, 60L, 60L);
    for (int i = 0; i < least.size(); i++) {
      long from = least.get(i);
      long got = minutes.get(i);
      assertTrue(got >= from && got <= from * 1.2, () -> minutes + " for " + least);
    }
    assertTrue(ranked(NOW).refused().getFirst().reason().startsWith("no capacity, 7 times; "));
  }

  @Test
  void whatFailedTogetherIsNotTriedAgainTogether() {
    Retry retry = Retry.DEFAULT;
    assertNotEquals(retry.delay(3, "z.a.spot"), retry.delay(3, "z.b.spot"));
    assertEquals(retry.delay(3, "z.a.spot"), retry.delay(3, "z.a.spot"));
  }

  /** Five pods made five claims of one rung, and the fifth made it wait for an hour. */
  @Test
  void launchesThatWereUnderWayTogetherFailOnce() {
    for (int i = 0; i < 5; i++) {
      failed(NOW.plusSeconds(i));
    }
    assertEquals(1, setback().times());
    assertEquals(5, past().refusals(), 0.01);
  }

  @Test
  void aLaunchThatWentWellBeginsAnew() {
    failed(NOW);
    happened(new Launched(KEY, REGION, NOW.plusSeconds(600)));
    assertEquals(2, ranked(NOW.plusSeconds(601)).offers().size());

    failed(NOW.plusSeconds(1200));
    assertEquals(1, setback().times());
  }

  @Test
  void newsOfALaunchFromBeforeTheFailureDoNotEndIt() {
    failed(NOW);
    happened(new Launched(KEY, REGION, NOW.minusSeconds(60)));
    assertEquals(1, ranked(NOW).offers().size());
  }

  @Test
  void aFailureLongAfterTheLastIsTheFirstOfAnotherRow() {
    failed(NOW);
    failed(NOW.plus(Duration.ofDays(1)));
    assertEquals(1, setback().times());
  }

  @Test
  void aNodeWithoutGpusIsAFailureAndSaysNothingOfCapacity() {
    happened(new Useless(KEY, REGION, Setback.Kind.GPUS, NOW));
    Ranking ranking = ranked(NOW);
    assertTrue(
        ranking
            .refused()
            .getFirst()
            .reason()
            .startsWith("its last node never got its GPUs, once; tried again at "));
    assertTrue(past().refused().isEmpty());
  }

  @Test
  void aQuotaClosesAllThatItCoversAndNothingElse() {
    Offers large = offer("g6.12xlarge", "2.00");
    Offers onDemand = offer("g6.xlarge", "1.00").capacity(Capacity.ON_DEMAND);
    Offers another = offer("p4d.24xlarge", "9.00");
    happened(overQuota(CHEAP, NOW));

    PriceBook book = book(CHEAP, DEAR, large, onDemand, another).with(history, NOW);
    Ranking ranking = Rank.rank(Criteria.everything(), book, NOW);

    assertEquals(List.of("g6.xlarge", "p4d.24xlarge"), types(ranking).stream().sorted().toList());
    assertEquals(3, ranking.refused().size());
    assertTrue(
        ranking
            .refused()
            .getFirst()
            .reason()
            .startsWith("the quota for spot G and VT machines in eu-central-1 is used up, once; "));
  }

  @Test
  void aQuotaIsLeftAloneForLongerThanAMachine() {
    happened(overQuota(CHEAP, NOW));
    Setback quota = history.quotas().values().iterator().next().setback();
    assertTrue(Duration.between(NOW, quota.until()).compareTo(Duration.ofMinutes(9)) >= 0);
  }

  @Test
  void aQuotaThatALargeMachinePassesLeavesRoomForSmallOnesUntilTheyPassItToo() {
    Offers large = offer("g6.12xlarge", "2.00").cpu(48);
    Offers larger = offer("g6.48xlarge", "8.00").cpu(192);
    PriceBook book = book(CHEAP.cpu(4), large, larger);

    happened(overQuota(large, NOW));
    assertEquals(List.of("g6.xlarge"), types(rank(book)));

    happened(overQuota(CHEAP.cpu(4), NOW.plusSeconds(60)));
    assertEquals(List.of(), types(rank(book)));
    assertEquals(1, history.quotas().size());
  }

  @Test
  void aSmallMachineThatIsRefusedLastIsLeftAloneForAsLongAsTheFirstWas() {
    happened(overQuota(offer("g6.12xlarge", "2.00").cpu(48), NOW));
    Instant later = NOW.plus(Duration.ofMinutes(8));
    happened(overQuota(CHEAP.cpu(4), later));

    Instant then = later.plus(Duration.ofMinutes(8));
    PriceBook book = book(CHEAP.cpu(4)).with(history, then);
    assertEquals(List.of(), types(Rank.rank(Criteria.everything(), book, then)));
  }

  @Test
  void aMachineThatIsRefusedWhenTheTimeIsOverSaysNothingOfSmallerOnes() {
    Offers large = offer("g6.12xlarge", "2.00").cpu(48);
    happened(overQuota(CHEAP.cpu(4), NOW));

    Instant later = NOW.plus(Duration.ofHours(1));
    happened(overQuota(large, later));

    PriceBook book = book(CHEAP.cpu(4), large).with(history, later);
    assertEquals(List.of("g6.xlarge"), types(Rank.rank(Criteria.everything(), book, later)));
  }

  private Ranking rank(PriceBook book) {
    return Rank.rank(Criteria.everything(), book.with(history, NOW), NOW);
  }

  private static OverQuota overQuota(Offers machine, Instant at) {
    Offer offer = machine.build();
    return new OverQuota(offer.key(), Quota.of(offer), offer.cpu(), at);
  }

  @Test
  void theClassesOfAwsAreThoseItsQuotasName() {
    assertEquals("G and VT", machines("gr6.4xlarge"));
    assertEquals("G and VT", machines("vt1.3xlarge"));
    assertEquals("P4, P3 and P2", machines("p4de.24xlarge"));
    assertEquals("P5", machines("p5en.48xlarge"));
    assertEquals("INF", machines("inf2.xlarge"));
  }

  private static String machines(String type) {
    return Quota.of(offer(type, "1").build()).machines();
  }

  /** A pod that is held to offers keeps those that are out: it is held to them for good. */
  @Test
  void whatIsOnlyPassedOverIsStillGranted() {
    failed(NOW);
    PriceBook book = book(CHEAP).with(history, NOW);
    assertTrue(Sieve.of(Criteria.everything(), NOW).admits(book.listing(KEY).orElseThrow()));
  }
}
