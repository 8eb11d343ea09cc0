package dev.windfall.reconciler.rungs;

import java.util.ArrayList;
import java.util.List;

/**
 * Divides what a pool may still buy among its open rungs.
 *
 * <p>Karpenter keeps a NodePool's own limit only, and only eventually: five NodePools that may each
 * have eight GPUs can have forty together. So the limits of a pool's rungs must never add up to
 * more than the pool's. The first in order gets half of what is left, the next half of the rest,
 * and so on; each at least one machine while one fits.
 */
final class Headroom {
  private Headroom() {}

  /**
   * One open rung.
   *
   * @param machine GPUs of one machine
   * @param used GPUs that its nodes have
   */
  record Share(int machine, int used) {}

  /**
   * GPUs that each rung may have in all, in the order given.
   *
   * @param limit GPUs of the pool
   * @param used GPUs of all of the pool's rungs, also those that are closed
   */
  static List<Integer> divide(int limit, int used, List<Share> rungs) {
    int left = Math.max(0, limit - used);
    List<Integer> limits = new ArrayList<>();
    for (int i = 0; i < rungs.size(); i++) {
      Share rung = rungs.get(i);
      boolean last = i == rungs.size() - 1;
      int half = last ? left : left / 2;
      int machines = Math.max(half / rung.machine(), Math.min(1, left / rung.machine()));
      int share = machines * rung.machine();
      limits.add(rung.used() + share);
      left -= share;
    }
    return limits;
  }
}
