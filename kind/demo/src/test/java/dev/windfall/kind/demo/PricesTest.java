package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Usd;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.file.FileSource;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.Collectors;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

class PricesTest {
  private static final OfferKey G6 = Stage.spot("a", "g6.xlarge");
  private static final OfferKey G5 = Stage.spot("b", "g5.xlarge");

  @TempDir private Path directory;
  private Path file;
  private Prices prices;

  @BeforeEach
  void write() {
    file = directory.resolve("market.json");
    prices = new Prices(new SampleMarket(7), file);
  }

  private Quotes read() throws IOException {
    return FileSource.quotes("the sample market", Files.readString(file));
  }

  private static Map<OfferKey, Offer> byKey(List<Offer> offers) {
    return offers.stream().collect(Collectors.toMap(Offer::key, offer -> offer));
  }

  private double dollars(OfferKey key) {
    return Stage.of(prices.offers(), key).usdPerHour().dollars();
  }

  @Test
  void theFileHoldsWhatIsOfferedFromTheBeginning() throws Exception {
    assertEquals(prices.offers(), byKey(read().offers()));
  }

  @Test
  void theFileFollowsEveryMove() throws Exception {
    prices.move();

    assertEquals(prices.offers(), byKey(read().offers()));
  }

  @Test
  void aPriceThatIsSetIsInTheFile() throws Exception {
    prices.set(Map.of(G6, Usd.parse("1.4200")));

    assertEquals(Usd.parse("1.42"), Stage.of(byKey(read().offers()), G6).usdPerHour());
    assertEquals(1.42, dollars(G6));
  }

  @Test
  @Timeout(60)
  void whoeverReadsTheFileWhilePricesMoveReadsItWhole() throws Exception {
    int wanted = 300;
    AtomicInteger reads = new AtomicInteger();
    AtomicBoolean over = new AtomicBoolean();
    try (var threads = Executors.newVirtualThreadPerTaskExecutor()) {
      Future<Set<Integer>> sizes =
          threads.submit(() -> {
            Set<Integer> found = new java.util.TreeSet<>();
            try {
              while (reads.incrementAndGet() <= wanted) {
                Quotes quotes = read();
                found.add(quotes.offers().size() - quotes.leftOut().size());
              }
            } finally {
              over.set(true);
            }
            return found;
          });
      while (!over.get()) {
        prices.move();
      }

      assertEquals(Set.of(33), sizes.get());
    }
  }

  @Test
  void nothingIsLeftBesideTheFile() throws Exception {
    prices.move();

    try (var files = Files.list(directory)) {
      assertEquals(List.of(file), files.toList());
    }
  }

  @Test
  void movedIsOfTheLastMoveAlone() {
    prices.move();
    Map<OfferKey, Offer> before = prices.offers();
    prices.move();

    boolean some = false;
    for (OfferKey key : before.keySet()) {
      double expected = dollars(key) / Stage.of(before, key).usdPerHour().dollars() - 1;
      assertEquals(expected, prices.moved(key), key.toString());
      some |= expected != 0;
    }
    assertTrue(some, "nothing moved");
  }

  @Test
  void settingPricesIsAMoveOfThoseAlone() {
    prices.set(Map.of(G6, new Usd(Stage.of(prices.offers(), G6).usdPerHour().micros() * 2)));

    assertEquals(1, prices.moved(G6), 1e-9);
    assertEquals(0, prices.moved(G5));
  }

  @Test
  void howFarAnUnknownOfferMovedIsNotKnown() {
    var refused =
        assertThrows(
            IllegalArgumentException.class, () -> prices.moved(Stage.spot("z", "g6.xlarge")));

    assertEquals("no offer eu-central-1z.g6.xlarge.spot", refused.getMessage());
  }
}
