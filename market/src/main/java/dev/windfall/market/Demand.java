package dev.windfall.market;

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
    return new Waiting(List.copyOf(pods), lastPod);
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

  record Waiting(List<Integer> pods, int lastPod) implements Demand {
    @Override
    public int usable(int gpus) {
      int wanted = mostThatFit(gpus);
      return Math.clamp(wanted > 0 ? wanted : lastPod, 1, gpus);
    }

    /** The most GPUs that waiting pods would use of one machine: three pods of 3 use 6 of 8. */
    private int mostThatFit(int gpus) {
      boolean[] reached = new boolean[gpus + 1];
      reached[0] = true;
      for (int pod : pods) {
        for (int used = gpus - pod; pod > 0 && used >= 0; used--) {
          reached[used + pod] |= reached[used];
        }
        if (reached[gpus]) {
          return gpus;
        }
      }
      int most = gpus;
      while (!reached[most]) {
        most--;
      }
      return most;
    }

    /** A machine that is too small for what waits now stays in the order for what may come. */
    @Override
    public boolean fits(int gpus) {
      return true;
    }
  }
}
