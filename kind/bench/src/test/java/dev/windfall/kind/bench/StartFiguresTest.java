package dev.windfall.kind.bench;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** How long a start takes: from the launcher's to the first answer that says ready. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StartFiguresTest {
  private static final int STARTS = 10;
  private static final Duration TARGET = Duration.ofMillis(1500);

  /** A later flag wins over the launcher's, and says that no cache is to be used. */
  private static final Map<String, String> WITHOUT = Map.of("JDK_JAVA_OPTIONS", "-XX:AOTMode=off");

  @TempDir private Path directory;

  /** As everybody makes it. */
  @BeforeAll
  void theCache() throws Exception {
    Process train =
        new ProcessBuilder(Serving.root().resolve("windfall").toString(), "train")
            .inheritIO()
            .start();
    assertEquals(0, train.waitFor());
  }

  @Test
  void aStartInASmallClusterIsBelowTheTarget() throws Exception {
    measure(10, 1_000, Bed::writeMarket);
  }

  @Test
  void aStartIn5000NodesIsBelowTheTarget() throws Exception {
    measure(5_000, 1_000, Bed::writeMarket);
  }

  private interface Prices {
    String of(Bed bed) throws IOException;
  }

  private void measure(int nodes, int offers, Prices prices) throws Exception {
    try (Bed bed = new Bed(directory, nodes, offers)) {
      String sources = prices.of(bed);
      // The first one installs what Windfall needs in the cluster, and reads the files.
      var _ = start(bed, sources, Map.of());
      String what = "%d nodes, %d offers".formatted(nodes, offers);
      print(what + ", without a cache", times(bed, sources, WITHOUT));
      List<Duration> with = times(bed, sources, Map.of());
      print(what + ", with it", with);
      assertTrue(with.get(STARTS / 2).compareTo(TARGET) < 0, with::toString);
    }
  }

  private List<Duration> times(Bed bed, String sources, Map<String, String> environment)
      throws IOException, InterruptedException {
    List<Duration> times = new ArrayList<>();
    for (int i = 0; i < STARTS; i++) {
      times.add(start(bed, sources, environment));
    }
    Collections.sort(times);
    return times;
  }

  private Duration start(Bed bed, String sources, Map<String, String> environment)
      throws IOException, InterruptedException {
    try (Serving serving =
        Serving.start(
            bed, "webhook,extender,reconciler", sources, directory.resolve("log"), environment)) {
      return serving.awaitReady();
    }
  }

  private static void print(String what, List<Duration> times) {
    System.out.printf(
        "%s: %.2f s in the median, %.2f at worst%n",
        what, seconds(times.get(times.size() / 2)), seconds(times.getLast()));
  }

  private static double seconds(Duration duration) {
    return duration.toMillis() / 1000.0;
  }
}
