package dev.windfall.market;

import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.Optional;

/**
 * Launches of one thing that failed one after the other.
 *
 * @param times how many in a row; those that were under way when it failed do not count again
 * @param last when the last failed
 * @param until when it is tried again
 */
public record Setback(Kind kind, int times, Instant last, Instant until) {
  /** A failure so long after the last is the first of another row. */
  private static final Duration ROW = Duration.ofHours(6);

  private static final int MOST_TIMES = 1_000;
  private static final String TRIED_AGAIN = "; tried again at ";

  /** What went wrong. */
  public enum Kind {
    /** There was none to be had. */
    CAPACITY("no capacity"),
    /** A node came, and never had its GPUs. */
    GPUS("its last node never got its GPUs"),
    /** A machine came, and never was a node. */
    JOIN("its last node never joined the cluster"),
    /** The account may not have more. */
    QUOTA("the quota is used up");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /**
   * One failure more.
   *
   * @param name of what failed
   */
  static Setback after(
      Optional<Setback> before, Kind kind, Instant failed, String name, Retry retry) {
    if (before.filter(one -> failed.isBefore(one.until)).isPresent()) {
      return before.get();
    }
    int times =
        before
            .filter(one -> failed.isBefore(one.until.plus(ROW)))
            .map(one -> Math.min(one.times + 1, MOST_TIMES))
            .orElse(1);
    // A person reads it.
    Instant until = failed.plus(retry.delay(times, name)).truncatedTo(ChronoUnit.SECONDS);
    return new Setback(kind, times, failed, until);
  }

  /** Why it is passed over, for whoever looks at it. */
  PassedOver because(String what) {
    String often = times == 1 ? "once" : times + " times";
    return new PassedOver(until, what + ", " + often + TRIED_AGAIN + until);
  }

  /**
   * Whether {@code reason}, which Windfall gave for something, is that it could not be had: then
   * what is there of it is as good as before.
   */
  public static boolean isReason(String reason) {
    return reason.contains(TRIED_AGAIN);
  }
}
