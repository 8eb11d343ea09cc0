package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.key;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.Capacity;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When the saving over the remaining life pays for the lost work. */
class ReplacementTest {
  private static final OfferKey ON_DEMAND = key("eu-central-1a.g6.xlarge.on-demand");
  private static final OfferKey SPOT = key("eu-central-1a.g6.xlarge.spot");
  private static final Duration IDLE = Duration.ofMinutes(5);
  private static final Duration HOUR = Duration.ofHours(1);

  private static Optional<Replacement> compare(
      PriceBook book, OfferKey now, List<OfferKey> others, String remaining, String lost) {
    return Replacement.of(
        now,
        others,
        new Replacement.Work(Duration.parse("PT" + remaining), Duration.parse("PT" + lost)),
        IDLE,
        book,
        NOW,
        HOUR);
  }

  /** The table of docs/design.md. */
  @Test
  void theExampleOfTheDocumentation() {
    PriceBook book =
        book(
            offer("g6.xlarge", "1.0062").capacity(Capacity.ON_DEMAND),
            offer("g6.xlarge", "0.4021").band("<5%"));
    assertEquals(0.4168, book.index(SPOT, 1, Duration.ofMinutes(30)).orElseThrow().value(), 5e-5);

    Replacement long_ = compare(book, ON_DEMAND, List.of(SPOT), "5H", "30M").orElseThrow();
    assertEquals(5.031, long_.stay(), 5e-4);
    assertEquals(2.411, long_.go(), 5e-4);
    assertEquals(2.620, long_.saves(), 5e-4);
    assertTrue(long_.pays());

    Replacement short_ = compare(book, ON_DEMAND, List.of(SPOT), "30M", "30M").orElseThrow();
    assertEquals(0.503, short_.stay(), 5e-4);
    assertEquals(0.535, short_.go(), 5e-4);
    assertFalse(short_.pays());
  }

  @ParameterizedTest
  @CsvSource({
    // remaining, lost, USD per hour elsewhere, pays
    "10H, 0S,  0.50, true",
    "10H, 0S,  0.78, true",
    "10H, 0S,  0.80, false", // less than a fifth
    "10H, 5H,  0.50, true",
    "10H, 6H,  0.50, false", // as much is done again
    "1M,  0S,  0.01, false", // the machine that is left is paid for too
    "10M, 0S,  0.10, true",
    "9M,  0S,  0.10, false", // 0.04 USD
    "0S,  0S,  0.01, false",
    "10H, 0S,  1.20, false",
  })
  void itPaysFromAFifthAndFiveCentsOn(String remaining, String lost, String price, boolean pays) {
    PriceBook book =
        book(offer("g6.xlarge", "1.00").capacity(Capacity.ON_DEMAND), offer("g6.xlarge", price));
    assertEquals(
        pays, compare(book, ON_DEMAND, List.of(SPOT), remaining, lost).orElseThrow().pays());
  }

  @Test
  void severalMachinesAreAddedUp() {
    PriceBook book =
        book(
            offer("g6.12xlarge", "4.00").gpus(4).capacity(Capacity.ON_DEMAND),
            offer("g6.xlarge", "0.50"));
    OfferKey large = key("eu-central-1a.g6.12xlarge.on-demand");
    assertEquals(
        2 * compare(book, large, List.of(SPOT), "10H", "0S").orElseThrow().go()
            - 4.0 * IDLE.toMinutes() / 60,
        compare(book, large, List.of(SPOT, SPOT), "10H", "0S").orElseThrow().go(),
        1e-9);
  }

  @Test
  void whatInterruptionsThrowAwayCountsAgainstACheapMachine() {
    PriceBook risky =
        book(
            offer("g6.xlarge", "1.00").capacity(Capacity.ON_DEMAND),
            offer("g6.xlarge", "0.72").band(">20%"));
    PriceBook calm =
        book(offer("g6.xlarge", "1.00").capacity(Capacity.ON_DEMAND), offer("g6.xlarge", "0.72"));
    assertTrue(compare(calm, ON_DEMAND, List.of(SPOT), "100H", "2H").orElseThrow().pays());
    assertFalse(compare(risky, ON_DEMAND, List.of(SPOT), "100H", "2H").orElseThrow().pays());
  }

  @ParameterizedTest
  @CsvSource({"eu-central-1a.g6.xlarge.on-demand", "eu-central-1a.g6.xlarge.spot"})
  void aPriceThatIsTooOldOrNotKnownSaysNothing(String old) {
    PriceBook stale =
        book(
            offer("g6.xlarge", "1.00")
                .capacity(Capacity.ON_DEMAND)
                .seen(old.endsWith("on-demand") ? "61M" : "0S"),
            offer("g6.xlarge", "0.40").seen(old.endsWith("spot") ? "61M" : "0S"));
    assertEquals(Optional.empty(), compare(stale, ON_DEMAND, List.of(SPOT), "10H", "0S"));
    assertEquals(
        Optional.empty(),
        compare(stale, key("eu-central-1a.p5.48xlarge.spot"), List.of(SPOT), "10H", "0S"));
  }
}
