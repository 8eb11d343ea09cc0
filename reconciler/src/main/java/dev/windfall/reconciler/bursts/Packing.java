package dev.windfall.reconciler.bursts;

import dev.windfall.reconciler.bursts.Problem.Fill;
import java.util.List;

/**
 * Who shares a machine with whom.
 *
 * @param machines in no order
 * @param left of each size, for how many there is no machine
 * @param price of all machines together, millionths of a dollar an hour
 */
record Packing(List<Fill> machines, Counts left, long price) {
  Packing {
    machines = List.copyOf(machines);
  }

  /** Exact where that is little work, and else as good as a rule of thumb has it. */
  static Packing of(Problem problem) {
    return Exact.solve(problem, problem.counts()).orElseGet(() -> Greedy.solve(problem));
  }

  /** GPUs of the pods for which there is no machine. */
  long gpusLeft(Problem problem) {
    long gpus = 0;
    for (int size = 0; size < left.size(); size++) {
      gpus += (long) left.of(size) * problem.sizes().get(size).gpus();
    }
    return gpus;
  }
}
