package dev.windfall.reconciler.rungs;

import static java.util.Comparator.comparingInt;

import dev.windfall.market.Hold.Lead;
import dev.windfall.market.Ranking.Ranked;
import dev.windfall.market.Selection;
import dev.windfall.reconciler.LiveRung;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What there shall be open rungs of, for all pools, in one order.
 *
 * <p>First everything is put in order: what has an open rung as these stand, newcomers by index
 * after them, then held steady by the widest of the pools' bands and the longest of their holds.
 * Spot comes before everything else. Then each pool selects from the order what it makes rungs of,
 * beginning with what waiting pods need. A wide rung stands by the dearest of its offers, and
 * beneath every exact rung of its group. If that is too much for one cluster, some are cut.
 *
 * <p>Each step only leaves out, and what is kept keeps its order; so the same prices again give the
 * same list.
 *
 * @param kept in order
 * @param leftOut why of the others
 * @param cut those among them that are left out since the cluster can bear no more, in order
 * @param leads those that have not lasted long enough to change the order
 */
record Shortlist(
    List<Candidate> kept, Map<Slot, String> leftOut, List<Candidate> cut, Leads leads) {

  private static final int MOST_LOOKS = 10;

  /**
   * What one pool makes a rung of.
   *
   * @param what the key of an offer, or a group
   */
  record Slot(String pool, String what) {}

  /** A candidate with its place in the order and what speaks for it; less is better. */
  private record Placed(Candidate candidate, int turn, int inGroup, int position) {}

  /**
   * What stood before.
   *
   * @param places the weights of the rungs that are open
   * @param leads over those
   */
  record Before(Map<Slot, Integer> places, Leads leads) {
    /** Reads it back from the rungs that are there, so that a restart forgets nothing. */
    static Before of(List<LiveRung> rungs) {
      Map<Slot, Integer> places = new HashMap<>();
      Map<Lead<Slot>, Instant> leads = new HashMap<>();
      for (LiveRung rung : rungs) {
        Knobs knobs = Knobs.of(rung);
        Optional<String> what = rung.what();
        if (knobs.open() && what.isPresent()) {
          Slot slot = new Slot(rung.pool().orElseThrow(), what.get());
          places.merge(slot, knobs.recordedWeight().orElse(0), Math::max);
          leads.putAll(Leads.parse(slot, knobs.leads()));
        }
      }
      return new Before(places, new Leads(leads));
    }
  }

  /**
   * The shortlist of now.
   *
   * @param room how many rungs there may be
   */
  static Shortlist of(List<Supply.Offered> supplies, Before before, int room, View view) {
    List<Candidate> candidates = new ArrayList<>();
    for (Supply.Offered supply : supplies) {
      supply.ranking().offers().forEach(r -> candidates.add(Candidate.exact(supply.pool(), r)));
      supply.wide().forEach(w -> Candidate.wide(supply.pool(), w).ifPresent(candidates::add));
    }
    Steady steady = Steady.of(supplies, before, view.now());
    Shortlist list = of(supplies, steady.order(candidates), room, view);
    if (!steady.waits()) {
      return list;
    }
    Shortlist byPrice = of(supplies, Steady.byIndex(candidates), room, view);
    list = list.with(steady.leads(list.kept(), byPrice.kept()));
    // A rung that goes may have stood in somebody's way. Who may pass now does so in this plan, not
    // in the next.
    for (int look = 0; look < MOST_LOOKS; look++) {
      steady = steady.after(list);
      Shortlist next = of(supplies, steady.order(candidates), room, view);
      if (next.kept().equals(list.kept())) {
        break;
      }
      list = next.with(steady.leads(next.kept(), byPrice.kept()));
    }
    return list;
  }

  /** The pools of which some offers have no rung since the cluster has as many as it can bear. */
  Set<String> crowdedOut() {
    Set<String> pools = new HashSet<>();
    cut.forEach(candidate -> pools.add(candidate.pool().name()));
    return pools;
  }

  private Shortlist with(Leads others) {
    return new Shortlist(kept, leftOut, cut, others);
  }

  private static Shortlist of(
      List<Supply.Offered> supplies, List<Candidate> order, int room, View view) {
    Needed needed = Needed.of(order, view);
    Map<Slot, String> leftOut = new HashMap<>();
    Set<Slot> selected = new HashSet<>();
    for (Supply.Offered supply : supplies) {
      select(supply, order, needed, selected, leftOut);
    }
    List<Candidate> chosen = order.stream().filter(c -> selected.contains(c.slot())).toList();
    List<Candidate> kept = beneath(fit(chosen, needed, room));
    Set<Slot> keeps = new HashSet<>();
    kept.forEach(candidate -> keeps.add(candidate.slot()));
    List<Candidate> cut = chosen.stream().filter(c -> !keeps.contains(c.slot())).toList();
    cut.forEach(c -> leftOut.put(c.slot(), "the cluster has as many better rungs as it can bear"));
    return new Shortlist(kept, Map.copyOf(leftOut), cut, Leads.none());
  }

  private static void select(
      Supply.Offered supply,
      List<Candidate> order,
      Needed needed,
      Set<Slot> selected,
      Map<Slot, String> leftOut) {
    String pool = supply.pool().name();
    List<Ranked> exact = new ArrayList<>();
    for (Candidate candidate : order) {
      if (candidate.slot().pool().equals(pool)) {
        if (candidate.isWide()) {
          selected.add(candidate.slot());
        } else {
          exact.add(candidate.ranked());
        }
      }
    }
    Selection selection =
        Selection.of(exact, supply.pool(), ranked -> needed.contains(slot(pool, ranked)));
    selection.chosen().forEach(ranked -> selected.add(slot(pool, ranked)));
    selection.leftOut().forEach(l -> leftOut.put(slot(pool, l.ranked()), l.reason()));
    supply.wide().stream()
        .filter(wide -> wide.dearest().isEmpty())
        .forEach(wide -> leftOut.put(new Slot(pool, wide.group().toString()), wide.shut()));
  }

  private static Slot slot(String pool, Ranked ranked) {
    return new Slot(pool, ranked.offer().key().toString());
  }

  /**
   * Moves each wide rung down to beneath the last exact one of its group: within the hysteresis the
   * order does not see that one of them has become the dearest.
   */
  private static List<Candidate> beneath(List<Candidate> order) {
    Map<Group, Integer> exact = new HashMap<>();
    order.stream().filter(c -> !c.isWide()).forEach(c -> exact.merge(c.group(), 1, Integer::sum));
    Map<Group, Candidate> held = new HashMap<>();
    List<Candidate> settled = new ArrayList<>();
    for (Candidate candidate : order) {
      Group group = candidate.group();
      if (candidate.isWide() && exact.getOrDefault(group, 0) > 0) {
        held.put(group, candidate);
        continue;
      }
      settled.add(candidate);
      if (!candidate.isWide() && exact.merge(group, -1, Integer::sum) == 0) {
        Candidate wide = held.remove(group);
        if (wide != null) {
          settled.add(wide);
        }
      }
    }
    return settled;
  }

  /**
   * As many as there is room for: first what a waiting pod needs, then wide rungs, those of groups
   * that pods wait for before the others, then exact ones. Among the needed and among the exact
   * every group has its best before any has its second.
   */
  private static List<Candidate> fit(List<Candidate> chosen, Needed needed, int room) {
    Set<Group> awaited = new HashSet<>();
    chosen.stream().filter(c -> needed.contains(c.slot())).forEach(c -> awaited.add(c.group()));
    Map<Group, Integer> seen = new HashMap<>();
    List<Placed> placed = new ArrayList<>();
    for (Candidate candidate : chosen) {
      Group group = candidate.group();
      int inGroup = candidate.isWide() ? 0 : seen.merge(group, 1, Integer::sum);
      int turn = turn(candidate, needed, awaited.contains(group));
      placed.add(new Placed(candidate, turn, inGroup, placed.size()));
    }
    return placed.stream()
        .sorted(
            comparingInt(Placed::turn)
                .thenComparingInt(Placed::inGroup)
                .thenComparingInt(Placed::position))
        .limit(room)
        .sorted(comparingInt(Placed::position))
        .map(Placed::candidate)
        .toList();
  }

  private static int turn(Candidate candidate, Needed needed, boolean awaited) {
    if (needed.first().contains(candidate.slot())) {
      return 0;
    }
    if (needed.contains(candidate.slot())) {
      return 1;
    }
    if (candidate.isWide()) {
      return awaited ? 2 : 3;
    }
    return 4;
  }
}
