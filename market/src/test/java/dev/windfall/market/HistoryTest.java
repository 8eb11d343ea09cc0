package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.key;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.History.Event;
import dev.windfall.market.History.Interrupted;
import dev.windfall.market.History.Launched;
import dev.windfall.market.History.NoCapacity;
import dev.windfall.market.History.OverQuota;
import dev.windfall.market.History.Ran;
import dev.windfall.market.History.Useless;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Request;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Random;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class HistoryTest {
  private static final String REGION = "eu-central-1";
  private static final OfferKey KEY = key("eu-central-1a.g6.xlarge.spot");

  @Test
  void fourDaysLaterAThirdIsLeft() {
    History history = History.empty().with(new Launched(KEY, REGION, NOW), Risk.DEFAULT);

    Past later = history.past(KEY, NOW.plus(Duration.ofDays(4)), Risk.DEFAULT).orElseThrow();

    assertEquals(1 / Math.E, later.launches(), 1e-9);
  }

  @Test
  void newsThatComeLateCountAsIfTheyHadComeInTime() {
    Event early = new Interrupted(KEY, REGION, NOW.minus(Duration.ofHours(30)));
    Event late = new Launched(KEY, REGION, NOW);

    Past inOrder = with(early, late).past(KEY, NOW, Risk.DEFAULT).orElseThrow();
    Past reversed = with(late, early).past(KEY, NOW, Risk.DEFAULT).orElseThrow();

    assertEquals(inOrder.interruptions(), reversed.interruptions(), 1e-9);
    assertEquals(inOrder.launches(), reversed.launches(), 1e-9);
    assertEquals(inOrder.outage(), reversed.outage());
  }

  @Test
  void timeThatPassedInPeaceMakesAnOfferSafer() {
    PriceBook book = book(offer("g6.xlarge", "0.40").band("10-15%"));
    History ran = with(new Ran(KEY, REGION, NOW.minus(Duration.ofHours(40)), NOW.minusSeconds(1)));

    assertTrue(loss(book, ran) < loss(book, History.empty()));
  }

  @Test
  void everyInterruptionMakesAnOfferLessSafe() {
    PriceBook book = book(offer("g6.xlarge", "0.40"));
    Event once = new Interrupted(KEY, REGION, NOW.minus(Duration.ofHours(5)));

    assertTrue(loss(book, with(once, once)) > loss(book, with(once)));
  }

  /** Trying an offer out must not make it look worse than one that nobody has tried. */
  @RepeatedTest(200)
  void goodNewsNeverRaiseAnIndex() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    Offers offer = offer("g6.xlarge", "0.40");
    PriceBook book = book(random.nextBoolean() ? offer.band("5-10%") : offer);
    History history = History.empty();
    Instant at = NOW.minus(Duration.ofHours(200));
    for (int i = 0; i < 20; i++) {
      at = at.plus(Duration.ofMinutes(random.nextInt(600)));
      Event event =
          switch (random.nextInt(4)) {
            case 0 -> new NoCapacity(KEY, REGION, at);
            case 1 -> new Interrupted(KEY, REGION, at);
            case 2 -> new Ran(KEY, REGION, at.minus(Duration.ofMinutes(random.nextInt(300))), at);
            default -> new Launched(KEY, REGION, at);
          };
      History before = history;
      history = history.with(event, Risk.DEFAULT);
      if (event instanceof Launched || event instanceof Ran) {
        assertTrue(loss(book, history) <= loss(book, before) + 1e-12, "seed " + seed);
      }
    }
  }

  @Test
  void ofTooManyOffersThoseAreForgottenOfWhichThereWasNoNewsForLongest() {
    History history = History.empty();
    for (int i = 0; i < History.MOST + 10; i++) {
      OfferKey key = key("zone." + "t" + i + ".spot");
      history = history.with(new Launched(key, REGION, NOW.plusSeconds(i)), Risk.DEFAULT);
    }

    assertEquals(History.MOST, history.offers().size());
    assertTrue(!history.offers().containsKey(key("zone.t9.spot")));
    assertTrue(history.offers().containsKey(key("zone.t10.spot")));
  }

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    History history =
        with(
            new Launched(KEY, REGION, NOW.minusSeconds(7000)),
            new Ran(KEY, REGION, NOW.minusSeconds(7000), NOW.minusSeconds(500)),
            new Interrupted(KEY, REGION, NOW.minusSeconds(500)),
            new NoCapacity(key("zone.p5.48xlarge.spot"), "elsewhere", NOW),
            new Useless(key("zone.g6.48xlarge.spot"), "elsewhere", Setback.Kind.JOIN, NOW),
            new OverQuota(
                KEY, new Quota("aws", REGION, "G and VT", Capacity.SPOT), 48, NOW.minusSeconds(9)));

    byte[] written = HistoryCodec.write(history);

    assertEquals(history, HistoryCodec.read(written));
    assertEquals(
        new String(written, StandardCharsets.UTF_8),
        new String(HistoryCodec.write(HistoryCodec.read(written)), StandardCharsets.UTF_8));
  }

  @Test
  void aQuotaOfTheFormatBeforeBarsMachinesOfAnySize() throws IOException {
    String text =
        "{\"format\":1,\"offers\":[],\"quotas\":[[\"aws\",\"%s\",\"G and VT\",\"spot\",1,\"%s\",\"%s\"]]}"
            .formatted(REGION, NOW, NOW.plusSeconds(540));
    Exceeded exceeded =
        HistoryCodec.read(text.getBytes(StandardCharsets.UTF_8))
            .quotas()
            .values()
            .iterator()
            .next();
    assertEquals(0, exceeded.processors());
    assertEquals(NOW.plusSeconds(540), exceeded.setback().until());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "[]",
        "{}",
        "{\"format\":3,\"offers\":[]}",
        "{\"format\":2,\"offers\":[[\"no"
            + " key\",\"r\",0,0,0,0,0,\"\",\"\",\"2026-11-20T10:00:00Z\"]]}",
        "{\"format\":2,\"offers\":[[\"z.t.spot\",\"r\",-1,0,0,0,0,\"\",\"\",\"2026-11-20T10:00:00Z\"]]}",
        "{\"format\":2,\"offers\":[[\"z.t.spot\",\"r\",1e400,0,0,0,0,\"\",\"\",\"2026-11-20T10:00:00Z\"]]}",
        "{\"format\":2,\"offers\":[[\"z.t.spot\",\"r\",0,0,0,0,0,\"\",\"\",\"yesterday\"]]}",
        "{\"format\":2,\"offers\":[[\"z.t.spot\",\"r\",0,0,0,0",
        "{\"format\":2,\"offers\":[]}",
        "{\"format\":2,\"offers\":[[\"z.t.spot\",\"r\",0,0,0,0,0,\"\",\"\",\"WHIM\",\"2026-11-20T10:00:00Z\"]],\"quotas\":[]}",
      })
  void whatIsNoHistoryIsRefused(String text) {
    assertThrows(IOException.class, () -> HistoryCodec.read(text.getBytes(StandardCharsets.UTF_8)));
  }

  private static History with(Event... events) {
    History history = History.empty();
    for (Event event : events) {
      history = history.with(event, Risk.DEFAULT);
    }
    return history;
  }

  private static double loss(PriceBook book, History history) {
    return book.with(history, NOW).index(KEY, 1, Request.LOST_WORK).orElseThrow().expectedLoss();
  }
}
