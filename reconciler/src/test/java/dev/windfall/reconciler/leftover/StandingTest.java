package dev.windfall.reconciler.leftover;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What the status of a LeftoverNodePool says. */
class StandingTest {
  private static final String G6 = "eu-central-1a.g6.xlarge.spot";
  private static final String G5 = "eu-central-1b.g5.xlarge.spot";

  private final Stage stage = new Stage();

  @BeforeEach
  void aPool() {
    prices("0.40");
    stage.apply("gpu");
    stage.settle();
  }

  @AfterEach
  void close() {
    stage.close();
  }

  private void prices(String g6) {
    stage.bench.book =
        Market.book(Market.offer("g6.xlarge", "a", g6), Market.offer("g5.xlarge", "b", "0.60"));
  }

  private JsonNode status() {
    return stage.leftover("gpu").orElseThrow().path("status");
  }

  private void later() {
    stage.bench.now = stage.bench.now.plus(Duration.ofMinutes(5));
  }

  @Test
  void itSaysWhatIsSelectedAndWhatTheBestCosts() {
    stage.open("leftover-gpu", G6, G5);
    stage.settle();

    assertEquals(
        "[\"g6.xlarge\",\"g5.xlarge\"]", status().path("selectedInstanceTypes").toString());
    assertEquals(
        "[\"eu-central-1a\",\"eu-central-1b\"]", status().path("selectedZones").toString());
    assertEquals("0.4000", status().path("lastPriceUSD").asText());
    assertEquals(7, status().path("lastScore").asInt());
    assertEquals("2026-11-20T10:00:00Z", status().path("lastSyncTime").asText());
    assertEquals(
        "True Reconciled: SpotPool leftover-gpu has NodePools that nodes can be bought from",
        stage.condition("gpu", "Ready"));
    assertEquals(
        "True Applied: all of it has its effect, but for requeueMinutes: prices are read as often"
            + " as market.sources says",
        stage.condition("gpu", "FullyApplied"));
  }

  @Test
  void aWideRungSelectsNothingByItself() {
    stage.open("leftover-gpu", "L4 1 spot", G6);
    stage.settle();

    assertEquals("[\"g6.xlarge\"]", status().path("selectedInstanceTypes").toString());
  }

  @Test
  void aPriceThatMovesALittleIsNotWritten() {
    stage.open("leftover-gpu", G6, G5);
    stage.settle();
    stage.bench.server.forgetRequests();
    prices("0.41");
    later();
    stage.pass();
    assertEquals(List.of(), stage.written());

    prices("0.45");
    stage.settle();
    assertEquals("0.4500", status().path("lastPriceUSD").asText());
    assertEquals("2026-11-20T10:00:00Z", status().path("lastSyncTime").asText(), "no selection");
  }

  @Test
  void theTimeIsThatOfTheLastSelection() {
    stage.open("leftover-gpu", G6, G5);
    stage.settle();
    later();
    stage.open("leftover-gpu", G5, G6);
    stage.settle();

    assertEquals("0.6000", status().path("lastPriceUSD").asText());
    assertEquals("2026-11-20T10:05:00Z", status().path("lastSyncTime").asText());
  }

