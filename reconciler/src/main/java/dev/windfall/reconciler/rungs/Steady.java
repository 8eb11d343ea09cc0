package dev.windfall.reconciler.rungs;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.comparingInt;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.Hold;
import dev.windfall.market.Hold.Lead;
import dev.windfall.policies.Capacity;
import dev.windfall.reconciler.rungs.Shortlist.Before;
import dev.windfall.reconciler.rungs.Shortlist.Slot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * Puts candidates in order as they stood before, spot before everything else. A lead has lasted
 * when its time is over, or when a pool's waiting pods use more or less of a machine than before:
 * that another demand makes another order is no noise, and what was seen under the old one says
 * nothing about the new.
 *
 * @param before what stood
 * @param newDemand the pools whose demand is another
 * @param minHold how long a lead must last
 */
record Steady(
    Before before, Hold<Candidate> hold, Duration minHold, Set<String> newDemand, Instant now) {

  static Steady of(List<Supply.Offered> supplies, Before before, Instant now) {
    double band =
        supplies.stream().mapToDouble(s -> s.pool().ranking().hysteresis()).max().orElse(0);
    Duration minHold =
        supplies.stream()
            .map(s -> s.pool().ranking().minHold())
            .max(Duration::compareTo)
            .orElse(Duration.ZERO);
    Set<String> newDemand =
        supplies.stream()
            .filter(Steady::asksForMoreOrLess)
            .map(s -> s.pool().name())
            .collect(Collectors.toSet());
    return new Steady(before, new Hold<>(Candidate::index, band), minHold, newDemand, now);
  }

  /** How many GPUs would be used of a machine, by how many it has. */
  static Map<Integer, Integer> usableGpus(Supply.Offered supply) {
    Map<Integer, Integer> usable = new TreeMap<>();
    supply
        .ranking()
        .offers()
        .forEach(ranked -> usable.put(ranked.offer().gpu().count(), ranked.usableGpus()));
    return usable;
  }

  private static boolean asksForMoreOrLess(Supply.Offered supply) {
    JsonNode recorded = supply.live().status().path("usableGpus");
    return !recorded.isEmpty()
        && usableGpus(supply).entrySet().stream()
            .anyMatch(entry -> {
              JsonNode used = recorded.path(entry.getKey().toString());
              return used.isInt() && used.asInt() != entry.getValue();
            });
  }

  /** Whether leads have to last before they count. */
  boolean waits() {
    return !minHold.isZero();
  }

  /** How it is once {@code list} is what stands. */
  Steady after(Shortlist list) {
    Map<Slot, Integer> places = new HashMap<>();
    for (Candidate candidate : list.kept()) {
      places.put(candidate.slot(), list.kept().size() - places.size());
    }
    return new Steady(new Before(places, list.leads()), hold, minHold, Set.of(), now);
  }

  List<Candidate> order(List<Candidate> candidates) {
    List<Candidate> order = new ArrayList<>();
    for (boolean spot : new boolean[] {true, false}) {
      List<Candidate> stood = new ArrayList<>();
      candidates.stream()
          .filter(c -> isSpot(c) == spot && held(c))
          .sorted(comparingInt(c -> -before.places().getOrDefault(c.slot(), 0)))
          .forEach(stood::add);
      candidates.stream()
          .filter(c -> isSpot(c) == spot && !held(c))
          .sorted(comparingDouble(Candidate::index))
          .forEach(stood::add);
      order.addAll(hold.steady(stood, this::lasted));
    }
    return order;
  }

  /** The order that prices alone make. */
  static List<Candidate> byIndex(List<Candidate> candidates) {
    return candidates.stream()
        .sorted(comparing((Candidate c) -> !isSpot(c)).thenComparingDouble(Candidate::index))
        .toList();
  }

  /**
   * The leads that wait.
   *
   * @param kept what will stand
   * @param byPrice what would stand by prices alone: whoever would not is not worth waiting for
   */
  Leads leads(List<Candidate> kept, List<Candidate> byPrice) {
    Set<Slot> holders = new HashSet<>();
    kept.forEach(candidate -> holders.add(candidate.slot()));
    Set<Slot> challengers = new HashSet<>();
    byPrice.forEach(candidate -> challengers.add(candidate.slot()));
    List<Candidate> order = new ArrayList<>(kept);
    byPrice.stream().filter(c -> !holders.contains(c.slot())).forEach(order::add);
    List<Lead<Slot>> leads = new ArrayList<>();
    for (boolean spot : new boolean[] {true, false}) {
      List<Candidate> own = order.stream().filter(c -> isSpot(c) == spot).toList();
      hold.leads(own, candidate -> holders.contains(candidate.slot())).stream()
          .filter(lead -> challengers.contains(lead.challenger().slot()))
          .map(lead -> new Lead<>(lead.challenger().slot(), lead.holder().slot()))
          .forEach(leads::add);
    }
    return before.leads().and(leads, now);
  }

  private static boolean isSpot(Candidate candidate) {
    return candidate.offer().key().capacity() == Capacity.SPOT;
  }

  private boolean held(Candidate candidate) {
    return before.places().containsKey(candidate.slot());
  }

  private boolean lasted(Candidate challenger, Candidate holder) {
    return !waits()
        || !held(holder)
        || newDemand.contains(challenger.pool().name())
        || newDemand.contains(holder.pool().name())
        || before.leads().lasted(new Lead<>(challenger.slot(), holder.slot()), minHold, now);
  }
}
