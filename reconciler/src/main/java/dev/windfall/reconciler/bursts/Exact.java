package dev.windfall.reconciler.bursts;

import dev.windfall.reconciler.bursts.Problem.Fill;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The cheapest packing there is. A dynamic programme over what is left: some machine holds the
 * largest pod that is left, with whatever else, and the rest is packed as cheaply as can be. Where
 * machines may run out, how many there are left is part of the state.
 */
final class Exact {
  /** More states than this are left to a rule of thumb. */
  private static final int MOST_STATES = 6_000;

  /** Each takes room on the stack. */
  private static final int MOST_PODS = 400;

  private static final int MOST_LOOKS = 400_000;

  /** Each pod without a machine counts for more than any machine costs. */
  private static final long UNPLACED = 1L << 40;

  private final Problem problem;
  private final int[] scarce;
  private final List<Integer> kinds;
  private final Map<Counts, Step> steps = new HashMap<>();
  private int looks = MOST_LOOKS;

  /**
   * The best that can be done next.
   *
   * @param kind negative: one pod of the largest size is left without a machine
   */
  private record Step(long cost, int kind, Counts fill) {}

  private static final class TooMuchException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    TooMuchException() {
      super("too many states", null, false, false);
    }
  }

  private Exact(Problem problem) {
    this.problem = problem;
    this.kinds = worthIt(problem);
    this.scarce = kinds.stream().mapToInt(k -> k).filter(problem::scarce).toArray();
  }

  /**
   * Packs {@code counts} of the problem's sizes.
   *
   * @return empty when that is too much work
   */
  static Optional<Packing> solve(Problem problem, Counts counts) {
    double states = 1;
    for (int size = 0; size < counts.size(); size++) {
      states *= counts.of(size) + 1.0;
    }
    if (states > MOST_STATES || counts.total() > MOST_PODS) {
      return Optional.empty();
    }
    Exact exact = new Exact(problem);
    int[] state = Arrays.copyOf(counts.toArray(), counts.size() + exact.scarce.length);
    for (int i = 0; i < exact.scarce.length; i++) {
      state[counts.size() + i] = problem.kinds().get(exact.scarce[i]).count();
    }
    try {
      long _ = exact.cost(new Counts(state));
      return Optional.of(exact.walk(new Counts(state)));
    } catch (TooMuchException e) {
      return Optional.empty();
    }
  }

  /** The kinds of which none is as large, as cheap and open to as many. */
  private static List<Integer> worthIt(Problem problem) {
    List<Integer> worth = new ArrayList<>();
    for (int kind = 0; kind < problem.kinds().size(); kind++) {
      boolean beaten = problem.kinds().get(kind).count() == 0;
      for (int other = 0; other < problem.kinds().size() && !beaten; other++) {
        beaten =
            other != kind
                && !problem.scarce(other)
                && asGood(problem, other, kind)
                && !(other > kind && !problem.scarce(kind) && asGood(problem, kind, other));
      }
      if (!beaten) {
        worth.add(kind);
      }
    }
    return worth;
  }

  private static boolean asGood(Problem problem, int one, int other) {
    Kind a = problem.kinds().get(one);
    Kind b = problem.kinds().get(other);
    return a.price() <= b.price()
        && a.share() <= b.share()
        && a.gpus() >= b.gpus()
        && b.room().within(a.room())
        && problem.sizes().stream()
            .allMatch(size -> size.kinds().get(one) || !size.kinds().get(other));
  }

  private long cost(Counts state) {
    int first = first(state);
    if (first < 0) {
      return 0;
    }
    Step known = steps.get(state);
    if (known != null) {
      return known.cost();
    }
    if (steps.size() > MOST_STATES) {
      throw new TooMuchException();
    }
    int sizes = problem.sizes().size();
    Counts left = state.first(sizes);
    List<Fill> fills = new ArrayList<>();
    for (int kind : kinds) {
      if (left(state, kind) > 0 && problem.fits(kind, first)) {
        boolean all =
            problem.fills(kind, left, first, looks, pods -> fills.add(new Fill(kind, pods)));
        looks -= fills.size() + 1;
        if (!all || looks <= 0) {
          throw new TooMuchException();
        }
      }
    }
    Step best = new Step(UNPLACED + cost(state.lessOne(first)), -1, Counts.NONE);
    for (Fill fill : fills) {
      if (best.cost() == 0) {
        break;
      }
      long cost = problem.cost(fill) + cost(after(state, fill));
      if (cost < best.cost()) {
        best = new Step(cost, fill.kind(), fill.pods());
      }
    }
    steps.put(state, best);
    return best.cost();
  }

  private int first(Counts state) {
    for (int size = 0; size < problem.sizes().size(); size++) {
      if (state.of(size) > 0) {
        return size;
      }
    }
    return -1;
  }

  private int left(Counts state, int kind) {
    for (int i = 0; i < scarce.length; i++) {
      if (scarce[i] == kind) {
        return state.of(problem.sizes().size() + i);
      }
    }
    return Integer.MAX_VALUE;
  }

  private Counts after(Counts state, Fill fill) {
    Counts after = state.less(fill.pods());
    for (int i = 0; i < scarce.length; i++) {
      if (scarce[i] == fill.kind()) {
        after = after.lessOne(problem.sizes().size() + i);
      }
    }
    return after;
  }

  private Packing walk(Counts start) {
    List<Fill> machines = new ArrayList<>();
    int[] unplaced = new int[problem.sizes().size()];
    long price = 0;
    Counts state = start;
    for (int first = first(state); first >= 0; first = first(state)) {
      Step step = steps.getOrDefault(state, new Step(0, -1, Counts.NONE));
      if (step.kind() < 0) {
        unplaced[first]++;
        state = state.lessOne(first);
      } else {
        Fill fill = new Fill(step.kind(), step.fill());
        machines.add(fill);
        price += problem.cost(fill);
        state = after(state, fill);
      }
    }
    return new Packing(machines, new Counts(unplaced), price);
  }
}
