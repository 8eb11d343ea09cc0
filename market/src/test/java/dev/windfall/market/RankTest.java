package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.offer;
import static dev.windfall.market.Offers.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.market.Ranking.Refused;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Request;
import dev.windfall.policies.Spot;
import dev.windfall.policies.Usd;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import java.util.function.Predicate;
import java.util.stream.Stream;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;

class RankTest {

  @Test
  void theCheaperOfferComesFirst() {
    assertEquals(List.of("b", "a"), order(offer("a", "0.50"), offer("b", "0.40")));
  }

  @Test
  void thePriceIsPerGpu() {
    assertEquals(
        List.of("four", "one"), order(offer("one", "0.50"), offer("four", "1.60").gpus(4)));
  }

  @Test
  void ofEqualPricesTheHigherPlacementScoreComesFirstAndAnUnknownOneLast() {
    assertEquals(
        List.of("c", "b", "a"),
        order(offer("a", "1"), offer("b", "1").score(1), offer("c", "1").score(9)));
  }

  @Test
  void ofEqualScoresTheCheaperMachineComesFirst() {
    assertEquals(List.of("b", "a"), order(offer("a", "2").gpus(2), offer("b", "1")));
  }

  @Test
  void ofEqualMachinesTheTypesNameDecides() {
    assertEquals(
        List.of("a", "b"), order(offer("b", "1").zone("zone-1"), offer("a", "1").zone("zone-2")));
  }

  @Test
  void ofEqualTypesTheZoneDecides() {
    assertEquals(
        List.of("zone-1", "zone-2"),
        Ranks.all(book(offer("a", "1").zone("zone-2"), offer("a", "1").zone("zone-1")))
            .offers()
            .stream()
            .map(ranked -> ranked.offer().key().zone())
            .toList());
  }

  @ParameterizedTest
  @CsvSource({"0.1, 0.3, 3", "0.7, 2.1, 3", "0.333333, 0.999999, 3", "0.9, 6.3, 7"})
  void equalPricesPerGpuAreEqualHoweverTheyAreDivided(String one, String many, int gpus) {
    // In doubles 0.3 / 3 is less than 0.1, so the better score of the small machine did not count.
    assertEquals(
        List.of("small", "large"),
        order(offer("small", one).score(9), offer("large", many).gpus(gpus).score(1)));
  }

  @Test
  void anOfferThatCannotBeBoughtIsRefusedWithTheReasonItCameWith() {
    String quota = "the quota of 0 spot vCPUs in eu-central-1 is below the 4 it has";

    List<Refused> refused = Ranks.all(book(offer("a", "0.50").barred(quota))).refused();

    assertEquals(List.of(quota), refused.stream().map(Refused::reason).toList());
  }

