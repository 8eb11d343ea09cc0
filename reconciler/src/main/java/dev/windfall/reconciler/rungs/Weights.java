package dev.windfall.reconciler.rungs;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;

/**
 * Gives an order weights, from heavy to light, and changes as few as it can: every write of a
 * weight makes Karpenter look at the whole cluster for consolidation again (karpenter's
 * informer/nodepool.go) and forget how a NodePool's registrations went.
 *
 * <p>Of the weights that are there, the largest set is kept that is in order and leaves room for
 * what stands in between: with {@code v = weight + position}, the longest subsequence in which
 * {@code v} never rises. The others are spread evenly over the gaps, so that whoever comes next
 * finds room too.
 */
final class Weights {
  /**
   * The band. NodePools of the user's own come before all rungs with a weight above it, and after
   * them with one below, or with none.
   */
  static final int HEAVIEST = 90;

  static final int LIGHTEST = 11;

  private Weights() {}

  /**
   * Distinct weights, each less than the one before.
   *
   * @param recorded by position in the order, what is there; at most as many as the band is wide
   */
  static int[] assign(List<OptionalInt> recorded) {
    int n = recorded.size();
    if (n > HEAVIEST - LIGHTEST + 1) {
      throw new IllegalArgumentException(n + " rungs do not fit the band of weights");
    }
    int[] weights = new int[n];
    boolean[] kept = longest(recorded);
    int before = -1;
    for (int i = 0; i <= n; i++) {
      if (i == n || kept[i]) {
        int upper = before < 0 ? HEAVIEST + 1 : weights[before];
        int lower = i == n ? LIGHTEST - 1 : recorded.get(i).orElseThrow();
        int between = i - before - 1;
        for (int k = 1; k <= between; k++) {
          weights[before + k] = upper - k * (upper - lower) / (between + 1);
        }
        if (i < n) {
          weights[i] = lower;
        }
        before = i;
      }
    }
    return weights;
  }

  private static boolean[] longest(List<OptionalInt> recorded) {
    int n = recorded.size();
    int[] length = new int[n];
    int[] previous = new int[n];
    int best = -1;
    for (int i = 0; i < n; i++) {
      previous[i] = -1;
      if (!fits(recorded.get(i), i, n)) {
        continue;
      }
      length[i] = 1;
      for (int j = 0; j < i; j++) {
        if (length[j] >= length[i] && room(recorded, j) >= room(recorded, i)) {
          length[i] = length[j] + 1;
          previous[i] = j;
        }
      }
      if (best < 0 || length[i] > length[best]) {
        best = i;
      }
    }
    boolean[] kept = new boolean[n];
    Arrays.fill(kept, false);
    for (int i = best; i >= 0; i = previous[i]) {
      kept[i] = true;
    }
    return kept;
  }

  /** Whether the band has room for what stands above and below it. */
  private static boolean fits(OptionalInt weight, int position, int n) {
    return weight.isPresent()
        && weight.getAsInt() + position <= HEAVIEST
        && weight.getAsInt() + position >= LIGHTEST + n - 1;
  }

  private static int room(List<OptionalInt> recorded, int position) {
    return recorded.get(position).orElse(0) + position;
  }
}
