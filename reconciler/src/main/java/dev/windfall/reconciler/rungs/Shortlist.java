package dev.windfall.reconciler.rungs;

import static java.util.Comparator.comparingInt;

import dev.windfall.market.Hold.Lead;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.Ranking.Ranked;
import dev.windfall.market.Selection;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.SpotPool;
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
 * The offers of all pools that there shall be open rungs of, in one order.
 *
 * <p>First every offer is put in order: those with an open rung as these stand, newcomers by index
 * after them, then held steady by the widest of the pools' bands and the longest of their holds.
 * Spot comes before everything else. Then each pool selects from the order what it makes rungs of.
 * If that is too much for one cluster, every group (pool, capacity, GPU model and count) keeps its
 * best offer before any keeps its second.
 *
 * <p>Each step only leaves out, and what is kept keeps its order; so the same prices again give the
 * same list.
 *
 * @param kept in order
 * @param leftOut why of the others
 * @param leads those that have not lasted long enough to change the order
 */
record Shortlist(List<Candidate> kept, Map<Slot, String> leftOut, Leads leads) {

  private static final int MOST_LOOKS = 10;
  private static final String CROWDED = "the cluster has as many better rungs as it can bear";

  /** What one pool makes of one offer. */
  record Slot(String pool, OfferKey offer) {}

  /** An offer that one pool may buy. */
  record Candidate(SpotPool pool, Ranked ranked) {
    Offer offer() {
      return ranked.offer();
    }

    Slot slot() {
      return new Slot(pool.name(), offer().key());
    }

    private Group group() {
      return new Group(
          pool.name(), offer().key().capacity(), offer().gpu().model(), offer().gpu().count());
    }

    /** Whether only its pool's fallback buys it. */
    boolean fallback() {
      return offer().key().capacity() != pool.capacity();
    }

    double index() {
      return ranked.index().value();
    }
  }

  private record Group(String pool, Capacity capacity, String model, int gpus) {}

  private record Placed(Candidate candidate, int position, int inGroup) {}

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
        Optional<OfferKey> offer = rung.offer();
        if (knobs.open() && offer.isPresent()) {
          Slot slot = new Slot(rung.pool().orElseThrow(), offer.get());
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
  static Shortlist of(List<Supply.Offered> supplies, Before before, int room, Instant now) {
    List<Candidate> candidates =
        supplies.stream()
            .flatMap(s -> s.ranking().offers().stream().map(r -> new Candidate(s.pool(), r)))
            .toList();
    Steady steady = Steady.of(supplies, before, now);
    Shortlist list = of(supplies, steady.order(candidates), room);
    if (!steady.waits()) {
      return list;
    }
    Shortlist byPrice = of(supplies, Steady.byIndex(candidates), room);
    list = list.with(steady.leads(list.kept(), byPrice.kept()));
    // A rung that goes may have stood in somebody's way. Who may pass now does so in this plan, not
    // in the next.
    for (int look = 0; look < MOST_LOOKS; look++) {
      steady = steady.after(list);
      Shortlist next = of(supplies, steady.order(candidates), room);
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
    leftOut.forEach((slot, reason) -> {
      if (reason.equals(CROWDED)) {
        pools.add(slot.pool());
      }
    });
    return pools;
  }

  private Shortlist with(Leads others) {
    return new Shortlist(kept, leftOut, others);
  }

  private static Shortlist of(List<Supply.Offered> supplies, List<Candidate> order, int room) {
    Map<Slot, String> leftOut = new HashMap<>();
    Set<Slot> selected = new HashSet<>();
    for (Supply.Offered supply : supplies) {
      String name = supply.pool().name();
      List<Ranked> own =
          order.stream().filter(c -> c.pool().name().equals(name)).map(Candidate::ranked).toList();
      Selection selection = Selection.of(own, supply.pool());
      selection.chosen().forEach(r -> selected.add(new Slot(name, r.offer().key())));
      selection
          .leftOut()
          .forEach(l -> leftOut.put(new Slot(name, l.ranked().offer().key()), l.reason()));
    }
    List<Candidate> chosen = order.stream().filter(c -> selected.contains(c.slot())).toList();
    List<Candidate> kept = cut(chosen, room);
    Set<Candidate> keeps = new HashSet<>(kept);
    for (Candidate candidate : chosen) {
      if (!keeps.contains(candidate)) {
        leftOut.put(candidate.slot(), CROWDED);
      }
    }
    return new Shortlist(kept, Map.copyOf(leftOut), Leads.none());
  }

  private static List<Candidate> cut(List<Candidate> chosen, int room) {
    Map<Group, Integer> seen = new HashMap<>();
    List<Placed> placed = new ArrayList<>();
    for (Candidate candidate : chosen) {
      int inGroup = seen.merge(candidate.group(), 1, Integer::sum);
      placed.add(new Placed(candidate, placed.size(), inGroup));
    }
    return placed.stream()
        .sorted(comparingInt(Placed::inGroup).thenComparingInt(Placed::position))
        .limit(room)
        .sorted(comparingInt(Placed::position))
        .map(Placed::candidate)
        .toList();
  }
}
