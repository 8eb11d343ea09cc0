package dev.windfall.reconciler.bursts;

import dev.windfall.reconciler.bursts.Problem.Fill;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * A good packing of many pods: again and again the machine is taken that gives the most for its
 * money, as often as there are pods for it; a rest that is small enough is packed exactly.
 *
 * <p>What a pod is worth is guessed in two ways: as what it costs on a machine of its own, and as
 * its share of a machine that is full of its like. The better of the two packings counts.
 */
final class Greedy {
  /** Of what a machine may hold so much is looked at. The first look is the large ones first. */
  private static final int MOST_LOOKS = 300;

  private final Problem problem;
  private final double[] worth;
  private Counts left;
  private final int[] machinesLeft;
  private final List<Fill> machines = new ArrayList<>();
  private long price;

  /** The most worth that each kind of machine can hold, as long as there are such pods. */
  private final @Nullable Counts[] known;

  /** With so many pods left they are packed exactly, if that is not too much. */
  private int tryAt = Integer.MAX_VALUE;

  private final boolean finishing;

  private Greedy(Problem problem, double[] worth, boolean finishing) {
    this.problem = problem;
    this.worth = worth;
    this.finishing = finishing;
    this.known = new Counts[problem.kinds().size()];
    this.left = problem.counts();
    this.machinesLeft = problem.kinds().stream().mapToInt(Kind::count).toArray();
  }

  static Packing solve(Problem problem) {
    return solve(problem, true);
  }

  /** By the rule alone, to see how good it is. */
  static Packing byRule(Problem problem) {
    return solve(problem, false);
  }

  private static Packing solve(Problem problem, boolean finishing) {
    Packing shared = new Greedy(problem, worth(problem, true), finishing).solve();
    Packing alone = new Greedy(problem, worth(problem, false), finishing).solve();
    long more = alone.gpusLeft(problem) - shared.gpusLeft(problem);
    return more < 0 || (more == 0 && alone.price() < shared.price()) ? alone : shared;
  }

  private static double[] worth(Problem problem, boolean shared) {
    double[] worth = new double[problem.sizes().size()];
    for (int size = 0; size < worth.length; size++) {
      double least = Double.POSITIVE_INFINITY;
      for (int k = 0; k < problem.kinds().size(); k++) {
        Kind kind = problem.kinds().get(k);
        if (kind.price() > 0 && kind.count() > 0 && problem.fits(k, size)) {
          int together =
              shared
                  ? Problem.most(
                      problem.sizes().get(size), Integer.MAX_VALUE, kind.gpus(), kind.room())
                  : 1;
          least = Math.min(least, (double) kind.price() / together);
        }
      }
      worth[size] = Double.isFinite(least) ? least : problem.sizes().get(size).gpus();
    }
    return worth;
  }

  private Packing solve() {
    while (true) {
      Optional<Packing> rest = finishing && left.total() <= tryAt ? rest() : Optional.empty();
      if (rest.isPresent()) {
        machines.addAll(rest.get().machines());
        return new Packing(machines, rest.get().left(), price + rest.get().price());
      }
      if (left.total() <= tryAt) {
        tryAt = left.total() * 3 / 4;
      }
      Fill best = best();
      if (best == null) {
        return new Packing(machines, left, price);
      }
      // The last of them are left to the rest, where they may be of better use.
      int times = Math.max(1, times(best) - 2);
      for (int i = 0; i < times; i++) {
        take(best);
      }
    }
  }

  /** The rest as it is packed exactly, with the machines that are left. */
  private Optional<Packing> rest() {
    List<Kind> kinds = new ArrayList<>();
    for (int k = 0; k < machinesLeft.length; k++) {
      kinds.add(problem.kinds().get(k).times(machinesLeft[k]));
    }
    Problem rest = new Problem(kinds, problem.sizes(), left);
    return Exact.solve(rest, left);
  }

  private @Nullable Fill best() {
    Fill best = null;
    double most = 0;
    for (int k = 0; k < machinesLeft.length; k++) {
      if (machinesLeft[k] == 0) {
        continue;
      }
      Counts fill = known[k];
      if (fill == null || !thereFor(fill)) {
        fill = mostWorth(k);
        known[k] = fill;
      }
      double value = value(fill);
      long cost = problem.cost(new Fill(k, fill));
      double efficiency = cost == 0 ? value * 1e12 : value / cost;
      if (value > 0 && efficiency > most * (1 + 1e-12)) {
        most = efficiency;
        best = new Fill(k, fill);
      }
    }
    return best;
  }

  private Counts mostWorth(int kind) {
    Counts[] best = {new Counts(new int[left.size()])};
    double[] most = {0};
    Kind of = problem.kinds().get(kind);
    boolean _ =
        problem.fills(
            kind,
            left,
            -1,
            MOST_LOOKS + left.size(),
            fill -> {
              // Where each pod costs its share, what counts is what it costs less than elsewhere.
              double value =
                  value(fill) - (of.share() > 0 ? problem.cost(new Fill(kind, fill)) : 0);
              if (value > most[0] * (1 + 1e-12)) {
                most[0] = value;
                best[0] = fill;
              }
            });
    return best[0];
  }

  private boolean thereFor(Counts fill) {
    for (int size = 0; size < fill.size(); size++) {
      if (fill.of(size) > left.of(size)) {
        return false;
      }
    }
    return true;
  }

  private double value(Counts fill) {
    double value = 0;
    for (int size = 0; size < fill.size(); size++) {
      value += fill.of(size) * worth[size];
    }
    return value;
  }

  private int times(Fill fill) {
    int times = machinesLeft[fill.kind()];
    for (int size = 0; size < left.size(); size++) {
      if (fill.pods().of(size) > 0) {
        times = Math.min(times, left.of(size) / fill.pods().of(size));
      }
    }
    return times;
  }

  private void take(Fill fill) {
    machines.add(fill);
    price += problem.cost(fill);
    machinesLeft[fill.kind()]--;
    left = left.less(fill.pods());
  }
}
