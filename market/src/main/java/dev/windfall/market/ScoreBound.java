package dev.windfall.market;

import dev.windfall.policies.SpotPool;
import java.time.Instant;
import java.util.Optional;

/**
 * Whether a bound on placement scores leaves a pool anything to buy. One that leaves nothing may
 * have been meant as a preference.
 */
public final class ScoreBound {
  private ScoreBound() {}

  /**
   * Whether some offer meets it. Those of the fallback do not count: they have no score.
   *
   * @param bounded the pool with the bound
   * @param unbounded the same without it
   * @return empty when neither may buy anything now, so that the bound is not the reason
   */
  public static Optional<Boolean> met(
      SpotPool bounded, SpotPool unbounded, PriceBook book, Instant now) {
    if (buys(bounded, book, now)) {
      return Optional.of(true);
    }
    return buys(unbounded, book, now) ? Optional.of(false) : Optional.empty();
  }

  private static boolean buys(SpotPool pool, PriceBook book, Instant now) {
    Criteria criteria = Criteria.of(pool.withoutFallback(), Demand.whole());
    return !Rank.rank(criteria, book, now).offers().isEmpty();
  }
}
