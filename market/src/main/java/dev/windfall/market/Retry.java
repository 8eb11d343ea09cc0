package dev.windfall.market;

import java.time.Duration;

/**
 * How long what failed is left alone.
 *
 * @param first after the first failure; it doubles with each one more
 * @param most the longest, but for the jitter
 */
public record Retry(Duration first, Duration most) {
  /**
   * What Windfall goes by. Karpenter itself leaves an offering alone for three minutes, so before
   * that nobody would notice.
   */
  public static final Retry DEFAULT = after(Duration.ofMinutes(3));

  /** Twenty times the first is the longest: an hour, of three minutes. */
  private static final int LONGEST = 20;

  /** The quota of an account is not free again as soon as a machine may be. */
  private static final int QUOTA = 3;

  public static Retry after(Duration first) {
    return new Retry(first, first.multipliedBy(LONGEST));
  }

  /** The same for quotas. */
  Retry ofQuotas() {
    return new Retry(first.multipliedBy(QUOTA), most);
  }

  /**
   * How long after that many failures in a row. Up to a fifth is added, the same for the same name:
   * what failed together is not tried again together.
   */
  Duration delay(int times, String name) {
    Duration delay = first;
    for (int i = 1; i < times && delay.compareTo(most) < 0; i++) {
      delay = delay.multipliedBy(2);
    }
    Duration bounded = delay.compareTo(most) < 0 ? delay : most;
    double share = ((name.hashCode() * 0x9E3779B1) >>> 8) / (double) (1 << 24);
    return bounded.plusMillis((long) (bounded.toMillis() / 5.0 * share));
  }
}
