package dev.windfall.kind.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.market.BookCodec;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs them. {@code -Dbench=forOnePod} runs those whose names fit. */
class BenchmarksTest {

  @Test
  void theBenchmarks() throws RunnerException {
    String which = System.getProperty("bench", "");
    new Runner(new OptionsBuilder().include(RankBenchmark.class.getName() + ".*" + which).build())
        .run();
  }

  @Test
  void theMemoryOfABook() {
    List<Offer> offers = Books.offers(100_000);
    long without = used();
    PriceBook book = PriceBook.of(offers, List.of());
    long index = used() - without;
    offers = List.of();
    long whole = used();
    byte[] bytes = BookCodec.write(book);
    int held = book.offers().size();
    book = PriceBook.empty();
    whole -= used() - bytes.length;
    System.out.printf(
        "%d offers: %.1f MiB on the heap, of which %.1f MiB order and index; %.2f MiB published%n",
        held, mebibytes(whole), mebibytes(index), mebibytes(bytes.length));
    assertEquals(0, book.offers().size() + offers.size());
  }

  private static long used() {
    for (int i = 0; i < 4; i++) {
      System.gc();
    }
    Runtime runtime = Runtime.getRuntime();
    return runtime.totalMemory() - runtime.freeMemory();
  }

  private static double mebibytes(double bytes) {
    return bytes / (1 << 20);
  }
}
