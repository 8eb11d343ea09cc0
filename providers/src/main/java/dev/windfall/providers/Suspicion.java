package dev.windfall.providers;

import dev.windfall.market.OfferKey;
import dev.windfall.policies.Usd;
import java.util.HashMap;
import java.util.Map;

/**
 * Doubt of polled prices: one that jumps tenfold, up or down, counts as the dearer of the two until
 * it is seen again. So one wrong answer neither draws all work to an offer nor is believed later.
 * Belongs to one thread.
 */
public final class Suspicion {
  private static final int TENFOLD = 10;

  private final Map<OfferKey, Seen> seen = new HashMap<>();

  /**
   * What is held of one offer.
   *
   * @param believed the last price that was not doubted
   * @param doubted the one that jumped away from it; the same while nothing is doubted
   */
  private record Seen(Usd believed, Usd doubted) {}

  /** What {@code polled} counts as. To be asked once for each time the price was polled. */
  public Usd counted(OfferKey key, Usd polled) {
    Seen before = seen.getOrDefault(key, new Seen(polled, polled));
    boolean believed =
        close(polled, before.believed())
            || (!before.doubted().equals(before.believed()) && close(polled, before.doubted()));
    seen.put(key, new Seen(believed ? polled : before.believed(), polled));
    return believed || polled.compareTo(before.believed()) > 0 ? polled : before.believed();
  }

  /** Whether the price that {@link #counted} was asked about last is doubted. */
  public boolean doubts(OfferKey key) {
    Seen now = seen.get(key);
    return now != null && !now.doubted().equals(now.believed());
  }

  private static boolean close(Usd one, Usd other) {
    long less = Math.min(one.micros(), other.micros());
    long more = Math.max(one.micros(), other.micros());
    return more < TENFOLD * less || more == less;
  }
}
