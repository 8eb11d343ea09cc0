package dev.windfall.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class PictureTest {
  private static final Key A = Key.of("a");

  private final AtomicInteger published = new AtomicInteger();
  private final Picture<Integer> picture =
      new Picture<>(
          Resource.NODES,
          "nodes",
          new FakeClock().clocks(),
          new ClusterMetrics(new PrometheusRegistry()));

  @BeforeEach
  void aState() {
    picture.replace(Map.of(A, Optional.of(1)));
    picture.onChange(published::incrementAndGet);
  }

  /** Each change of any pod in the cluster woke every loop. */
  @Test
  void anObjectOfNoInterestWakesNobody() {
    picture.change(Key.of("b"), Optional.empty());
    picture.publish();

    assertEquals(0, published.get());
  }

  @Test
  void aChangeThatTheDecoderDoesNotSeeWakesNobody() {
    picture.change(A, Optional.of(1));
    picture.publish();

    assertEquals(0, published.get());
  }

  @Test
  void aChangeThatIsTakenBackBeforeItIsPublishedIsTakenBack() {
    picture.change(A, Optional.of(2));
    picture.change(A, Optional.of(1));
    picture.publish();

    assertEquals(Map.of(A, 1), picture.snapshot());
  }

  /** The extender and the reconciler both watch nodes, and one hid that the other was silent. */
  @Test
  void ofTwoWatchesOfAKindEachHasItsOwnMeters() {
    ClusterMetrics metrics = new ClusterMetrics(new PrometheusRegistry());
    FakeClock time = new FakeClock();
    new Picture<Integer>(Resource.NODES, "nodes", time.clocks(), metrics).hear();
    time.advance(Duration.ofSeconds(10));
    new Picture<Integer>(Resource.NODES, "machines", time.clocks(), metrics).hear();

    assertEquals(
        10,
        metrics.watchHeard.labelValues("nodes", "machines").get()
            - metrics.watchHeard.labelValues("nodes", "nodes").get());
  }

  @Test
  void whatIsGoneIsPublished() {
    picture.change(A, Optional.empty());
    picture.publish();

    assertEquals(Map.of(), picture.snapshot());
    assertEquals(1, published.get());
  }
}
