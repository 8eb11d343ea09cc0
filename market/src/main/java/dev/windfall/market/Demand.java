package dev.windfall.market;

import java.util.BitSet;
import java.util.List;

/**
 * How many GPUs of a machine would be used, which decides what each of them costs. An 8-GPU machine
 * is no bargain for one pod with one GPU, and is one for eight.
 */
public sealed interface Demand {
  /** GPUs of a machine with {@code gpus} of them that would be used: 1 to {@code gpus}. */
  int usable(int gpus);

  /** Whether a machine with {@code gpus} GPUs can hold what asks. */
  boolean fits(int gpus);

  /** Nobody in particular asks: the machine counts with all its GPUs. */
  static Demand whole() {
    return new Whole();
  }

  /** One pod asks, and may end up alone on the machine. */
  static Demand pod(int gpus) {
    return new OnePod(gpus);
  }

  /**
   * What waits in the cluster.
   *
   * @param pods the GPUs of each waiting pod
   * @param lastPod the GPUs of the pod seen last; what counts while nothing waits that fits
   */
  static Demand waiting(List<Integer> pods, int lastPod) {
    return Waiting.of(pods, lastPod);
  }

  record Whole() implements Demand {
    @Override
    public int usable(int gpus) {
      return gpus;
    }

    @Override
    public boolean fits(int gpus) {
      return true;
    }
  }

  record OnePod(int pod) implements Demand {
    @Override
    public int usable(int gpus) {
      return Math.min(pod, gpus);
    }

    @Override
    public boolean fits(int gpus) {
      return pod <= gpus;
    }
  }

  /**
   * What waits in the cluster.
   *
   * @param reached the numbers of GPUs that some of the waiting pods add up to; not to be changed.
   *     It is found once, as there may be thousands of pods and of offers
   */
  record Waiting(BitSet reached, int lastPod) implements Demand {
    /** No machine has more GPUs. */
    private static final int MOST = 64;

    static Waiting of(List<Integer> pods, int lastPod) {
      BitSet reached = new BitSet(MOST + 1);
      reached.set(0);
      for (int pod : pods) {
        for (int used = MOST - pod; pod > 0 && used >= 0; used--) {
          if (reached.get(used)) {
            reached.set(used + pod);
          }
        }
        if (reached.cardinality() > MOST) {
          break;
        }
      }
      return new Waiting(reached, lastPod);
    }

    /** The most GPUs that waiting pods would use of one machine: three pods of 3 use 6 of 8. */
    @Override
    public int usable(int gpus) {
      int most = reached.previousSetBit(gpus);
      return Math.clamp(most > 0 ? most : lastPod, 1, gpus);
    }

    /** A machine that is too small for what waits now stays in the order for what may come. */
    @Override
    public boolean fits(int gpus) {
      return true;
    }
  }
}
