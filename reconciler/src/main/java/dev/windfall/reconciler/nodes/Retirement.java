package dev.windfall.reconciler.nodes;

import dev.windfall.market.OfferKey;
import dev.windfall.market.Setback;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Durations;
import dev.windfall.policies.Instants;
import dev.windfall.policies.Keys;
import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * Why a node gets no new work. A rung that is closed only because no more of it can be had has
 * nodes as good as before, and so has one whose pool's limits are used up, which is not closed.
 */
final class Retirement {
  /** By then the pods that a node was bought for are on it. */
  static final Duration SETTLED = Duration.ofMinutes(2);

  /** A price near a cap closes a rung and opens it again, and each taint is a write a node. */
  static final Duration FOR_GOOD = Duration.ofMinutes(5);

  private static final String CLOSED_AT = Keys.PREFIX + "closed-at";

  private final View view;

  Retirement(View view) {
    this.view = view;
  }

  /**
   * Whether the loop may say anything about the nodes of {@code rung}: not while nobody knows what
   * its pool asks for, and not where the pool only observes.
   */
  boolean decides(LiveRung rung) {
    Optional<LivePool> pool = view.pool(rung);
    return pool.isEmpty()
        || pool.get().deleting()
        || pool.get().pool().filter(one -> one.mode() == SpotPool.Mode.ACT).isPresent();
  }

  /**
   * Whether the node has been there for those it was bought for. A taint before would keep them
   * off, and Karpenter would buy them another node, which would be tainted too. A claim names its
   * node later than the node is seen, so a node without one has to be as old.
   */
  boolean settled(LiveNode node) {
    Instant since =
        view.claim(node)
            .map(claim -> claim.life().initialized().orElse(Instant.MAX))
            .or(node::created)
            .orElse(Instant.MIN);
    return !since.isAfter(view.now().minus(SETTLED));
  }

  /** Why {@code node} of {@code rung} is not wanted for new work; empty: it is. */
  Optional<String> of(LiveNode node, LiveRung rung) {
    return closed(node, rung)
        .or(() -> drifted(node))
        .or(() -> old(node, rung))
        .or(() -> fallback(node, rung));
  }

  private Optional<String> closed(LiveNode node, LiveRung rung) {
    return rung.closed()
        .filter(why -> !Setback.isReason(why) && (node.retiring() || forGood(rung)))
        .map(why -> "its rung %s is closed: %s".formatted(rung.name(), why));
  }

  /** One that does not say since when will: the loop of rungs writes that down. */
  private boolean forGood(LiveRung rung) {
    return rung.annotation(CLOSED_AT)
        .flatMap(Instants::parse)
        .filter(at -> !view.now().isBefore(at.plus(FOR_GOOD)))
        .isPresent();
  }

  private Optional<String> drifted(LiveNode node) {
    return view.claim(node)
        .filter(LiveClaim::drifted)
        .map(claim ->
            "nodeclaim %s is no longer what its NodePool or node class says (Drifted)"
                .formatted(claim.name()));
  }

  private Optional<String> old(LiveNode node, LiveRung rung) {
    Optional<Duration> most = spec(rung).flatMap(pool -> pool.disruption().maxNodeAge());
    return most.filter(
            age -> node.created().filter(at -> !view.now().isBefore(at.plus(age))).isPresent())
        .map(age -> "it is older than %s, its pool's maxNodeAge".formatted(Durations.text(age)));
  }

  /** A pool of spot capacity has on-demand nodes only while there is no spot. */
  private Optional<String> fallback(LiveNode node, LiveRung rung) {
    Optional<OfferKey> bought = rung.offer().or(node::offer);
    boolean fallback =
        bought.filter(offer -> offer.capacity() == Capacity.ON_DEMAND).isPresent()
            && spec(rung).filter(pool -> pool.capacity() == Capacity.SPOT).isPresent();
    if (!fallback) {
      return Optional.empty();
    }
    Optional<String> model = bought.flatMap(this::model);
    return view.rungs().values().stream()
        .filter(other -> other.pool().equals(rung.pool()) && other.gpus() == rung.gpus())
        .filter(other -> isOpenSpot(other) && view.room(other) > 0)
        .filter(other -> model.isPresent() && other.offer().flatMap(this::model).equals(model))
        .findFirst()
        .map(other -> "it is on demand, and spot can be had again: " + other.name() + " is open");
  }

  private static boolean isOpenSpot(LiveRung rung) {
    return rung.closed().isEmpty()
        && !rung.deleting()
        && rung.offer().filter(offer -> offer.capacity() == Capacity.SPOT).isPresent();
  }

  private Optional<String> model(OfferKey offer) {
    return view.book().find(offer).map(listed -> listed.gpu().model());
  }

  private Optional<SpotPool> spec(LiveRung rung) {
    return view.pool(rung).flatMap(LivePool::pool);
  }
}
