package dev.windfall.reconciler.rungs;

import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import dev.windfall.reconciler.LiveRung;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Divides what a pool may still buy among its open rungs: GPUs, and dollars for each hour.
 *
 * <p>Karpenter keeps a NodePool's own limit only, and only eventually: five NodePools that may each
 * have eight GPUs can have forty together. So what the rungs of a pool may buy must never add up to
 * more than what the pool may. Each that a waiting pod needs gets one machine, in order, while one
 * fits: a pod that fits nothing else would wait for ever beneath cheaper rungs that nobody uses.
 * Then the first in order gets half of what is left, the next half of the rest, and so on; each at
 * least one machine while one fits.
 */
final class Headroom {
  /** More than any pool has, and far from where a sum would overflow. */
  private static final int MOST_GPUS = 1_000_000;

  private Headroom() {}

  /**
   * One open rung.
   *
   * @param machine GPUs of one machine
   * @param cost of one machine, millionths of a dollar for each hour
   * @param used GPUs that its nodes have
   * @param awaited whether a waiting pod needs it
   */
  record Share(int machine, long cost, int used, boolean awaited) {}

  /**
   * The GPUs that each rung of {@code pool} may have, by name; none: any number.
   *
   * @param needed what waiting pods need rungs of
   */
  static Map<String, Integer> limits(
      SpotPool pool, List<Candidate> candidates, List<Rung> rungs, Needed needed, View view) {
    SpotPool.Limits limits = pool.limits();
    if (limits.gpus().isEmpty() && limits.usdPerHour().isEmpty()) {
      return Map.of();
    }
    double band = pool.ranking().hysteresis();
    Map<String, LiveRung> live = new HashMap<>();
    view.rungsOf(pool.name()).forEach(rung -> live.put(rung.name(), rung));
    List<String> names = new ArrayList<>();
    List<Share> shares = new ArrayList<>();
    for (int i = 0; i < rungs.size(); i++) {
      Rung rung = rungs.get(i);
      if (rung.pool().equals(pool.name())) {
        Usd price = candidates.get(i).usdPerHour();
        long cost = Costs.another(price, Optional.ofNullable(live.get(rung.name())), band);
        names.add(rung.name());
        int used = rung.gpus() * view.nodesOf(rung.name());
        boolean awaited = needed.contains(candidates.get(i).slot());
        shares.add(new Share(rung.gpus(), cost, used, awaited));
      }
    }
    List<Integer> divided =
        divide(
            limits.gpus().isPresent()
                ? limits.gpus().getAsInt() - view.gpusUsed(pool.name())
                : MOST_GPUS,
            limits
                .usdPerHour()
                .map(most -> most.micros() - spent(pool, view))
                .orElse(Long.MAX_VALUE),
            shares);
    Map<String, Integer> byName = new HashMap<>();
    for (int i = 0; i < names.size(); i++) {
      byName.put(names.get(i), divided.get(i));
    }
    return byName;
  }

  private static long spent(SpotPool pool, View view) {
    Costs costs = new Costs(view);
    return view.rungsOf(pool.name()).stream()
        .mapToLong(rung -> costs.steadily(rung, pool.ranking().hysteresis()))
        .sum();
  }

  /**
   * GPUs that each rung may have in all, in the order given.
   *
   * @param gpus that may still be bought
   * @param micros millionths of a dollar for each hour that may still be spent
   */
  static List<Integer> divide(int gpus, long micros, List<Share> rungs) {
    int gpusLeft = Math.max(0, gpus);
    long microsLeft = Math.max(0, micros);
    boolean[] served = new boolean[rungs.size()];
    for (int i = 0; i < rungs.size(); i++) {
      Share rung = rungs.get(i);
      if (rung.awaited() && rung.machine() <= gpusLeft && rung.cost() <= microsLeft) {
        served[i] = true;
        gpusLeft -= rung.machine();
        microsLeft -= rung.cost();
      }
    }
    List<Integer> limits = new ArrayList<>();
    for (int i = 0; i < rungs.size(); i++) {
      Share rung = rungs.get(i);
      boolean last = i == rungs.size() - 1;
      int least = served[i] ? 0 : 1;
      long machines =
          Math.min(
              machines(gpusLeft, rung.machine(), least, last),
              machines(microsLeft, rung.cost(), least, last));
      gpusLeft -= (int) machines * rung.machine();
      microsLeft -= machines * rung.cost();
      limits.add(rung.used() + ((int) machines + (served[i] ? 1 : 0)) * rung.machine());
    }
    return limits;
  }

  /**
   * How many machines half of what is left pays for; the last may have all of it.
   *
   * @param least so many at least, while they fit
   */
  private static long machines(long left, long each, int least, boolean last) {
    if (each == 0) {
      return MOST_GPUS;
    }
    long half = last ? left : left / 2;
    return Math.max(half / each, Math.min(least, left / each));
  }
}
