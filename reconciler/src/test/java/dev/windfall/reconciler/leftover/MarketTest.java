package dev.windfall.reconciler.leftover;

import static dev.windfall.reconciler.Market.NOW;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.Basis;
import dev.windfall.market.Criteria;
import dev.windfall.market.Demand;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Rank;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

/**
 * What is bought for a LeftoverNodePool, and Leftover got wrong. That shares of GPUs are no offers
 * is the source's to see to: {@code AwsSourceTest}.
 */
class MarketTest {
  private final Stage stage = new Stage();

  @AfterEach
  void close() {
    stage.close();
  }

  /** The instance types that would be bought, the best first. */
  private List<String> bought(String spec, Offer... offers) {
    stage.bench.book = PriceBook.of(List.of(offers), List.of());
    stage.apply("gpu", ", 'nodeClassName': 'gpu'" + spec);
    stage.settle();
    SpotPool pool =
        SpotPool.readObject("leftover-gpu", stage.pool("leftover-gpu").orElseThrow().toString());
    Criteria criteria = Criteria.of(pool.withoutFallback(), Demand.whole());
    return Rank.rank(criteria, stage.bench.book, NOW).offers().stream()
        .map(ranked -> ranked.offer().key().instanceType())
        .toList();
  }

  private static Offer scored(String type, String usdPerHour, int score) {
    return made(type, new Gpu("NVIDIA", "L4", 1, Memory.parse("24Gi")), usdPerHour, score);
  }

  private static Offer made(String type, Gpu gpu, String usdPerHour, int score) {
    return new Offer(
        "test",
        "aws",
        "eu-central-1",
        new OfferKey("eu-central-1a", type, Capacity.SPOT),
        Architecture.AMD64,
        gpu,
        4,
        Memory.parse("16Gi"),
        Usd.parse(usdPerHour),
        Basis.QUOTED,
        Optional.empty(),
        score == 0 ? OptionalInt.empty() : OptionalInt.of(score),
        Optional.empty(),
        Optional.empty());
  }

  /** With g5 it took g5g too, which is ARM, cheaper, and cannot run what was asked for. */
  @Test
  void aFamilyIsNoPrefix() {
    assertEquals(
        List.of("g5.xlarge"),
        bought(
            ", 'families': ['g5']",
            offer("g5g.xlarge", "a", "0.20"),
            offer("g5.xlarge", "a", "0.60")));
  }

  /** It counted AMD's GPUs as some of nvidia.com/gpu. */
  @Test
  void onlyGpusOfNvidiaCount() {
    Gpu radeon = new Gpu("AMD", "RadeonPro", 1, Memory.parse("8Gi"));
    assertEquals(
        List.of("g6.xlarge"),
        bought("", made("g4ad.xlarge", radeon, "0.10", 0), offer("g6.xlarge", "a", "0.40")));
  }

  /** It ranked by the price of the machine. */
  @Test
  void thePriceOfAGpuDecidesAndNotThatOfTheMachine() {
    Offer four = offer("g6.12xlarge", "a", Capacity.SPOT, 4, "1.20", Optional.empty());
    assertEquals(
        List.of("g6.12xlarge", "g6.xlarge"), bought("", four, offer("g6.xlarge", "a", "0.40")));
  }

  /** A price of yesterday stood as long as nobody quoted another. */
  @Test
  void aPriceThatIsTooOldDoesNotCount() {
    Instant yesterday = NOW.minus(Duration.ofDays(1));
    Offer old = offer("g5.xlarge", "a", Capacity.SPOT, 1, "0.10", Optional.of(yesterday));
    assertEquals(List.of("g6.xlarge"), bought("", old, offer("g6.xlarge", "a", "0.40")));
  }

  /** It ranked on-demand capacity by what it would cost on spot. */
  @Test
  void onDemandIsRankedByWhatItCostsOnDemand() {
    assertEquals(
        List.of("g6.xlarge", "g5.xlarge"),
        bought(
            ", 'capacityType': 'on-demand', 'onDemandFallback': false",
            offer("g5.xlarge", "a", "0.10"),
            offer("g6.xlarge", "a", "0.80"),
            offer("g5.xlarge", "a", Capacity.ON_DEMAND, 1, "1.20", Optional.empty()),
            offer("g6.xlarge", "a", Capacity.ON_DEMAND, 1, "0.90", Optional.empty())));
  }

