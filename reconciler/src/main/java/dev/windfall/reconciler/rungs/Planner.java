package dev.windfall.reconciler.rungs;

import dev.windfall.cluster.Reference;
import dev.windfall.market.Ranking.Refused;
import dev.windfall.market.Setback;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.rungs.Shortlist.Before;
import dev.windfall.reconciler.rungs.Shortlist.Slot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Predicate;

/**
 * Decides what to do about the rungs. Pure: the same view gives the same plan, and a plan that was
 * carried out gives an empty one.
 *
 * <p>An instance makes one plan. The order of the last pass is read back from the rungs, so that a
 * restart forgets nothing.
 */
final class Planner {
  /** Karpenter tries every NodePool for every pod: 50 cost it 0.4 s a loop, 500 some 5 s. */
  static final int MOST_RUNGS = 50;

  /**
   * How long a rung stays closed before it is deleted. A launch that was decided on before it was
   * closed happens after, and deleting a NodePool deletes its nodes.
   */
  static final Duration GRACE = Duration.ofMinutes(10);

  private static final String GONE = "it is gone from the price book";

  private final View view;
  private final Map<String, Supply> supplies = new TreeMap<>();
  private final Map<String, LiveRung> live = new TreeMap<>();
  private final List<Action> actions = new ArrayList<>();
  private final List<Standing> standings = new ArrayList<>();
  private final Map<String, Fallback> fallbacks = new HashMap<>();
  private final Predicate<SpotPool> acting;

  private Planner(View view, Predicate<SpotPool> acting) {
    this.view = view;
    this.acting = acting;
    view.rungs().forEach(rung -> live.put(rung.name(), rung));
    for (LivePool pool : view.pools()) {
      pool.pool().ifPresent(spec -> fallbacks.put(pool.name(), Fallback.of(spec, view)));
      supplies.put(
          pool.name(),
          Supply.of(pool, view.waiting(), fallback(pool.name()), view.book(), view.now()));
    }
  }

  static Plan plan(View view) {
    return plan(view, Map.of());
  }

  /**
   * The same plan, with statuses that know what became of it.
   *
   * @param refused by the rung's name, why the API server refused what was planned for it
   */
  static Plan plan(View view, Map<String, String> refused) {
    Decision decision = new Planner(view, SpotPool::acts).decide();
    // Who only observes is in nobody's way, so what it would do is decided apart.
    boolean observed =
        view.pools().stream().flatMap(p -> p.pool().stream()).anyMatch(p -> !p.acts());
    Decision would = observed ? new Planner(view, pool -> true).decide() : decision;
    return new Plan(
        Departure.finalizers(view),
        decision.actions(),
        Statuses.of(view, decision.but(refused, view), would));
  }

  private Fallback fallback(String pool) {
    return fallbacks.getOrDefault(pool, Fallback.CLOSED);
  }

  private Decision decide() {
    // Without a book nothing is known, not even that an offer is gone. Who deletes a pool knows.
    if (view.book().offers().isEmpty()) {
      for (LiveRung rung : view.rungs()) {
        if (rung.pool().flatMap(view::leaving).isPresent()) {
          letGo(rung, "the SpotPool " + rung.pool().orElseThrow() + " is being deleted");
        } else {
          standings.add(Standing.asItIs(rung, view));
        }
      }
      return new Decision(supplies, standings, actions, Set.of(), Map.of());
    }
    List<Supply.Offered> offered =
        supplies.values().stream()
            .filter(Supply.Offered.class::isInstance)
            .map(Supply.Offered.class::cast)
            .filter(supply -> acting.test(supply.pool()))
            .toList();
    Set<String> moving = new HashSet<>();
    offered.forEach(supply -> moving.add(supply.pool().name()));

    Shortlist shortlist = Shortlist.of(offered, Before.of(view.rungs()), room(moving), view);
    List<Wanted> wanted = Wanted.of(shortlist, live, view);
    Set<String> names = new HashSet<>();
    wanted.forEach(w -> names.add(w.rung().name()));

    wanted.forEach(this::want);
    for (LiveRung rung : view.rungs()) {
      if (!names.contains(rung.name())) {
        if (stays(rung, moving)) {
          standings.add(Standing.asItIs(rung, view));
        } else {
          letGo(rung, whyNot(rung, shortlist, wanted));
        }
      }
    }
    actions.sort(Comparator.comparingInt(Action::turn));
    return new Decision(supplies, standings, actions, shortlist.crowdedOut(), Map.of());
  }

  /** What is left of the cluster's rungs once those that stay as they are have theirs. */
  private int room(Set<String> moving) {
    long staying =
        view.rungs().stream()
            .filter(rung -> rung.closed().isEmpty() && stays(rung, moving))
            .count();
    return (int) Math.max(0, MOST_RUNGS - staying);
  }

  /**
   * Whether nothing is known that could move a rung which is not wanted. One is closed for what a
   * source says, not for the silence of a source that a restart has not heard yet.
   */
  private boolean stays(LiveRung rung, Set<String> moving) {
    String pool = rung.pool().orElseThrow();
    if (!supplies.containsKey(pool)) {
      return false;
    }
    return !moving.contains(pool) || (rung.closed().isEmpty() && unheardOf(rung));
  }

  private boolean unheardOf(LiveRung rung) {
    return supplies.get(rung.pool().orElseThrow()) instanceof Supply.Offered
        && view.mayBeUnheardOf(rung);
  }

