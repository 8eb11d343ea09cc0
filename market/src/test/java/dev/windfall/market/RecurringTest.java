package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;

import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Two price books were in memory whole while one took the place of the other. */
class RecurringTest {
  private static final Offers A = offer("a.large", "0.40");
  private static final Offers B = offer("b.large", "0.50");
  private static final Offers C = offer("c.large", "0.60");

  private static List<Offer> offers(Offers... offers) {
    return Stream.of(offers).map(Offers::build).toList();
  }

  private static List<Offer> again(List<Offer> before, List<Offer> read) {
    Recurring recurring = new Recurring(before);
    List<Offer> kept = read.stream().map(recurring::of).toList();
    assertEquals(read, kept);
    return kept;
  }

  @Test
  void anOfferThatIsAsItWasIsTheSameObject() {
    List<Offer> before = offers(A, B, C);

    List<Offer> kept = again(before, offers(A, B, C));

    IntStream.range(0, 3).forEach(i -> assertSame(before.get(i), kept.get(i)));
  }

  @Test
  void ofOneWithAnotherPriceTheKeyIsTheSameObject() {
    List<Offer> before = offers(A, B);

    List<Offer> kept = again(before, offers(A.price("0.41"), B));

    assertSame(before.getFirst().key(), kept.getFirst().key());
    assertSame(before.get(1), kept.get(1));
  }

  @Test
  void ofOneThatWasConfirmedAnewThePriceIsTheSameObjectToo() {
    List<Offer> before = offers(A.seen("5M"));

    List<Offer> kept = again(before, offers(A.seen("1M")));

    assertSame(before.getFirst().key(), kept.getFirst().key());
    assertSame(before.getFirst().usdPerHour(), kept.getFirst().usdPerHour());
  }

  @Test
  void thoseAfterOneThatIsGoneOrNewAreFoundAllTheSame() {
    List<Offer> before = offers(A, B, C);

    assertSame(before.get(2), again(before, offers(A, C)).get(1));
    assertSame(before.get(2), again(before, offers(A, B, offer("b.new", "1"), C)).get(3));
  }

  @Test
  void inAnotherOrderNothingIsWrong() {
    again(offers(A, B, C), offers(C, B, A));
    again(offers(A, B, C), offers(A, A, B));
    again(offers(), offers(A));
  }

  @Test
  void aBookThatIsReadAgainSharesWhatDidNotChange() throws IOException {
    List<Offer> first = read(PriceBook.of(offers(A, B, C), List.of()), List.of());

    List<Offer> second = read(PriceBook.of(offers(A, B.price("0.55"), C), List.of()), first);

    assertSame(first.getFirst(), second.getFirst());
    assertEquals(B.price("0.55").build(), second.get(1));
    assertSame(first.get(1).key(), second.get(1).key());
    assertSame(first.get(2), second.get(2));
  }

  private static List<Offer> read(PriceBook book, List<Offer> before) throws IOException {
    return BookCodec.read(new ByteArrayInputStream(BookCodec.write(book)), NOW, before).offers();
  }
}
