package dev.windfall.webhook;

import java.time.Duration;
import java.util.Optional;
import java.util.function.LongSupplier;

/**
 * Whether whoever holds a Lease is alive: it is while it renews.
 *
 * <p>The time in a Lease is its holder's, and clocks differ. So what counts is when a renewal was
 * seen here. A Lease that is merely found was renewed at some time unknown, and counts from its
 * next renewal on. One thread tells what is seen; any may ask.
 */
final class Heartbeat {
  private final LongSupplier nanos;
  private volatile Sighting last = new Sighting(Optional.empty(), false, 0);

  /**
   * What a Lease says of its last renewal.
   *
   * @param holder empty when it was given back
   * @param time in the holder's words, only ever compared with itself
   * @param valid how long the renewal holds
   */
  record Renewal(String holder, String time, Duration valid) {
    private boolean held() {
      return !holder.isEmpty() && !time.isEmpty() && valid.isPositive();
    }
  }

  /**
   * How the Lease was found last.
   *
   * @param renewal empty when there was none
   * @param happened whether the renewal was seen to happen
   * @param at when, by {@link #nanos}
   */
  private record Sighting(Optional<Renewal> renewal, boolean happened, long at) {}

  /**
   * A Lease of which nothing is known.
   *
   * @param nanos a monotonic clock
   */
  Heartbeat(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Takes note of the Lease as it is; empty when there is none. */
  void seen(Optional<Renewal> renewal) {
    Sighting before = last;
    if (!renewal.equals(before.renewal())) {
      boolean happened = renewal.isPresent() && before.renewal().isPresent();
      last = new Sighting(renewal, happened, nanos.getAsLong());
    }
  }

  boolean alive() {
    Sighting sighting = last;
    return sighting.happened()
        && sighting
            .renewal()
            .filter(Renewal::held)
            .filter(r -> nanos.getAsLong() - sighting.at() <= r.valid().toNanos())
            .isPresent();
  }
}
