package dev.windfall.reconciler.rungs;

import dev.windfall.market.Criteria;
import dev.windfall.market.Demand;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Rank;
import dev.windfall.market.Ranking;
import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.LivePool;
import java.time.Instant;
import java.util.List;

/** What the market has for one pool now. */
sealed interface Supply {
  LivePool live();

  /**
   * Prices that count: the rungs follow them.
   *
   * @param wide one for each group in which more may be bought than the exact rungs say
   */
  record Offered(LivePool live, SpotPool pool, Ranking ranking, List<Wide> wide)
      implements Supply {}

  /**
   * No price that counts: the rungs stay as they are.
   *
   * @param reason one word
   */
  record Stale(LivePool live, SpotPool pool, String reason, String message) implements Supply {}

  /** Nobody knows what it asks for: the rungs stay as they are. */
  record Unreadable(LivePool live) implements Supply {}

  /** It is being deleted: its rungs go. */
  record Leaving(LivePool live) implements Supply {}

  /**
   * Ranks the book for {@code live}.
   *
   * @param waiting the GPUs of each pod that waits
   * @param fallback whether it may buy on demand now
   */
  static Supply of(
      LivePool live, List<Integer> waiting, Fallback fallback, PriceBook book, Instant now) {
    if (live.pool().isEmpty()) {
      return new Unreadable(live);
    }
    SpotPool pool = live.pool().get();
    SpotPool buys = fallback.open() ? pool : pool.withoutFallback();
    Criteria criteria = Criteria.of(buys, Demand.waiting(waiting, lastPod(live, waiting)));
    Ranking ranking = Rank.rank(criteria, book, now);
    // List prices never age. They must not speak for a spot market that has fallen silent.
    if (ranking.offers().stream().noneMatch(ranked -> rents(pool, ranked.offer()))) {
      if (ranking.refused().stream()
          .anyMatch(refused -> refused.stale() && rents(pool, refused.offer()))) {
        return new Stale(
            live, pool, "PricesTooOld", "every price for this pool is too old to count");
      }
      // A book without a word on the pool's market has lost its source. One that has offers, all of
      // them refused, is an answer.
      if (book.offers().stream().noneMatch(offer -> concerns(pool, offer))) {
        return new Stale(
            live,
            pool,
            "NoSource",
            "no source has a price for %s capacity of %s in %s"
                .formatted(pool.capacity(), pool.provider(), pool.region()));
      }
    }
    // What a source that is silent may have would make other sets, and so other rungs.
    List<Wide> wide = View.someSilent(book, pool) ? List.of() : Wide.of(pool, ranking, book);
    return new Offered(live, pool, ranking, wide);
  }

  /**
   * The GPUs of the pod seen last: a machine counts with at least as many. While several wait, the
   * smallest, so that no machine looks cheap for a pod that is gone.
   */
  static int lastPod(LivePool live, List<Integer> waiting) {
    return waiting.stream()
        .min(Integer::compare)
        .orElse(Math.max(1, live.status().path("lastPodGpus").asInt(1)));
  }

  private static boolean concerns(SpotPool pool, Offer offer) {
    return offer.provider().equals(pool.provider())
        && offer.region().equals(pool.region())
        && rents(pool, offer);
  }

  /** Whether it is rented as the pool says, and not as its fallback does. */
  private static boolean rents(SpotPool pool, Offer offer) {
    return offer.key().capacity() == pool.capacity();
  }
}
