package dev.windfall.reconciler.rungs;

import dev.windfall.market.Criteria;
import dev.windfall.market.Demand;
import dev.windfall.market.Rank;
import dev.windfall.market.Ranking.Ranked;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Durations;
import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.LiveRung;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Whether a pool's rungs of on-demand capacity are open beneath those of spot.
 *
 * <p>Without a wait they always are. With one they are opened when a pod that could use one of them
 * has waited that long, and closed when for ten minutes no pod has. So a drought is paid for with
 * one wait, not with one a pod; and after it spot has the chance to serve the next pod in time.
 *
 * @param asked when a pod last had waited that long, as the rungs remember it
 */
record Fallback(boolean open, Optional<Instant> asked) {
  /** How long the rungs stay open once nobody has to wait any more. */
  static final Duration HOLD = Duration.ofMinutes(10);

  /** While pods wait on and on, that is written so often and not with each pass. */
  private static final Duration NOTED_EVERY = HOLD.dividedBy(2);

  static final Fallback CLOSED = new Fallback(false, Optional.empty());

  static Fallback of(SpotPool pool, View view) {
    if (!pool.onDemandFallback().enabled()) {
      return CLOSED;
    }
    Duration after = pool.onDemandFallback().after();
    if (after.isZero()) {
      return new Fallback(true, Optional.empty());
    }
    Instant now = view.now();
    Optional<Instant> noted =
        view.rungsOf(pool.name()).stream()
            .flatMap(rung -> Knobs.of(rung).asked().stream())
            // Another clock, or a hand, wrote what is still to come.
            .filter(at -> !at.isAfter(now))
            .max(Instant::compareTo);
    if (somebodyAsks(pool, after, view)) {
      boolean fresh = noted.filter(at -> lasts(at, NOTED_EVERY, now)).isPresent();
      return new Fallback(true, fresh ? noted : Optional.of(now));
    }
    Optional<Instant> holds = noted.filter(at -> lasts(at, HOLD, now));
    return new Fallback(holds.isPresent(), holds);
  }

  /** Whether {@code rung} is one of those: a pool's own rungs are of its own capacity. */
  static boolean buys(SpotPool pool, LiveRung rung) {
    String onDemand = "." + Capacity.ON_DEMAND;
    return pool.capacity() != Capacity.ON_DEMAND
        && rung.what().filter(what -> what.contains(onDemand)).isPresent();
  }

  /** Why {@code pool}'s on-demand rungs are closed. */
  static String closed(SpotPool pool) {
    return pool.onDemandFallback().enabled()
        ? "no pod that could use it has waited for %s in the last %d minutes"
            .formatted(Durations.text(pool.onDemandFallback().after()), HOLD.toMinutes())
        : "the pool has no onDemandFallback";
  }

  private static boolean lasts(Instant since, Duration most, Instant now) {
    return Duration.between(since, now).compareTo(most) < 0;
  }

  /**
   * A pod that requires spot says so in its own affinity, and no on-demand offer is allowed by
   * that. One for which every machine is too small, or in another zone than its volumes, would keep
   * dear rungs open for ever that do not help it.
   */
  private static boolean somebodyAsks(SpotPool pool, Duration after, View view) {
    Set<Ask> asks =
        view.hopeful().stream()
            .filter(pod -> pod.waited(view.now()).compareTo(after) >= 0)
            .map(Hopeful::ask)
            .collect(Collectors.toSet());
    if (asks.isEmpty()) {
      return false;
    }
    Criteria criteria = Criteria.of(pool.fallbackAlone(), Demand.waiting(view.waiting(), 1));
    List<Ranked> offers = Rank.rank(criteria, view.book(), view.now()).offers();
    return asks.stream()
        .anyMatch(
            ask -> offers.stream().anyMatch(one -> ask.servedBy(one.offer(), view.daemons())));
  }
}
