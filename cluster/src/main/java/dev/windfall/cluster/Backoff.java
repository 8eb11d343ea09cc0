package dev.windfall.cluster;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Growing delays between attempts: each at most twice the one before, up to a bound, and drawn from
 * the upper half of that, so that many clients of one server that failed do not come back together.
 */
final class Backoff {
  private final Duration first;
  private final Duration most;
  private final RandomGenerator random;
  private int failures;

  Backoff(Duration first, Duration most, RandomGenerator random) {
    this.first = first;
    this.most = most;
    this.random = random;
  }

  /** The delay before the next attempt. */
  Duration next() {
    long ceiling = first.toNanos();
    for (int i = 0; i < failures && ceiling < most.toNanos(); i++) {
      ceiling *= 2;
    }
    ceiling = Math.min(ceiling, most.toNanos());
    failures++;
    return Duration.ofNanos(ceiling / 2 + random.nextLong(ceiling / 2 + 1));
  }

  /** Whether nothing has failed since the last success. */
  boolean fresh() {
    return failures == 0;
  }

  /** After a success the next failure waits little again. */
  void reset() {
    failures = 0;
  }
}
