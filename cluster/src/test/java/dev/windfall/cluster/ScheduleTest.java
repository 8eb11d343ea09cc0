package dev.windfall.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.Random;
import org.junit.jupiter.api.Test;

class ScheduleTest {
  private static final long SECOND = Duration.ofSeconds(1).toNanos();

  private final Schedule schedule =
      new Schedule(Duration.ofSeconds(60), Duration.ofSeconds(5), new Random(1), 0);

  @Test
  void theFirstPassIsDueAtOnce() {
    assertEquals(0, schedule.nanosUntilDue(0));
  }

  @Test
  void anIdleLoopPassesAtLeastEverySoOften() {
    schedule.began(0);
    schedule.ended(false, SECOND);
    assertEquals(59 * SECOND, schedule.nanosUntilDue(SECOND));
  }

  @Test
  void aWokenLoopPassesAtMostEverySoOften() {
    schedule.began(0);
    schedule.ended(false, SECOND);
    schedule.wake();
    schedule.wake();
    assertEquals(4 * SECOND, schedule.nanosUntilDue(SECOND));
    schedule.began(5 * SECOND);
    schedule.ended(false, 5 * SECOND);
    assertEquals(60 * SECOND, schedule.nanosUntilDue(5 * SECOND));
  }

  @Test
  void aWakeDuringAPassLeadsToOneMore() {
    schedule.began(0);
    schedule.wake();
    schedule.ended(false, SECOND);
    assertEquals(4 * SECOND, schedule.nanosUntilDue(SECOND));
  }

  @Test
  void failuresAreTriedAgainWithGrowingDelayUpToTheLongest() {
    long now = 0;
    long last = 0;
    for (int i = 0; i < 12; i++) {
      schedule.began(now);
      schedule.ended(true, now);
      last = schedule.nanosUntilDue(now);
      assertTrue(last >= 5 * SECOND && last <= 60 * SECOND, "after failure " + i + ": " + last);
      now += last;
    }
    assertTrue(last >= 30 * SECOND, "the last delay is " + last);
    schedule.began(now);
    schedule.ended(false, now);
    assertEquals(60 * SECOND, schedule.nanosUntilDue(now));
  }

  @Test
  void boundsInTheWrongOrderAreRefused() {
    assertThrows(
        IllegalArgumentException.class,
        () -> new Schedule(Duration.ofSeconds(1), Duration.ofSeconds(2), new Random(1), 0));
  }
}