  @Test
  void aStatusOfAnotherGenerationIsWaitedFor() {
    stage.open("leftover-gpu", G6);
    stage.settle();
    stage.bench.server.forgetRequests();
    stage.apply("gpu", ", 'nodeClassName': 'gpu', 'maxZones': 1");
    stage.settle();

    assertEquals(List.of("patch spotpools"), stage.written());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # the SpotPool is Ready=False | its market | the source says           | so Leftover would have said
          NoOffer      | True PricesRead     |                                    | SelectionError
          NoFreshPrice | False PricesTooOld  |                                    | NoQuotes
          NoFreshPrice | False NoPricesYet   |                                    | NoQuotes
          NoFreshPrice | False NoSource      | DescribeInstanceTypes is denied    | ListTypesError
          NoFreshPrice | False NoSource      | DescribeSpotPriceHistory is denied | SpotPriceError
          NoFreshPrice | False NoSource      | cannot be asked without credentials | AWSClientError
          NodeClassNotReady | True PricesRead    |                               | ApplyNodePoolError
          NodeClassRefused  | True PricesRead    | DescribeInstanceTypes is denied | ApplyNodePoolError
          NoOffer      | True SourceFailing  | DescribeSpotPriceHistory is throttled; what it said last stays in force | SelectionError
          NoFreshPrice | False PricesTooOld  | DescribeSpotPriceHistory is throttled; what it said last stays in force | SpotPriceError
          """)
  void whyNothingCanBeBoughtIsSaidInLeftoversWords(
      String ready, String market, String error, String reason) {
    stage.bench.book = failing("aws eu-central-1", error);
    String[] fresh = market.split(" ", -1);
    stage.says(
        "leftover-gpu",
        "'status': 'False', 'reason': '%s', 'message': 'm'".formatted(ready),
        "'status': '%s', 'reason': '%s', 'message': 'm'".formatted(fresh[0], fresh[1]),
        "");
    stage.settle();

    assertTrue(
        stage.condition("gpu", "Ready").startsWith("False " + reason + ": "),
        stage.condition("gpu", "Ready"));
  }

  @Test
  void aNodeClassThatIsOnItsWayIsNoTrouble() {
    JsonNode before = status().path("conditions");
    stage.says(
        "leftover-gpu",
        "'status': 'False', 'reason': 'NodeClassPending', 'message': 'm'",
        "'status': 'True', 'reason': 'PricesRead', 'message': 'm'",
        "");
    stage.settle();

    assertEquals(before, status().path("conditions"));
  }

  /** Any trouble of a source was once told in the place of what was wrong with the pool. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # the source cannot be asked one thing                                           | so Leftover would have said
          DescribeInstanceTypes is throttled; what it said last stays in force             | SelectionError: m
          DescribeInstanceTypeOfferings is denied; a type counts as offered where it has a price | SelectionError: m
          DescribeSpotPriceHistory gives no answer in time; what it said last stays in force | SelectionError: m
          DescribeSpotPriceHistory is denied; spot capacity is not offered                 | SpotPriceError: aws eu-central-1: DescribeSpotPriceHistory is denied; spot capacity is not offered
          """)
  void aTroubleCountsOnlyWhereItTookSomethingAway(String trouble, String said) {
    SourceHealth source =
        new SourceHealth(
            "aws eu-central-1",
            1,
            Optional.of(Market.NOW),
            Optional.empty(),
            List.of(),
            List.of(trouble));
    stage.bench.book =
        PriceBook.of(List.of(Market.offer("g6.xlarge", "a", "0.40")), List.of(source));
    stage.says(
        "leftover-gpu",
        "'status': 'False', 'reason': 'NoOffer', 'message': 'm'",
        "'status': 'True', 'reason': 'PricesRead', 'message': 'm'",
        "");
    stage.settle();

    assertEquals("False " + said, stage.condition("gpu", "Ready"));
  }

  @Test
  void aSourceOfAnotherRegionIsNoReason() {
    stage.bench.book = failing("aws us-east-1", "DescribeInstanceTypes is denied");
    stage.says(
        "leftover-gpu",
        "'status': 'False', 'reason': 'NoOffer', 'message': 'm'",
        "'status': 'True', 'reason': 'PricesRead', 'message': 'm'",
        "");
    stage.settle();

    assertEquals("False SelectionError: m", stage.condition("gpu", "Ready"));
  }

  @Test
  void withoutScoresItIsReadyAndSaysThatTheyAreMissing() {
    SourceHealth source =
        new SourceHealth(
            "aws eu-central-1",
            1,
            Optional.of(Market.NOW),
            Optional.empty(),
            List.of(),
            List.of("GetSpotPlacementScores is denied"));
    stage.bench.book =
        PriceBook.of(List.of(Market.offer("g6.xlarge", "a", "0.40")), List.of(source));
    stage.open("leftover-gpu", G6);
    stage.settle();

    assertTrue(stage.condition("gpu", "Ready").startsWith("True Reconciled"));
    assertEquals(
        "False ScorerError: minSpotScore has no effect while placement scores are unknown: aws"
            + " eu-central-1: GetSpotPlacementScores is denied",
        stage.condition("gpu", "FullyApplied"));
  }