  @Test
  void theOrderOfTheInputDoesNotMatter() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Offer> offers = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      Offers next = offer("t" + i, "0." + (1 + random.nextInt(4))).gpus(1 + random.nextInt(3));
      offers.add((random.nextBoolean() ? next : next.score(1 + random.nextInt(2))).build());
    }
    Ranking ranking = Ranks.all(PriceBook.of(offers, List.of()));

    Collections.shuffle(offers, random);

    assertEquals(ranking, Ranks.all(PriceBook.of(offers, List.of())), "seed " + seed);
  }

  @Test
  void aRankingKnowsItsBook() {
    PriceBook book = book(offer("a", "1"));

    assertEquals(book.version(), Ranks.all(book).bookVersion());
  }

  static Stream<Arguments> refusals() {
    Offers good = offer("g6.xlarge", "0.40");
    return Stream.of(
        Arguments.of("", good.manufacturer("AMD"), "its GPUs are by AMD, not NVIDIA"),
        Arguments.of("", good.by("gcp"), "provider gcp is not aws"),
        Arguments.of("", good.region("eu-west-1"), "region eu-west-1 is not eu-central-1"),
        Arguments.of("", good.capacity(Capacity.ON_DEMAND), "capacity on-demand is not spot"),
        Arguments.of("families: [g5, g6e]", good, "family g6 is not among g5, g6e"),
        Arguments.of("gpu: {models: [T4]}", good, "model L4 is not among T4"),
        Arguments.of("gpu: {minCount: 2, maxCount: 4}", good, "has 1 GPUs, not 2 to 4"),
        Arguments.of("gpu: {maxCount: 4}", good.gpus(8), "has 8 GPUs, not 1 to 4"),
        Arguments.of("gpu: {minMemory: 40Gi}", good, "has 24Gi a GPU, less than 40Gi"),
        Arguments.of("minPlacementScore: 5", good.score(4), "placement score 4 is below 5"),
        Arguments.of(
            "maxPricePerGpu: \"0.39\"",
            good,
            "costs 0.40 USD/GPU·h over 1 of its GPUs, above the cap of 0.39"),
        Arguments.of(
            "maxPricePerGpu: \"0.4\"",
            good.price("0.400001"),
            "costs 0.400001 USD/GPU·h over 1 of its GPUs, above the cap of 0.40"),
        Arguments.of(
            "maxPricePerGpu: \"0.39\"",
            good.price("1").gpus(8),
            "costs 1.00 USD/GPU·h over 1 of its GPUs, above the cap of 0.39"),
        Arguments.of("", good.seen("1H1S"), "its price is older than 1h"),
        Arguments.of(
            "ranking: {maxQuoteAge: 90s}", good.seen("2M"), "its price is older than 1m30s"));
  }

  @ParameterizedTest
  @MethodSource("refusals")
  void whatIsRefusedHasItsReason(String spec, Offers offer, String reason) {
    Ranking ranking =
        Rank.rank(Criteria.of(pool(spec), Demand.waiting(List.of(), 1)), book(offer), NOW);

    assertEquals(List.of(), ranking.offers());
    assertEquals(List.of(reason), ranking.refused().stream().map(Refused::reason).toList());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          families: [g6]
          gpu: {models: [T4, L4], minCount: 1, maxCount: 1, minMemory: 24Gi}
          maxPricePerGpu: "0.4"
          minPlacementScore: 10
          """)
  void whatIsAskedForExactlyIsRanked(String spec) {
    assertEquals(
        1,
        Rank.rank(
                Criteria.of(pool(spec), Demand.waiting(List.of(), 1)),
                book(offer("g6.xlarge", "0.40")),
                NOW)
            .offers()
            .size());
  }

  @Test
  void aMachineTooSmallForThePodIsRefused() {
    Criteria criteria = Criteria.of(Request.of(2, Spot.PREFER), Criteria.DEFAULT_QUOTE_AGE);

    assertEquals(
        "has 1 GPUs, too few for the pod",
        Rank.rank(criteria, book(offer("a", "1")), NOW).refused().getFirst().reason());
  }

  @ParameterizedTest
  @CsvSource({
    "REQUIRE, spot",
    "PREFER, spot on-demand reserved owned",
    "NEVER, on-demand reserved owned",
  })
  void theWishDecidesWhichCapacityCounts(Spot wish, String capacities) {
    PriceBook book =
        book(
            offer("a", "1"),
            offer("a", "2").capacity(Capacity.ON_DEMAND),
            offer("a", "3").capacity(Capacity.RESERVED),
            offer("a", "4").capacity(Capacity.OWNED));
    Criteria criteria = Criteria.of(Request.of(1, wish), Criteria.DEFAULT_QUOTE_AGE);

    assertEquals(
        capacities,
        String.join(
            " ",
            Rank.rank(criteria, book, NOW).offers().stream()
                .map(ranked -> ranked.offer().key().capacity().text())
                .toList()));
  }

  @ParameterizedTest
  @CsvSource({"0.3, 3, 0.1", "2.1, 3, 0.7", "2.4, 8, 0.3", "1, 1, 1"})
  void aPriceThatEqualsTheCapPasses(String price, int gpus, String cap) {
    Criteria criteria =
        Criteria.of(
            Request.of(gpus, Spot.REQUIRE).capped(Optional.of(Usd.parse(cap))),
            Criteria.DEFAULT_QUOTE_AGE);

    assertEquals(1, Rank.rank(criteria, book(offer("a", price).gpus(gpus)), NOW).offers().size());
  }

  @ParameterizedTest
  @CsvSource({"0S, PT0S", "59M, PT59M", "1H, PT1H", "-5M, PT0S"})
  void aQuoteUpToTheLimitCountsAndOneFromTheFutureIsOfNow(String seen, Duration age) {
    assertEquals(age, Ranks.all(book(offer("a", "1").seen(seen))).offers().getFirst().age());
  }

  @Test
  void aQuoteOlderThanTheLimitDoesNotCount() {
    assertEquals(
        List.of(true),
        Ranks.all(book(offer("a", "1").seen("1H1S"))).refused().stream()
            .map(Refused::stale)
            .toList());
  }

  @Test
  void aQuoteWithoutATimeIsVouchedForByItsSource() {
    assertEquals(Duration.ZERO, Ranks.all(book(offer("a", "1"))).offers().getFirst().age());
  }

  @Test
  void whatIsRefusedAnywayIsNotStale() {
    assertEquals(
        List.of(false),
        Ranks.all(book(offer("a", "1").manufacturer("AMD").seen("2H"))).refused().stream()
            .map(Refused::stale)
            .toList());
  }

  @Test
  void refusalsComeByKey() {
    Ranking ranking =
        Ranks.all(book(offer("b", "1").manufacturer("AMD"), offer("a", "2").manufacturer("AMD")));

    assertEquals(
        List.of("a", "b"),
        ranking.refused().stream().map(r -> r.offer().key().instanceType()).toList());
  }

  @Test
  void whatIsPaidForAlreadyComesFirst() {
    assertEquals(
        List.of("mine", "theirs"),
        order(offer("theirs", "0.000001"), offer("mine", "0").capacity(Capacity.OWNED)));
  }

  @RepeatedTest(20)
  void theOrderIsThatOfTheComparator() {
    // What is sorted are numbers that stand for offers; this is what they stand for.
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Offer> offers = new ArrayList<>();
    for (int i = 0; i < 300; i++) {
      Offers offer =
          offer(
                  "t" + i,
                  random.nextBoolean() ? "0.0" + (1 + random.nextInt(5)) : "999.99999" + i % 9)
              .zone("z" + random.nextInt(3))
              .gpus(1 + random.nextInt(4));
      offer = random.nextBoolean() ? offer.score(1 + random.nextInt(3)) : offer;
      offers.add((random.nextBoolean() ? offer.band("<5%") : offer).build());
    }
    Collections.shuffle(offers, random);
    Ranking ranking = Ranks.all(PriceBook.of(offers, List.of()));

    assertEquals(
        ranking.offers().stream().sorted(Rank.ORDER).toList(), ranking.offers(), "seed " + seed);
    Collections.shuffle(offers, random);
    assertEquals(
        ranking.offers(), Ranks.all(PriceBook.of(offers, List.of())).offers(), "seed " + seed);
  }

  @Test
  void theCheapestAreTheFirstOfTheRanking() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    List<Offer> offers = new ArrayList<>();
    for (int i = 0; i < 200; i++) {
      offers.add(offer("t" + i, "0." + (1 + random.nextInt(9))).gpus(1 + i % 3).build());
    }
    PriceBook book = PriceBook.of(offers, List.of());
    Criteria criteria = Criteria.of(pool("maxPricePerGpu: \"0.50\""), Demand.pod(2));
    Predicate<Offer> also = offer -> offer.key().instanceType().endsWith("7");

    assertEquals(
        Rank.rank(criteria, book, NOW).offers().stream()
            .filter(ranked -> also.test(ranked.offer()))
            .limit(5)
            .toList(),
        Rank.cheapest(5, criteria, listing -> also.test(listing.offer()), book.listings(), NOW),
        "seed " + seed);
  }

  @Test
  void whatCannotBeAmongTheCheapestIsNotAskedAbout() {
    // Each pool ranked the whole book for each pod: a tenth of a second an admission.
    List<String> asked = new ArrayList<>();
    PriceBook book = book(offer("a", "0.10"), offer("b", "0.20"), offer("c", "0.15"));

    Rank.cheapest(
        1,
        Criteria.everything(),
        listing -> asked.add(listing.offer().key().instanceType()),
        book.listings(),
        NOW);

    assertEquals(List.of("a"), asked);
  }

  private static List<String> order(Offers... offers) {
    return Ranks.types(Ranks.all(book(offers)).offers());
  }
}