  /** All types of a zone had one score. */
  @Test
  void aScoreIsThatOfTheTypeInItsZone() {
    assertEquals(
        List.of("g5.xlarge"),
        bought("", scored("g6.xlarge", "0.40", 2), scored("g5.xlarge", "0.60", 8)));
  }

  @Test
  void whereNoOfferHasTheScoreTheOthersAreBoughtAndItIsSaid() {
    assertEquals(List.of("g6.xlarge"), bought("", scored("g6.xlarge", "0.40", 2)));
    stage.open("leftover-gpu", "eu-central-1a.g6.xlarge.spot");
    stage.settle();
    assertEquals(
        "False NoEffect: minSpotScore 5 is dropped for now: of some GPU model and count no spot"
            + " offer has a score above it, and these are not to be left without any",
        stage.condition("gpu", "FullyApplied"));

    assertEquals(
        List.of("g5.xlarge"),
        bought("", scored("g6.xlarge", "0.40", 2), scored("g5.xlarge", "0.60", 6)));
  }

  /** Each time it was asked for, the SpotPool was written, and rungs closed and opened. */
  @Test
  void aScoreThatWaversByOnePointWritesNothing() {
    bought("", scored("g6.xlarge", "0.40", 5));
    assertEquals(5, stage.spec("leftover-gpu").path("minPlacementScore").asInt());
    bought("", scored("g6.xlarge", "0.40", 4));
    assertEquals(1, stage.spec("leftover-gpu").path("minPlacementScore").asInt());
    stage.bench.server.forgetRequests();

    bought("", scored("g6.xlarge", "0.40", 5));
    bought("", scored("g6.xlarge", "0.40", 4));

    assertEquals(List.of(), stage.written());
  }

  /** With the families of their sample: nobody scores p5, of which there is one type. */
  @Test
  void lowScoresLeaveNoGpuModelWithoutSpotCapacity() {
    Gpu a10g = new Gpu("NVIDIA", "A10G", 1, Memory.parse("24Gi"));
    Gpu h100 = new Gpu("NVIDIA", "H100", 8, Memory.parse("80Gi"));

    assertEquals(
        List.of("g6.xlarge", "g5.xlarge", "p5.48xlarge"),
        bought(
            ", 'families': ['g5', 'g6', 'p5']",
            scored("g6.xlarge", "0.40", 2),
            made("g5.xlarge", a10g, "0.60", 4),
            made("p5.48xlarge", h100, "30", 0)));
  }

  @Test
  void anUnknownScorePasses() {
    assertEquals(
        List.of("g5.xlarge"),
        bought("", scored("g6.xlarge", "0.40", 2), offer("g5.xlarge", "a", "0.60")));
  }

  /** It is the spot market that the wish is about: list prices have no score. */
  @Test
  void theFallbackMeetsNoScore() {
    assertEquals(
        List.of("g6.xlarge"),
        bought(
            ", 'onDemandFallback': true",
            scored("g6.xlarge", "0.40", 2),
            offer("g6.xlarge", "a", Capacity.ON_DEMAND, 1, "0.90", Optional.empty())));
  }

  /** A source that is silent for a moment must not move what is bought. */
  @Test
  void withoutPricesTheScoreStaysAsItWas() {
    bought("", scored("g6.xlarge", "0.40", 2));
    int dropped = stage.spec("leftover-gpu").path("minPlacementScore").asInt();
    bought("");

    assertEquals(1, dropped);
    assertEquals(1, stage.spec("leftover-gpu").path("minPlacementScore").asInt());
  }

  /** Each flip rewrote the requirements of its NodePool, and drifted what ran there. */
  @Test
  void aPriceThatFlipsWritesNothing() {
    bought("", offer("g6.xlarge", "a", "0.40"), offer("g5.xlarge", "a", "0.60"));
    stage.bench.server.forgetRequests();
    bought("", offer("g6.xlarge", "a", "0.60"), offer("g5.xlarge", "a", "0.40"));

    assertTrue(stage.written().isEmpty(), stage.written().toString());
  }
}