  /** It was said of any question that failed, and again with each that failed too. */
  @Test
  void aScoreThatStillCountsHasItsEffect() {
    SourceHealth source =
        new SourceHealth(
            "aws eu-central-1",
            1,
            Optional.of(Market.NOW),
            Optional.empty(),
            List.of(),
            List.of(
                "GetSpotPlacementScores is throttled (RequestLimitExceeded) for some questions; "
                    + SourceHealth.STAYS
                    + " for a day"));
    stage.bench.book = PriceBook.of(List.of(scored()), List.of(source));
    stage.open("leftover-gpu", G6);
    stage.settle();
    assertTrue(
        stage.condition("gpu", "FullyApplied").startsWith("True Applied"),
        stage.condition("gpu", "FullyApplied"));

    stage.bench.book =
        PriceBook.of(List.of(Market.offer("g6.xlarge", "a", "0.40")), List.of(source));
    stage.settle();
    assertEquals(
        "False ScorerError: minSpotScore has no effect while placement scores are unknown: aws"
            + " eu-central-1: GetSpotPlacementScores is throttled (RequestLimitExceeded) for some"
            + " questions",
        stage.condition("gpu", "FullyApplied"));
  }

  private static Offer scored() {
    Offer bare = Market.offer("g6.xlarge", "a", "0.40");
    return new Offer(
        bare.source(),
        bare.provider(),
        bare.region(),
        bare.key(),
        bare.architecture(),
        bare.gpu(),
        bare.cpu(),
        bare.memory(),
        bare.usdPerHour(),
        bare.basis(),
        bare.observedAt(),
        OptionalInt.of(7),
        bare.interruption(),
        bare.barred());
  }

  /** Leftover took it for the beginning of a name. */
  @Test
  void aFamilyThatNobodyOffersIsSaid() {
    stage.apply("gpu", ", 'nodeClassName': 'gpu', 'families': ['g5', 'g']");
    stage.settle();
    stage.open("leftover-gpu", G5);
    stage.settle();

    assertEquals(
        "False NoEffect: g is no family on offer in eu-central-1; g5, g6 are",
        stage.condition("gpu", "FullyApplied"));
  }

  @Test
  void whatHasNoEffectIsSaidOnceAsAnEventToo() {
    stage.apply("gpu", ", 'nodeClassName': 'gpu', 'requeueMinutes': 3");
    stage.settle();
    stage.bench.events.clear();
    stage.open("leftover-gpu", G6);
    stage.settle();
    stage.settle();

    assertTrue(
        stage.condition("gpu", "FullyApplied").startsWith("False NoEffect: requeueMinutes 3"));
    assertEquals(1, stage.bench.events.size(), stage.bench.events.toString());
  }

  @Test
  void oneThatCannotBeReadKeepsWhatWasMadeOfIt() {
    stage.open("leftover-gpu", G6);
    stage.settle();
    stage.apply("gpu", ", 'nodeClassName': 'gpu', 'minGPUs': -1");
    stage.settle();

    assertEquals(
        "False InvalidSpec: leftovernodepool \"gpu\": minGPUs \"-1\" must be a whole number from 0"
            + " to 1000000\n"
            + "its SpotPool stays as it is",
        stage.condition("gpu", "Ready"));
    assertEquals("[\"g6.xlarge\"]", status().path("selectedInstanceTypes").toString());
    assertTrue(stage.pool("leftover-gpu").isPresent());
  }

  private static PriceBook failing(String source, String error) {
    return PriceBook.of(
        List.of(Market.offer("g6.xlarge", "a", "0.40")),
        error == null
            ? List.of()
            : List.of(
                new SourceHealth(source, 0, Optional.empty(), Optional.of(error), List.of())));
  }
}
