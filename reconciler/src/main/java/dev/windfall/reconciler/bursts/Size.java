package dev.windfall.reconciler.bursts;

import dev.windfall.policies.Needs;
import java.util.BitSet;
import java.util.Comparator;

/**
 * What pods are alike in.
 *
 * @param gpus of each, at least one
 * @param kinds those that it may use; not to be changed
 */
record Size(int gpus, Needs needs, BitSet kinds) {
  /** The large ones first, since the small ones fit into what those leave. */
  static final Comparator<Size> LARGEST =
      Comparator.comparingInt(Size::gpus)
          .thenComparingLong(size -> size.needs().milliCpu())
          .thenComparingLong(size -> size.needs().memory())
          .reversed()
          .thenComparing(size -> size.kinds().toString());

  Size {
    if (gpus < 1) {
      throw new IllegalArgumentException("a pod without GPUs needs no machine of ours");
    }
  }
}
