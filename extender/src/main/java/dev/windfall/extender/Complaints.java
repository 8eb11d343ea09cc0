package dev.windfall.extender;

import java.time.Duration;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * Says of each kind of trouble at most once a minute that it is there, and how often it was since:
 * whoever can send a wrong call can send a million, and must not fill the log.
 */
public final class Complaints {
  private static final long QUIET = Duration.ofMinutes(1).toNanos();

  private final LongSupplier nanoTime;
  private final Consumer<String> log;
  private final Map<String, Kind> kinds = new ConcurrentHashMap<>();

  /**
   * Nothing has been said yet.
   *
   * @param nanoTime a monotonic clock, in nanoseconds
   */
  public Complaints(LongSupplier nanoTime, Consumer<String> log) {
    this.nanoTime = nanoTime;
    this.log = log;
  }

  /** When it was last said, and how often it was not said since. */
  private record Kind(long said, long kept) {}

  /**
   * Says it, or counts it.
   *
   * @param kind one of a few
   */
  public void about(String kind, String text) {
    long now = nanoTime.getAsLong();
    long[] kept = {-1};
    kinds.compute(
        kind,
        (_, last) -> {
          if (last != null && now - last.said() < QUIET) {
            return new Kind(last.said(), last.kept() + 1);
          }
          kept[0] = last == null ? 0 : last.kept();
          return new Kind(now, 0);
        });
    if (kept[0] >= 0) {
      log.accept(kept[0] == 0 ? text : text + "; " + kept[0] + " more since it was last said");
    }
  }
}
