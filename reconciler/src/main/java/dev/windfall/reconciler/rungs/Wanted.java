package dev.windfall.reconciler.rungs;

import dev.windfall.policies.Usd;
import dev.windfall.reconciler.LiveRung;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * A rung that shall be open.
 *
 * @param gpuLimit GPUs of all its nodes together; empty: any number
 * @param leads who waits to overtake it, as the rung remembers it
 */
record Wanted(Candidate candidate, Rung rung, int weight, OptionalInt gpuLimit, String leads) {

  /**
   * The rungs of a shortlist, in its order, with weights and limits.
   *
   * @param live by name, what is there
   */
  static List<Wanted> of(Shortlist shortlist, Map<String, LiveRung> live, View view) {
    List<Candidate> kept = shortlist.kept();
    List<Rung> rungs = kept.stream().map(Rung::of).toList();
    int[] weights = Weights.assign(rungs.stream().map(rung -> recorded(live, rung)).toList());
    Needed needed = Needed.of(kept, view);
    Map<String, Integer> limits = new HashMap<>();
    kept.stream()
        .map(Candidate::pool)
        .distinct()
        .forEach(pool -> limits.putAll(Headroom.limits(pool, kept, rungs, needed, view)));
    List<Wanted> wanted = new ArrayList<>();
    for (int i = 0; i < kept.size(); i++) {
      Integer limit = limits.get(rungs.get(i).name());
      OptionalInt gpuLimit = limit == null ? OptionalInt.empty() : OptionalInt.of(limit);
      String leads = shortlist.leads().text(kept.get(i).slot());
      wanted.add(new Wanted(kept.get(i), rungs.get(i), weights[i], gpuLimit, leads));
    }
    return wanted;
  }

  /** The knobs it shall have, with {@code price} as the one that was last written. */
  Knobs knobs(Usd price) {
    return Knobs.open(weight, gpuLimit, candidate.pool().disruption(), price).withLeads(leads);
  }

  private static OptionalInt recorded(Map<String, LiveRung> live, Rung rung) {
    LiveRung there = live.get(rung.name());
    return there == null ? OptionalInt.empty() : Knobs.of(there).recordedWeight();
  }
}
