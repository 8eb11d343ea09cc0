package dev.windfall.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class LoopTest {
  private final ClusterMetrics metrics = new ClusterMetrics(new PrometheusRegistry());

  @Test
  void aLoopPassesAtItsStartAndWhenWoken() throws Exception {
    Semaphore passes = new Semaphore(0);
    try (Loop loop =
        Loop.start("test", Duration.ofHours(1), Duration.ZERO, metrics, passes::release)) {
      assertTrue(passes.tryAcquire(10, TimeUnit.SECONDS));
      loop.wake();
      assertTrue(passes.tryAcquire(10, TimeUnit.SECONDS));
    }
  }

  @Test
  void aPassThatThrowsIsCountedAndTheNextComes() throws Exception {
    Semaphore passes = new Semaphore(0);
    AtomicInteger count = new AtomicInteger();
    Loop.Pass pass =
        () -> {
          passes.release();
          if (count.incrementAndGet() == 1) {
            throw new IllegalStateException("the first pass fails, as the test wants");
          }
        };
    try (Loop loop = Loop.start("test", Duration.ofMillis(20), Duration.ZERO, metrics, pass)) {
      loop.wake();
      assertTrue(passes.tryAcquire(2, 10, TimeUnit.SECONDS));
    }
    assertEquals(1, metrics.passes.labelValues("test", "failed").get());
  }

  /** A call that was broken off at the end of the process was logged as a failure. */
  @Test
  void aPassThatClosingBreaksOffIsNoFailure() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    Loop.Pass pass =
        () -> {
          began.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            throw new IllegalStateException("no answer: interrupted", e);
          }
        };
    try (Loop _ = Loop.start("test", Duration.ofHours(1), Duration.ZERO, metrics, pass)) {
      assertTrue(began.await(10, TimeUnit.SECONDS));
    }
    assertEquals(0, metrics.passes.labelValues("test", "failed").get());
  }

  @Test
  void closingInterruptsThePassUnderWay() throws Exception {
    CountDownLatch began = new CountDownLatch(1);
    CountDownLatch interrupted = new CountDownLatch(1);
    Loop.Pass pass =
        () -> {
          began.countDown();
          try {
            new CountDownLatch(1).await();
          } catch (InterruptedException e) {
            interrupted.countDown();
            throw e;
          }
        };
    Loop loop = Loop.start("test", Duration.ofHours(1), Duration.ZERO, metrics, pass);
    assertTrue(began.await(10, TimeUnit.SECONDS));
    loop.close();
    assertTrue(interrupted.await(10, TimeUnit.SECONDS));
  }
}