  private void want(Wanted wanted) {
    SpotPool pool = wanted.candidate().pool();
    Rung rung = wanted.rung();
    Usd price = wanted.candidate().usdPerGpuHour();
    Reference about = reference(pool.name(), Optional.empty());
    LiveRung there = live.get(rung.name());
    if (there == null) {
      Knobs knobs = knobs(wanted, price);
      actions.add(
          new Action.Create(
              rung, knobs, about, rung.name() + " offers " + wanted.candidate().spoken()));
      standings.add(Standing.open(rung, knobs, view, List.of()));
      return;
    }
    if (there.deleting()) {
      // Its name is free again once its nodes are gone.
      standings.add(Standing.asItIs(there, view));
      return;
    }
    Knobs now = Knobs.of(there);
    Usd recorded = now.recordedPrice().orElse(price);
    boolean moved =
        now.recordedPrice().isEmpty() || moved(recorded, price, pool.ranking().hysteresis());
    Knobs knobs = knobs(wanted, recorded);
    if (!knobs.equals(now) || moved) {
      knobs = knobs(wanted, price);
      actions.add(turn(there, now, knobs, about, wanted));
    }
    standings.add(Standing.open(rung, knobs, view, rung.editedIn(there)));
  }

  private Knobs knobs(Wanted wanted, Usd price) {
    boolean falls = wanted.candidate().fallback();
    return wanted
        .knobs(price)
        .guarded(view.repairKnown())
        .asked(falls ? fallback(wanted.candidate().pool().name()).asked() : Optional.empty());
  }

  private static Action turn(
      LiveRung there, Knobs now, Knobs knobs, Reference about, Wanted wanted) {
    String name = there.name();
    Optional<String> edited = now.edits(knobs);
    if (!now.open()) {
      String reason = name + " is open again: " + wanted.candidate().spoken();
      return new Action.Open(there, knobs, about, reason);
    }
    if (edited.isPresent()) {
      return new Action.Repair(there, knobs, about, name + ": " + edited.get());
    }
    if (!now.weight().equals(knobs.weight())) {
      return new Action.Reweigh(
          there, knobs, about, name + " has weight " + knobs.weight().orElseThrow());
    }
    return new Action.Adjust(there, knobs, about, name + " follows its figures");
  }

  /** A rung that shall not be open. */
  private void letGo(LiveRung rung, String why) {
    if (rung.deleting()) {
      standings.add(Standing.asItIs(rung, view));
      return;
    }
    Reference about = reference(rung.pool().orElseThrow(), Optional.of(rung));
    if (rung.pool().flatMap(view::leaving).filter(LivePool::forced).isPresent()) {
      String reason = rung.name() + " is deleted with its nodes: " + LivePool.FORCE_DELETE;
      actions.add(new Action.ForceDelete(rung, about, reason));
      return;
    }
    Knobs now = Knobs.of(rung);
    Optional<Instant> since = now.closedSince();
    if (now.open()) {
      Knobs closed = now.withRecordedWeight().closed(why, view.now());
      actions.add(new Action.Close(rung, closed, about, rung.name() + " is closed: " + why));
      standings.add(Standing.with(rung, closed, view));
      return;
    }
    String because = because(now.closedBecause(), why);
    Knobs still = now.withRecordedWeight().closed(because, since.orElse(view.now()));
    if (!because.equals(now.closedBecause())) {
      String stays = rung.name() + " stays closed: " + because;
      actions.add(new Action.Adjust(rung, still, about, stays));
    } else if (!still.equals(now)) {
      String repaired = rung.name() + ": what a hand made of a closed rung is undone";
      actions.add(new Action.Repair(rung, still, about, repaired));
    } else if (!view.now().isBefore(since.orElseThrow().plus(GRACE))
        && view.nodesOf(rung.name()) == 0
        && !unheardOf(rung)) {
      String reason = rung.name() + " is empty and not wanted: " + now.closedBecause();
      actions.add(new Action.Delete(rung, about, reason));
      return;
    }
    standings.add(Standing.with(rung, still, view));
  }

  /** Whether nodes of it are wanted hangs on whether it was only closed for a while. */
  private static String because(String before, String now) {
    return Setback.isReason(before) || Setback.isReason(now) ? now : before;
  }

  private String whyNot(LiveRung rung, Shortlist shortlist, List<Wanted> wanted) {
    String pool = rung.pool().orElseThrow();
    if (!(supplies.get(pool) instanceof Supply.Offered supply)) {
      return "the SpotPool "
          + pool
          + (view.leaving(pool).isPresent() ? " is being deleted" : " is gone");
    }
    if (rung.what().isEmpty()) {
      return "it does not say what it offers";
    }
    Slot slot = new Slot(pool, rung.what().get());
    Optional<Wanted> successor =
        wanted.stream().filter(w -> w.candidate().slot().equals(slot)).findFirst();
    if (successor.isPresent()) {
      return (rung.wide() ? "the pool's template or market" : "the pool's template")
          + " has changed; "
          + successor.get().rung().name()
          + " follows it";
    }
    String leftOut = shortlist.leftOut().get(slot);
    if (leftOut != null) {
      return leftOut;
    }
    if (Fallback.buys(supply.pool(), rung) && !fallback(pool).open()) {
      return Fallback.closed(supply.pool());
    }
    return supply.ranking().refused().stream()
        .filter(refused -> refused.offer().key().toString().equals(slot.what()))
        .map(Refused::reason)
        .findFirst()
        .orElseGet(() -> unheardOf(rung) ? Knobs.of(rung).closedBecause() : GONE);
  }

  private Reference reference(String pool, Optional<LiveRung> rung) {
    return Optional.ofNullable(supplies.get(pool))
        .map(Supply::live)
        .or(() -> view.leaving(pool))
        .map(LivePool::reference)
        .orElseGet(() -> rung.orElseThrow().reference());
  }

  private static boolean moved(Usd recorded, Usd price, double hysteresis) {
    return Math.abs(price.dollars() - recorded.dollars()) > recorded.dollars() * hysteresis;
  }
}
