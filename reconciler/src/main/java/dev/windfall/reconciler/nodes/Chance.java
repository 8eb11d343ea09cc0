package dev.windfall.reconciler.nodes;

import dev.windfall.market.OfferKey;
import dev.windfall.market.Replacement;
import dev.windfall.policies.Durations;
import dev.windfall.policies.Pod;
import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * A node that it would pay to empty.
 *
 * @param landing where what runs there would go
 */
record Chance(
    LiveNode node,
    LivePool live,
    SpotPool pool,
    Movable movable,
    Landing landing,
    Replacement replacement) {
  /** How long it must have paid, where the pool does not say how long a lead has to last. */
  static final Duration LASTING = Duration.ofMinutes(10);

  /** How long it must have paid. */
  Duration lasting() {
    Duration hold = pool.ranking().minHold();
    return hold.isZero() ? LASTING : hold;
  }

  String spoken(Instant now) {
    Duration remaining = movable.work(now).remaining().truncatedTo(ChronoUnit.MINUTES);
    return String.format(
        Locale.ROOT,
        "its work can be restarted, and is cheaper at %s: %.2f USD over the next %s where it"
            + " is, %.2f there with what is lost; saves %.2f USD",
        landing.spoken(),
        replacement.stay(),
        Durations.text(remaining),
        replacement.go(),
        replacement.saves());
  }

  /** Whether it pays; empty: no, or one of its pods may not be moved, or nobody knows. */
  static Optional<Chance> of(LiveNode node, LiveRung rung, List<Pod> pods, View view) {
    Optional<LivePool> live = view.pool(rung).filter(pool -> !pool.deleting());
    Optional<SpotPool> pool =
        live.flatMap(LivePool::pool).filter(one -> one.disruption().replaceRestartable());
    Optional<OfferKey> now = rung.offer().or(node::offer);
    if (pool.isEmpty() || now.isEmpty() || pods.isEmpty() || !mayGo(node, rung, pool.get(), view)) {
      return Optional.empty();
    }
    Optional<Movable> movable = Movable.of(pods, view.surroundings(), view.now());
    Optional<Landing> landing = movable.flatMap(one -> Landing.of(one, rung, now.get(), view));
    if (movable.isEmpty() || landing.isEmpty()) {
      return Optional.empty();
    }
    return Replacement.of(
            now.get(),
            landing.get().offers(),
            movable.get().work(view.now()),
            pool.get().disruption().consolidateAfter(),
            view.book(),
            view.now(),
            pool.get().ranking().maxQuoteAge())
        .filter(Replacement::pays)
        .map(replacement ->
            new Chance(node, live.get(), pool.get(), movable.get(), landing.get(), replacement));
  }

  /** Whether Karpenter removes it once it is empty, and nobody says that it must not. */
  private static boolean mayGo(LiveNode node, LiveRung rung, SpotPool pool, View view) {
    Optional<LiveClaim> claim =
        view.claim(node).filter(one -> !one.life().deleting() && !one.life().leftInPeace());
    boolean removed = !pool.disruption().emptyBudget().matches("0+%?");
    return node.gpus() && !node.leftInPeace() && !rung.deleting() && claim.isPresent() && removed;
  }
}
