package dev.windfall.reconciler.launches;

import dev.windfall.market.History;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.Quota;
import dev.windfall.market.Setback;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.launches.Plan.Memory;
import dev.windfall.reconciler.launches.Plan.Seen;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the fate of launches from the claims that come and go, and from what Karpenter says of
 * them. Pure: the same view and memory give the same plan.
 *
 * <p>A claim is a launch that went well once its node is of use, {@code Initialized}: registered,
 * ready, and with the GPUs that were asked for. One that is gone before it was launched is one for
 * which there was no capacity, whether Karpenter's event is seen or lost.
 */
final class Planner {
  /** Time that passed is counted in steps, the same for all claims: it is one write then. */
  static final Duration STEP = Duration.ofMinutes(15);

  /** An event comes by another watch than the claim it is about. */
  static final Duration EVENT_IS_LATE = Duration.ofSeconds(10);

  /** Karpenter gives a machine a quarter of an hour to join, and nobody else gives up on it. */
  private static final Duration GIVEN_UP = Duration.ofMinutes(10);

  /** Windfall gives a machine back that has joined and shows no GPUs. Clocks differ. */
  private static final Duration HOPELESS = LiveClaim.HOPELESS.minusSeconds(10);

  /**
   * Where there is no capacity Karpenter deletes the claim at once. After five minutes it deletes
   * one whose launch is refused for another reason, such as a right that is missing. Clocks differ.
   */
  private static final Duration TIMED_OUT = Duration.ofMinutes(5).minusSeconds(10);

  private final View view;
  private final Memory before;
  private final List<History.Event> news = new ArrayList<>();
  private final Map<String, Seen> claims = new HashMap<>();
  private final Set<String> heard = new HashSet<>();

  /** The claims of which an event says why they were not launched. */
  private final Set<String> explained = new HashSet<>();

  private Planner(View view, Memory before) {
    this.view = view;
    this.before = before;
  }

  static Plan plan(View view, Memory before) {
    return new Planner(view, before).plan();
  }

  private Plan plan() {
    claims.putAll(before.claims());
    view.claims().values().forEach(this::look);
    view.events().forEach(this::hear);
    List.copyOf(claims.keySet()).stream()
        .filter(name -> !view.claims().containsKey(name))
        .sorted()
        .forEach(this::miss);
    return new Plan(news, new Memory(claims, heard));
  }

  private void look(LiveClaim claim) {
    LiveRung rung = view.rungs().get(claim.nodePool());
    Seen known = before.claims().get(claim.name());
    LiveClaim.Life life = claim.life();
    Seen seen =
        new Seen(
            claim.nodePool(),
            claim.offer().or(() -> rung == null ? Optional.empty() : rung.offer()),
            claim.asked(),
            known == null ? life.created().orElse(view.now()) : known.first(),
            life.launched().isPresent() || (known != null && known.launched()),
            life.registered().or(() -> Optional.ofNullable(known).flatMap(Seen::registered)),
            known == null ? Optional.empty() : known.counted(),
            life.deleting(),
            Optional.empty());
    Optional<Instant> useful = life.initialized().filter(at -> seen.offer().isPresent());
    if (useful.isEmpty()) {
      claims.put(claim.name(), seen);
      // Said while the claim is there, where whoever leads next can see it too.
      life.deleted()
          .filter(at -> at.isAfter(view.told()) && (known == null || !known.deleting()))
          .ifPresent(at -> useless(seen, at));
      return;
    }
    OfferKey offer = seen.offer().orElseThrow();
    if (seen.counted().isEmpty() && useful.get().isAfter(view.told())) {
      news.add(new History.Launched(offer, view.region(offer), useful.get()));
    }
    Instant from = seen.counted().orElseGet(() -> later(useful.get(), countedBefore(life)));
    Instant to = life.deleted().orElse(step(view.now()));
    claims.put(claim.name(), seen.countedTo(ran(offer, from, to)));
  }

  /** Up to when the time of a claim is in the history that another has written. */
  private Instant countedBefore(LiveClaim.Life life) {
    boolean whole = life.deleted().filter(at -> !at.isAfter(view.told())).isPresent();
    return whole ? view.told() : step(view.told());
  }

