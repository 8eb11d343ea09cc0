package dev.windfall.reconciler.bursts;

import dev.windfall.policies.Needs;
import java.util.List;
import java.util.function.Consumer;

/**
 * So many pods of each size, and the machines that there may be.
 *
 * @param sizes the largest first
 * @param counts pods of each size
 */
record Problem(List<Kind> kinds, List<Size> sizes, Counts counts) {
  Problem {
    kinds = List.copyOf(kinds);
    sizes = List.copyOf(sizes);
  }

  /** What one machine holds: of each size so many. */
  record Fill(int kind, Counts pods) {}

  boolean fits(int kind, int size) {
    return sizes.get(size).kinds().get(kind) && kinds.get(kind).holds(sizes.get(size));
  }

  int pods() {
    return counts.total();
  }

  /** How many kinds of machines may run out before everybody has one. */
  boolean scarce(int kind) {
    return kinds.get(kind).count() < pods();
  }

  /**
   * Everything that a machine can hold of {@code left}. Where a pod more costs nothing more, only
   * that to which none could be added: to leave room for a pod that has to be somewhere never costs
   * less.
   *
   * @param first a size of which at least one is in it; negative: any
   * @param most looks, after which it gives up
   * @return whether all of them were found
   */
  boolean fills(int kind, Counts left, int first, int most, Consumer<Counts> found) {
    return new Fills(kind, left, first, most, found).run();
  }

  private final class Fills {
    private final int kind;
    private final Counts left;
    private final int first;
    private final Consumer<Counts> found;
    private final int[] taken;
    private int looks;

    Fills(int kind, Counts left, int first, int most, Consumer<Counts> found) {
      this.kind = kind;
      this.left = left;
      this.first = first;
      this.found = found;
      this.taken = new int[left.size()];
      this.looks = most;
    }

    boolean run() {
      Kind of = kinds.get(kind);
      go(0, of.gpus(), of.room());
      return looks >= 0;
    }

    private void go(int size, int gpus, Needs room) {
      if (looks-- <= 0) {
        looks = -1;
        return;
      }
      if (size == left.size()) {
        if (kinds.get(kind).share() > 0 || full(gpus, room)) {
          found.accept(new Counts(taken));
        }
        return;
      }
      int most = fits(kind, size) ? most(sizes.get(size), left.of(size), gpus, room) : 0;
      int least = size == first ? 1 : 0;
      for (int n = most; n >= least && looks >= 0; n--) {
        taken[size] = n;
        go(size + 1, gpus - n * sizes.get(size).gpus(), less(room, sizes.get(size), n));
      }
      taken[size] = 0;
    }

    private boolean full(int gpus, Needs room) {
      for (int size = 0; size < left.size(); size++) {
        if (taken[size] < left.of(size)
            && fits(kind, size)
            && sizes.get(size).gpus() <= gpus
            && sizes.get(size).needs().within(room)) {
          return false;
        }
      }
      return true;
    }
  }

  /** What a machine costs with its pods. */
  long cost(Fill fill) {
    int gpus = 0;
    for (int size = 0; size < fill.pods().size(); size++) {
      gpus += fill.pods().of(size) * sizes.get(size).gpus();
    }
    return kinds.get(fill.kind()).cost(gpus);
  }

  /** How many pods of {@code size} there is room for. */
  static int most(Size size, int count, int gpus, Needs room) {
    long most = Math.min(count, gpus / size.gpus());
    if (size.needs().milliCpu() > 0) {
      most = Math.min(most, room.milliCpu() / size.needs().milliCpu());
    }
    if (size.needs().memory() > 0) {
      most = Math.min(most, room.memory() / size.needs().memory());
    }
    return (int) most;
  }

  private static Needs less(Needs room, Size size, int n) {
    return n == 0
        ? room
        : new Needs(
            room.milliCpu() - n * size.needs().milliCpu(),
            room.memory() - n * size.needs().memory());
  }
}
