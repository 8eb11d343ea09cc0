package dev.windfall.cluster;

import java.time.Duration;
import java.time.Instant;

/** A clock that moves when the test says so. */
final class FakeClock {
  private volatile Instant wall = Instant.parse("2026-11-20T10:00:00Z");
  private volatile long nanos = 1_000_000_000L;

  Clocks clocks() {
    return new Clocks(() -> wall, () -> nanos);
  }

  synchronized void advance(Duration by) {
    wall = wall.plus(by);
    nanos += by.toNanos();
  }
}
