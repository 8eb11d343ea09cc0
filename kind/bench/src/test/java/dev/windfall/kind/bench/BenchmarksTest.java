package dev.windfall.kind.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.BookCodec;
import dev.windfall.market.Criteria;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Rank;
import dev.windfall.reconciler.rungs.Planning;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.function.IntSupplier;
import org.junit.jupiter.api.Test;
import org.openjdk.jmh.runner.Runner;
import org.openjdk.jmh.runner.RunnerException;
import org.openjdk.jmh.runner.options.OptionsBuilder;

/** Runs them. {@code -Dbench=forOnePod} runs those whose names fit. */
class BenchmarksTest {
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  @Test
  void theBenchmarks() throws RunnerException {
    String which = System.getProperty("bench", "");
    new Runner(new OptionsBuilder().include(RankBenchmark.class.getName() + ".*" + which).build())
        .run();
  }

  /** Time on the processor, which a busy machine does not stretch as it does time on the wall. */
  @Test
  void theProcessorTimeOfARank() {
    PriceBook book = Books.book(100_000);
    measure("rank", () -> Rank.rank(Criteria.everything(), book, Books.NOW).offers().size());
    measure(
        "rank, and a look at every offer",
        () ->
            Rank.rank(Criteria.everything(), book, Books.NOW).offers().stream()
                .mapToInt(ranked -> Math.min(1, ranked.usableGpus()))
                .sum());
  }

  /** Of a cluster that is as it should be, which is nearly always. */
  @Test
  void theTimeOfAPlan() {
    Planning planning = new Planning(Books.book(20_000), Books.NOW);
    long[] nanos = new long[60];
    int planned = 0;
    for (int i = 0; i < nanos.length; i++) {
      long start = THREADS.getCurrentThreadCpuTime();
      planned += planning.planned();
      nanos[i] = THREADS.getCurrentThreadCpuTime() - start;
    }
    Arrays.sort(nanos, 20, nanos.length);
    System.out.printf(
        "a plan for 10 pools, %d rungs, 2,000 claims, 5,000 waiting pods, 20,000 offers: %.0f ms on"
            + " the processor in the median, %.0f the first time%n",
        planning.rungs(), nanos[40] / 1e6, nanos[0] / 1e6);
    assertEquals(0, planned);
    assertTrue(nanos[40] < 1_000_000_000L);
  }

  private static void measure(String what, IntSupplier offers) {
    long[] nanos = new long[200];
    long ranked = 0;
    for (int i = 0; i < nanos.length; i++) {
      long start = THREADS.getCurrentThreadCpuTime();
      ranked += offers.getAsInt();
      nanos[i] = THREADS.getCurrentThreadCpuTime() - start;
    }
    Arrays.sort(nanos, 50, nanos.length);
    System.out.printf(
        "%s of %d offers: %.1f ms on the processor in the median, %.1f at best%n",
        what, ranked / nanos.length, nanos[125] / 1e6, nanos[50] / 1e6);
    assertEquals(100_000L * nanos.length, ranked);
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

  /** In a JVM with the flags of the server's. */
  @Test
  void theTimeOfAnAdmission() throws Exception {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    List<String> command =
        List.of(
            Path.of(System.getProperty("java.home"), "bin", "java").toString(),
            "@" + root.resolve("server/src/main/jvm/flags"),
            "-cp",
            System.getProperty("java.class.path"),
            AdmissionLoad.class.getName());
    Process load = new ProcessBuilder(command).redirectErrorStream(true).start();
    load.getInputStream().transferTo(System.out);
    assertEquals(0, load.waitFor());
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
