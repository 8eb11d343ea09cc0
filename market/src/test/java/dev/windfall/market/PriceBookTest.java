package dev.windfall.market;

import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.key;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.Capacity;
import dev.windfall.policies.Usd;
import java.time.LocalDate;
import java.util.List;
import java.util.Optional;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

class PriceBookTest {
  private static final Offers CHEAP = offer("g6.xlarge", "0.40");
  private static final Offers DEAR = offer("g5.xlarge", "0.50");

  @Test
  void theVersionIsTwelveHexadecimalDigits() {
    assertTrue(book(CHEAP).version().matches("[0-9a-f]{12}"));
  }

  @Test
  void theOrderInWhichOffersArriveMakesNoOtherVersion() {
    assertEquals(book(CHEAP, DEAR).version(), book(DEAR, CHEAP).version());
  }

  @Test
  void whenAPriceWasSeenMakesNoOtherVersion() {
    assertEquals(book(CHEAP.seen("5M")).version(), book(CHEAP.seen("1M")).version());
    assertEquals(book(CHEAP.seen("5M")).version(), book(CHEAP).version());
  }

  @Test
  void howTheSourcesAreMakesNoOtherVersion() {
    SourceHealth down =
        new SourceHealth("file", 1, Optional.empty(), Optional.of("gone"), List.of(), List.of());

    assertEquals(
        book(CHEAP).version(), PriceBook.of(List.of(CHEAP.build()), List.of(down)).version());
  }

  @Test
  void whereAPriceComesFromMakesNoOtherVersion() {
    Basis listed = new Basis.Listed(LocalDate.parse("2026-11-01"));

    assertEquals(book(CHEAP).version(), book(CHEAP.from("another")).version());
    assertEquals(book(CHEAP).version(), book(CHEAP.basis(listed)).version());
  }

  static Stream<Offers> others() {
    return Stream.of(
        CHEAP.price("0.400001"),
        CHEAP.zone("eu-central-1b"),
        CHEAP.region("eu-west-1"),
        CHEAP.by("gcp"),
        CHEAP.capacity(Capacity.ON_DEMAND),
        CHEAP.model("T4"),
        CHEAP.gpus(2),
        CHEAP.gpuMemory("16Gi"),
        CHEAP.score(3),
        CHEAP.band("<5%"),
        CHEAP.barred("the quota is 0"));
  }

  @ParameterizedTest
  @MethodSource("others")
  void anythingElseIsAnotherVersion(Offers other) {
    assertNotEquals(book(CHEAP).version(), book(other).version());
  }

  @Test
  void anotherOfferIsAnotherVersion() {
    assertNotEquals(book(CHEAP).version(), book(CHEAP, DEAR).version());
    assertNotEquals(book(CHEAP).version(), PriceBook.empty().version());
  }

  @Test
  void ofTwoOffersWithOneKeyTheFirstCounts() {
    assertEquals(
        Optional.of(Usd.parse("0.40")),
        book(CHEAP, CHEAP.price("0.10"))
            .find(key("eu-central-1a.g6.xlarge.spot"))
            .map(Offer::usdPerHour));
  }

  @Test
  void eachOfferOfALargeBookIsFoundByItsKeyAndByNoOther() {
    List<Offer> offers =
        IntStream.range(0, 5_000)
            .mapToObj(i -> offer("g" + i + ".xlarge", "0.40").build())
            .toList();

    PriceBook book = PriceBook.of(offers, List.of());

    offers.forEach(offer -> assertEquals(Optional.of(offer), book.find(offer.key())));
    IntStream.range(5_000, 10_000)
        .mapToObj(i -> offer("g" + i + ".xlarge", "0.40").build().key())
        .forEach(key -> assertEquals(Optional.empty(), book.find(key)));
  }

  @Test
  void whatIsNotOfferedIsNotFound() {
    assertEquals(Optional.empty(), book(CHEAP).find(key("eu-central-1b.g6.xlarge.spot")));
  }

  @Test
  void aReaderCannotChangeTheBookItTook() {
    assertThrows(UnsupportedOperationException.class, () -> book(CHEAP).offers().clear());
  }
}
