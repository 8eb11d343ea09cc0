package dev.windfall.cluster;

import java.time.Instant;
import java.time.InstantSource;
import java.util.function.LongSupplier;

/**
 * Two ways to know the time, injected together so that tests drive both.
 *
 * @param wall for what people and other machines read; may jump
 * @param nanos monotonic, for measuring durations; its origin means nothing
 */
public record Clocks(InstantSource wall, LongSupplier nanos) {
  /** The machine's own. */
  public static final Clocks SYSTEM = new Clocks(InstantSource.system(), System::nanoTime);

  Instant now() {
    return wall.instant();
  }

  long nano() {
    return nanos.getAsLong();
  }
}
