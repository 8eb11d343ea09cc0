package dev.windfall.kind.bench;

import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the process takes of the machine's memory at the size that Windfall is made for: its most
 * while prices change under load, and what it holds then.
 */
class SizeFiguresTest {
  private static final int NODES = 5_000;
  private static final int OFFERS = 100_000;

  /** As many as one market file may hold, 16 MiB. */
  private static final int IN_A_FILE = 90_000;

  private static final int MOVES = 5;
  private static final Duration LOAD = Duration.ofSeconds(5);
  private static final String ALL = "webhook,extender,reconciler";

  @TempDir private Path directory;

  /** How prices come to the process. */
  private interface Market {
    /** Writes the next prices, and says what {@code market.sources} are. */
    String move() throws IOException;
  }

  @Test
  void theExtenderWithPublishedPricesStaysBelow200MiB() throws Exception {
    try (Bed bed = new Bed(directory, NODES, OFFERS)) {
      bed.followed();
      measure(bed, "extender", "published", bed::publish, 200);
    }
  }

  @Test
  void theExtenderWithAMarketFileStaysBelow200MiB() throws Exception {
    try (Bed bed = new Bed(directory, NODES, IN_A_FILE)) {
      measure(bed, "extender", "a market file", bed::writeMarket, 200);
    }
  }

  @Test
  void allRolesWithPublishedPricesStayBelow300MiB() throws Exception {
    try (Bed bed = new Bed(directory, NODES, OFFERS)) {
      bed.followed();
      measure(bed, ALL, "published", bed::publish, 300);
    }
  }

  @Test
  void allRolesWithAMarketFileStayBelow300MiB() throws Exception {
    try (Bed bed = new Bed(directory, NODES, IN_A_FILE)) {
      measure(bed, ALL, "a market file", bed::writeMarket, 300);
    }
  }

  private void measure(Bed bed, String roles, String prices, Market market, double target)
      throws Exception {
    Serving.Memory started;
    Serving.Memory ended;
    try (Serving serving =
        Serving.start(bed, roles, market.move(), directory.resolve("log"), Map.of())) {
      serving.awaitReady();
      bed.putPools();
      started = serving.memory();
      for (int move = 0; move <= MOVES; move++) {
        load(bed, serving);
        var _ = market.move();
        await(bed, serving);
      }
      load(bed, serving);
      ended = serving.memory();
    }
    System.out.printf(
        "%s, prices %s: %.0f MiB when ready, %.0f MiB at the end, %.0f MiB at most%n",
        roles, prices, started.resident(), ended.resident(), ended.peak());
    assertTrue(
        ended.peak() < target,
        "%s: %.0f MiB, not below %.0f".formatted(roles, ended.peak(), target));
  }

  private static void load(Bed bed, Serving serving) throws IOException, InterruptedException {
    List<String> nodes = bed.nodes();
    long end = System.nanoTime() + LOAD.toNanos();
    while (System.nanoTime() < end) {
      var _ = serving.prioritize(nodes);
    }
  }

  private static void await(Bed bed, Serving serving) throws IOException, InterruptedException {
    long end = System.nanoTime() + Duration.ofMinutes(2).toNanos();
    while (!bed.knownTo(serving)) {
      assertTrue(System.nanoTime() < end, serving.log());
      Thread.onSpinWait();
    }
  }
}
