package dev.windfall.market;

import dev.windfall.policies.SpotPool;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a bound on placement scores leaves a pool enough to buy. One that does not may have been
 * meant as a preference.
 *
 * <p>Scores alone decide, and not whether an offer could last be had: a bound that comes and goes
 * with launches would open and close rungs all the time.
 */
public final class ScoreBound {
  /** A pod cannot run on another size, so that one must not count for another. */
  private record Size(String model, int gpus) {}

  private static final int BEST = 10;

  private ScoreBound() {}

  /**
   * The score that has to be met before a bound that was dropped holds again: one that wavers by
   * one point must not rewrite a pool each time it is asked for.
   */
  public static int again(int score) {
    return Math.min(BEST, score + 1);
  }

  /**
   * Whether of each GPU model and count that the pool may buy without a bound, some offer has
   * {@code score}, or an unknown one. Those of the fallback do not count: they have no score.
   *
   * @return empty when there is no offer, or no score is known: nothing speaks for or against it
   */
  public static Optional<Boolean> met(SpotPool pool, int score, PriceBook book, Instant now) {
    Sieve sieve = Sieve.of(criteria(pool), now);
    Map<Size, Boolean> met = new HashMap<>();
    boolean known = false;
    for (Listing listing : book.listings()) {
      if (sieve.admits(listing)) {
        boolean passes = listing.score() == 0 || listing.score() >= score;
        Size size = new Size(listing.offer().gpu().model(), listing.gpus());
        met.merge(size, passes, Boolean::logicalOr);
        known |= listing.score() > 0;
      }
    }
    return known ? Optional.of(!met.containsValue(false)) : Optional.empty();
  }

  /** Whether the score of any offer is known that the pool may buy without a bound. */
  public static boolean known(SpotPool pool, PriceBook book, Instant now) {
    Sieve sieve = Sieve.of(criteria(pool), now);
    for (Listing listing : book.listings()) {
      if (listing.score() > 0 && sieve.admits(listing)) {
        return true;
      }
    }
    return false;
  }

  private static Criteria criteria(SpotPool pool) {
    return Criteria.of(pool.withoutFallback(), Demand.whole()).atAnyScore();
  }
}
