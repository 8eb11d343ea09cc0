package dev.windfall.providers.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;

class BucketTest {
  private final AtomicLong now = new AtomicLong(-5);
  private final AtomicLong waited = new AtomicLong();
  private final Bucket bucket =
      new Bucket(
          now::get,
          nanos -> {
            waited.addAndGet(nanos);
            now.addAndGet(nanos);
          });

  private Duration take(int tokens) {
    waited.set(0);
    for (int i = 0; i < tokens; i++) {
      bucket.take();
    }
    return Duration.ofNanos(waited.get());
  }

  @Test
  void aFullBucketMakesNobodyWait() {
    assertEquals(Duration.ZERO, take(20));
  }

  @Test
  void anEmptyOneGivesFourTokensASecond() {
    assertEquals(Duration.ofSeconds(2), take(28));
  }

  @Test
  void itFillsWithTimeAndNotWithoutEnd() {
    Duration _ = take(20);
    now.addAndGet(Duration.ofHours(1).toNanos());

    assertEquals(Duration.ofMillis(250), take(21));
  }

  @Test
  void whoIsInterruptedWhileWaitingStaysSo() {
    Bucket ended =
        new Bucket(
            now::get,
            _ -> {
              throw new InterruptedException();
            });

    assertThrows(
        UnusableAnswerException.class,
        () -> {
          for (int i = 0; i < 21; i++) {
            ended.take();
          }
        });
    assertTrue(Thread.interrupted());
  }
}