  /** Counts the time, and returns up to when it is counted. */
  private Instant ran(OfferKey offer, Instant from, Instant to) {
    if (!to.isAfter(from)) {
      return from;
    }
    news.add(new History.Ran(offer, view.region(offer), from, to));
    return to;
  }

  private void hear(ClaimEvent event) {
    heard.add(event.name());
    if (event.kind() != ClaimEvent.Kind.INTERRUPTED) {
      explained.add(event.claim());
    }
    boolean old = !event.at().isAfter(view.told());
    if (old || before.heard().contains(event.name())) {
      return;
    }
    Seen seen = claims.get(event.claim());
    Optional<LiveRung> rung =
        seen == null
            ? view.rungOf(event.claim())
            : Optional.ofNullable(view.rungs().get(seen.rung()));
    switch (event.kind()) {
      case NO_CAPACITY, OVER_QUOTA ->
          rung.map(one -> view.offersOf(one, seen == null ? LiveClaim.Asked.ANY : seen.asked()))
              .orElse(List.of())
              .forEach(offer -> news.add(failure(offer, event)));
      case NOT_TRIED -> {
        // It only explains why the claim is gone.
      }
      case INTERRUPTED ->
          Optional.ofNullable(seen)
              .flatMap(Seen::offer)
              .or(() -> rung.flatMap(LiveRung::offer))
              .ifPresent(offer ->
                  news.add(new History.Interrupted(offer, view.region(offer), event.at())));
    }
  }

  private History.Event failure(OfferKey offer, ClaimEvent event) {
    Optional<Offer> listed = view.book().find(offer);
    return event.kind() == ClaimEvent.Kind.OVER_QUOTA && listed.isPresent()
        ? new History.OverQuota(offer, Quota.of(listed.get()), listed.get().cpu(), event.at())
        : new History.NoCapacity(offer, view.region(offer), event.at());
  }

  private void miss(String name) {
    Seen seen = Objects.requireNonNull(claims.get(name));
    Instant gone = seen.gone().orElse(view.now());
    boolean timedOut = !gone.isBefore(seen.first().plus(TIMED_OUT));
    if (!seen.launched() && !timedOut && wanted(seen.rung()) && !explained.contains(name)) {
      if (view.now().isBefore(gone.plus(EVENT_IS_LATE))) {
        claims.put(name, seen.goneAt(gone));
        return;
      }
      LiveRung rung = Objects.requireNonNull(view.rungs().get(seen.rung()));
      view.offersOf(rung, seen.asked())
          .forEach(offer -> news.add(new History.NoCapacity(offer, view.region(offer), gone)));
    }
    seen.offer().filter(offer -> seen.launched()).ifPresent(offer -> over(seen, offer, gone));
    claims.remove(name);
  }

  /** What its deletion told already is not told again. */
  private void over(Seen seen, OfferKey offer, Instant gone) {
    if (seen.deleting()) {
      return;
    }
    if (seen.counted().isPresent()) {
      Instant _ = ran(offer, seen.counted().get(), gone);
    } else {
      useless(seen, gone);
    }
  }

  /** One that goes without ever having been of use, though it was waited for long enough. */
  private void useless(Seen seen, Instant at) {
    Optional<Setback.Kind> kind =
        seen.registered().isPresent()
            ? seen.registered()
                .filter(since -> !at.isBefore(since.plus(HOPELESS)))
                .map(since -> Setback.Kind.GPUS)
            : Optional.of(seen.first())
                .filter(since -> seen.launched() && !at.isBefore(since.plus(GIVEN_UP)))
                .map(since -> Setback.Kind.JOIN);
    seen.offer()
        .ifPresent(offer ->
            kind.ifPresent(
                why -> news.add(new History.Useless(offer, view.region(offer), why, at))));
  }

  /** Whoever deletes a NodePool deletes its claims. */
  private boolean wanted(String rung) {
    LiveRung there = view.rungs().get(rung);
    return there != null && !there.deleting();
  }

  private static Instant later(Instant one, Instant other) {
    return one.isAfter(other) ? one : other;
  }

  private static Instant step(Instant now) {
    long seconds = STEP.toSeconds();
    return Instant.ofEpochSecond(Math.floorDiv(now.getEpochSecond(), seconds) * seconds);
  }
}
