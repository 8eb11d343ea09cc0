package dev.windfall.cluster;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * When a loop's next pass is due. Has no clock and no thread: times are monotonic nanoseconds that
 * the caller reads.
 */
final class Schedule {
  private static final Duration FIRST_DELAY = Duration.ofSeconds(1);

  private final long atLeastEvery;
  private final long atMostEvery;
  private final Backoff backoff;
  private long due;
  private long earliest;
  private boolean woken;

  Schedule(Duration atLeastEvery, Duration atMostEvery, RandomGenerator random, long now) {
    if (atMostEvery.compareTo(atLeastEvery) > 0) {
      throw new IllegalArgumentException(
          "at most every " + atMostEvery + " is rarer than at least every " + atLeastEvery);
    }
    this.atLeastEvery = atLeastEvery.toNanos();
    this.atMostEvery = atMostEvery.toNanos();
    this.backoff =
        new Backoff(
            FIRST_DELAY.compareTo(atLeastEvery) < 0 ? FIRST_DELAY : atLeastEvery,
            atLeastEvery,
            random);
    this.due = now;
    this.earliest = now;
  }

  void wake() {
    woken = true;
  }

  /** Zero or less: now. */
  long nanosUntilDue(long now) {
    return (woken ? earliest : due) - now;
  }

  /** A pass begins: what woke it before is being dealt with. */
  void began(long now) {
    woken = false;
    due = now + atLeastEvery;
    earliest = now + atMostEvery;
  }

  /**
   * A pass is over. After a failure the next comes by itself, and wakes do not bring it forward.
   */
  void ended(boolean failed, long now) {
    if (!failed) {
      backoff.reset();
      return;
    }
    woken = true;
    earliest = Math.max(earliest, now + backoff.next().toNanos());
  }
}
