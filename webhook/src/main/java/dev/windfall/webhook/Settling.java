package dev.windfall.webhook;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.function.LongSupplier;

/**
 * For how long something has been so, as seen from here.
 *
 * <p>Measured by a monotonic clock and from when this process saw it: other machines' clocks do not
 * matter, and a restart can only lengthen the wait. For one thread.
 */
final class Settling {
  private final LongSupplier nanos;
  private final Map<String, Long> since = new HashMap<>();

  Settling(LongSupplier nanos) {
    this.nanos = nanos;
  }

  /** Takes note of all that is so now. What is not among it begins anew when it is so again. */
  void seen(Set<String> facts) {
    since.keySet().retainAll(facts);
    long now = nanos.getAsLong();
    facts.forEach(fact -> since.putIfAbsent(fact, now));
  }

  boolean lasted(String fact, Duration atLeast) {
    Long begin = since.get(fact);
    return begin != null && nanos.getAsLong() - begin >= atLeast.toNanos();
  }
}
