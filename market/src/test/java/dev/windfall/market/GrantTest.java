package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.offer;
import static dev.windfall.market.Offers.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;

import dev.windfall.policies.Capacity;
import dev.windfall.policies.Request;
import dev.windfall.policies.Spot;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class GrantTest {
  private static final List<SpotPool> ANY_SPOT = List.of(pool(""));

  private static final PriceBook BOOK =
      book(
          offer("g6.xlarge", "0.40"),
          offer("g5.xlarge", "0.50"),
          offer("g6.xlarge", "0.80").capacity(Capacity.ON_DEMAND),
          offer("dgx", "0").capacity(Capacity.OWNED));

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # wish | cap  | pools              | comes to
          PREFER  |      | no pool            | any rung
          PREFER  |      | capacity: spot     | any rung
          REQUIRE |      | no pool            | karpenter.sh/capacity-type In [spot]
          REQUIRE |      | capacity: spot     | karpenter.sh/capacity-type In [spot]
          NEVER   |      | no pool            | karpenter.sh/capacity-type NotIn [spot]
          NEVER   |      | capacity: spot     | karpenter.sh/capacity-type NotIn [spot]
          REQUIRE | 0.50 | capacity: spot     | windfall.dev/offer In [eu-central-1a.g5.xlarge.spot, eu-central-1a.g6.xlarge.spot]
          REQUIRE | 0.49 | capacity: spot     | windfall.dev/offer In [eu-central-1a.g6.xlarge.spot]
          REQUIRE | 0.50 | families: [g5]     | windfall.dev/offer In [eu-central-1a.g5.xlarge.spot]
          REQUIRE | 0.50 | maxPricePerGpu: "0.40" | windfall.dev/offer In [eu-central-1a.g6.xlarge.spot]
          REQUIRE | 0.40 | families: [g5]     | no offer at or below 0.40 USD/GPU·h; nearest is g5.xlarge in eu-central-1a at 0.50
          REQUIRE | 0.40 | families: [none]   | no offer at or below 0.40 USD/GPU·h; no SpotPool may buy one that fits; the market has g6.xlarge in eu-central-1a at 0.40
          REQUIRE | 0.40 | no pool            | no offer at or below 0.40 USD/GPU·h; no SpotPool may buy one that fits; the market has g6.xlarge in eu-central-1a at 0.40
          NEVER   | 9    | capacity: spot     | no offer at or below 9.00 USD/GPU·h; no SpotPool may buy one that fits; the market has g6.xlarge in eu-central-1a at 0.80
          REQUIRE | 0.30 | maxPricePerGpu: "0.40" | no offer at or below 0.30 USD/GPU·h; nearest is g6.xlarge in eu-central-1a at 0.40
          REQUIRE | 0.39 | capacity: spot     | no offer at or below 0.39 USD/GPU·h; nearest is g6.xlarge in eu-central-1a at 0.40
          PREFER  | 0.39 | capacity: spot     | no offer at or below 0.39 USD/GPU·h; nearest is g6.xlarge in eu-central-1a at 0.40
          PREFER  | 9    | no pool            | no offer at or below 9.00 USD/GPU·h; no SpotPool may buy one that fits; the market has g6.xlarge in eu-central-1a at 0.40
          PREFER  | 0.40 | capacity: spot     | windfall.dev/offer In [eu-central-1a.dgx.owned, eu-central-1a.g6.xlarge.spot]
          PREFER  | 9    | capacity: on-demand | windfall.dev/offer In [eu-central-1a.dgx.owned, eu-central-1a.g6.xlarge.on-demand]
          """)
  void aRequestComesTo(Spot wish, String cap, String pools, String comesTo) {
    Request request = Request.of(1, wish).capped(Optional.ofNullable(cap).map(Usd::parse));

    assertEquals(comesTo, shown(Grant.of(request, pools(pools), BOOK, NOW)));
  }

  @Test
  void severalPoolsMayBuyWhatEachOfThemMay() {
    List<SpotPool> pools = List.of(pool("families: [g5]"), pool("families: [g6]"));

    assertEquals(
        List.of("g6.xlarge", "g5.xlarge"), Ranks.types(bound(1, "1", pools, BOOK).offers()));
  }

  @Test
  void theOffersAreTheCheapestFirstAndTheValuesSorted() {
    Grant.Bound bound = bound(1, "1", ANY_SPOT, BOOK);

    assertEquals(List.of("g6.xlarge", "g5.xlarge"), Ranks.types(bound.offers()));
    assertEquals(
        List.of("eu-central-1a.g5.xlarge.spot", "eu-central-1a.g6.xlarge.spot"),
        bound.requirements().getFirst().values());
  }

  @Test
  void atMostTheSixtyCheapestAreNamed() {
    List<Offer> offers =
        new ArrayList<>(
            IntStream.rangeClosed(1, 70)
                .mapToObj(i -> offer("t" + i, "0." + (100 + i)).build())
                .toList());
    Collections.shuffle(offers, new java.util.Random(1));

    Grant.Bound bound = bound(1, "1", ANY_SPOT, PriceBook.of(offers, List.of()));

    assertEquals(
        IntStream.rangeClosed(1, 60).mapToObj(i -> "t" + i).toList(), Ranks.types(bound.offers()));
    assertEquals(60, bound.requirements().getFirst().values().size());
  }

  @Test
  void aCapIsForEachGpuThePodUses() {
    PriceBook book = book(offer("four", "2").gpus(4), offer("eight", "3").gpus(8));

    assertEquals(List.of("four"), Ranks.types(bound(4, "0.50", ANY_SPOT, book).offers()));
  }

  @Test
  void aMachineTooSmallForThePodIsNotTheNearest() {
    Grant.NothingFits waits = waits(2, "0.10", ANY_SPOT, book(offer("small", "0.20")));

    assertEquals(
        "no offer at or below 0.10 USD/GPU·h; the market has none that fits at any price",
        waits.reason());
  }

  @Test
  void theNearestPriceIsNeverShownAsLowAsTheCap() {
    Grant.NothingFits waits = waits(3, "0.333333", ANY_SPOT, book(offer("three", "1").gpus(3)));

    assertEquals(
        "no offer at or below 0.333333 USD/GPU·h; nearest is three in eu-central-1a at 0.333334",
        waits.reason());
  }

  @Test
  void aStaleQuoteIsNotGranted() {
    List<SpotPool> pools = List.of(pool("ranking: {maxQuoteAge: 10m}"));
    PriceBook book = book(offer("old", "0.10").seen("11M"), offer("new", "0.20").seen("9M"));

    assertEquals(List.of("new"), Ranks.types(bound(1, "1", pools, book).offers()));
  }

  @Test
  void whoWaitsBecauseNoPriceIsFreshIsToldSo() {
    Grant.NothingFits waits = waits(1, "1", ANY_SPOT, book(offer("old", "0.10").seen("2H")));

    assertEquals(
        "no offer at or below 1.00 USD/GPU·h; the prices of all that fit are too old to count",
        waits.reason());
  }

  @Test
  void aPoolThatTrustsOldQuotesDoesNotMakeOthersTrustThem() {
    List<SpotPool> pools =
        List.of(
            pool("ranking: {maxQuoteAge: 10m}\nfamilies: [g5]"),
            pool("ranking: {maxQuoteAge: 2h}\nfamilies: [g6]"));
    PriceBook book = book(offer("g5.a", "0.10").seen("1H"), offer("g6.a", "0.20").seen("1H"));

    assertEquals(List.of("g6.a"), Ranks.types(bound(1, "1", pools, book).offers()));
  }

  @Test
  void aPriceTooOldForTheOnlyPoolThatMayBuyItIsToldAsSuch() {
    // It was said that no SpotPool may buy it, since another pool trusts older prices.
    List<SpotPool> pools =
        List.of(
            pool("ranking: {maxQuoteAge: 10m}\nfamilies: [g5]"),
            pool("ranking: {maxQuoteAge: 2h}\nfamilies: [g6]"));

    assertEquals(
        Grant.Lack.FRESHNESS, waits(1, "1", pools, book(offer("g5.a", "0.10").seen("1H"))).lack());
  }

  @Test
  void anOfferThatNoPoolMayBuyLacksAPoolHoweverOldItsPriceIs() {
    PriceBook book = book(offer("g5.a", "0.10").seen("2H"));

    assertEquals(Grant.Lack.POOL, waits(1, "1", List.of(pool("families: [g6]")), book).lack());
  }

  @Test
  void withoutAPoolAPodWithACapWaitsForOne() {
    // Every offer of the market was granted, and no rung was ever made of one.
    assertEquals(Grant.Lack.POOL, waits(1, "1", List.of(), BOOK).lack());
    assertEquals(Grant.Lack.POOL, waits(1, "1", List.of(), book()).lack());
  }

  @Test
  void whatIsPaidForAlreadyBindsNoPodByItself() {
    // The pod was held to owned machines that no node may be labelled as, for ever.
    PriceBook book = book(offer("dgx", "0").capacity(Capacity.OWNED));
    Request request = Request.of(1, Spot.PREFER).capped(Optional.of(Usd.parse("1")));

    assertEquals(
        "no offer at or below 1.00 USD/GPU·h; no SpotPool may buy one that fits; the market has"
            + " none",
        shown(Grant.of(request, ANY_SPOT, book, NOW)));
  }

  @Test
  void whatIsPaidForAlreadyLeavesHalfOfTheRoomToWhatCanBeBought() {
    List<Offer> offers = new ArrayList<>();
    for (int i = 0; i < 70; i++) {
      offers.add(offer("mine" + i, "0").capacity(Capacity.OWNED).build());
      offers.add(offer("theirs" + i, "0.40").build());
    }
    Request request = Request.of(1, Spot.PREFER).capped(Optional.of(Usd.parse("1")));

    Grant grant = Grant.of(request, ANY_SPOT, PriceBook.of(offers, List.of()), NOW);

    List<String> types = Ranks.types(assertInstanceOf(Grant.Bound.class, grant).offers());
    assertEquals(60, types.size());
    assertEquals(30, types.stream().filter(type -> type.startsWith("theirs")).count());
  }

  @Test
  void theSameInputsGiveTheSameGrantInWhateverOrderTheyCome() {
    Offers one = offer("a", "0.40");
    Offers other = offer("b", "0.40");
    List<SpotPool> pools = List.of(pool("families: [a]"), pool("families: [b]"));

    assertEquals(
        bound(1, "1", pools, book(one, other)), bound(1, "1", pools.reversed(), book(other, one)));
  }

  private static Grant.Bound bound(int gpus, String cap, List<SpotPool> pools, PriceBook book) {
    return assertInstanceOf(Grant.Bound.class, capped(gpus, cap, pools, book));
  }

  private static Grant.NothingFits waits(
      int gpus, String cap, List<SpotPool> pools, PriceBook book) {
    return assertInstanceOf(Grant.NothingFits.class, capped(gpus, cap, pools, book));
  }

  private static Grant capped(int gpus, String cap, List<SpotPool> pools, PriceBook book) {
    Request request = Request.of(gpus, Spot.REQUIRE).capped(Optional.of(Usd.parse(cap)));
    return Grant.of(request, pools, book, NOW);
  }

  private static List<SpotPool> pools(String spec) {
    return switch (spec) {
      case "no pool" -> List.of();
      default -> List.of(pool(spec));
    };
  }

  private static String shown(Grant grant) {
    return switch (grant) {
      case Grant.AnyRung any -> "any rung";
      case Grant.NothingFits nothing -> nothing.reason();
      case Grant.Bound bound -> {
        NodeRequirement only = bound.requirements().getFirst();
        assertEquals(1, bound.requirements().size());
        yield only.key() + " " + only.operator() + " " + only.values();
      }
    };
  }
}
