package dev.windfall.reconciler.bursts;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.Needs;
import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.Comparator;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** The least that machines for pods can cost, against a solver that tries every way there is. */
class PackingTest {
  private static final Needs PLENTY = new Needs(1_000_000, 1L << 50);
  private static final Needs NOTHING = Needs.NONE;

  /** The machine may be busy with other things. */
  private static final ThreadMXBean THREADS = ManagementFactory.getThreadMXBean();

  private static Kind kind(int gpus, long price) {
    return new Kind(gpus, PLENTY, price, Integer.MAX_VALUE);
  }

  private static Size size(int gpus, Needs needs, int... kinds) {
    BitSet allowed = new BitSet();
    for (int kind : kinds) {
      allowed.set(kind);
    }
    return new Size(gpus, needs, allowed);
  }

  /** Pods that may use all kinds, by their GPUs. */
  private static Problem problem(List<Kind> kinds, int... pods) {
    List<Size> sizes = new ArrayList<>();
    int[] all = new int[kinds.size()];
    for (int k = 0; k < all.length; k++) {
      all[k] = k;
    }
    int[] counts = new int[9];
    for (int pod : pods) {
      counts[pod]++;
    }
    List<Integer> present = new ArrayList<>();
    for (int gpus = 8; gpus > 0; gpus--) {
      if (counts[gpus] > 0) {
        sizes.add(size(gpus, NOTHING, all));
        present.add(counts[gpus]);
      }
    }
    return new Problem(
        kinds, sizes, new Counts(present.stream().mapToInt(Integer::intValue).toArray()));
  }

  private static void holds(Problem problem, Packing packing) {
    Counts left = problem.counts();
    int[] used = new int[problem.kinds().size()];
    long price = 0;
    for (Problem.Fill fill : packing.machines()) {
      Kind kind = problem.kinds().get(fill.kind());
      int gpus = 0;
      Needs needs = NOTHING;
      for (int s = 0; s < fill.pods().size(); s++) {
        for (int i = 0; i < fill.pods().of(s); i++) {
          assertTrue(problem.sizes().get(s).kinds().get(fill.kind()), "a kind that is not allowed");
          gpus += problem.sizes().get(s).gpus();
          needs = needs.plus(problem.sizes().get(s).needs());
        }
      }
      assertTrue(gpus > 0 && gpus <= kind.gpus() && needs.within(kind.room()), fill::toString);
      left = left.less(fill.pods());
      used[fill.kind()]++;
      price += kind.cost(gpus);
    }
    assertEquals(left, packing.left());
    assertEquals(price, packing.price());
    for (int k = 0; k < used.length; k++) {
      assertTrue(used[k] <= problem.kinds().get(k).count(), "more machines than there are");
    }
  }

  /** Every way to put one pod after the other on a machine that is open, or on a new one. */
  private static final class EveryWay {
    private final Problem problem;
    private final List<Integer> pods = new ArrayList<>();
    private long most;
    private long least = Long.MAX_VALUE;

    private record Machine(int kind, int gpus, Needs room) {}

    EveryWay(Problem problem) {
      this.problem = problem;
      for (int s = 0; s < problem.sizes().size(); s++) {
        for (int i = 0; i < problem.counts().of(s); i++) {
          pods.add(s);
        }
      }
    }

    /** The most pods, and of that the least price. */
    long[] solve() {
      place(0, new ArrayList<>(), 0, 0);
      return new long[] {most, least};
    }

    private void place(int pod, List<Machine> machines, long placed, long price) {
      if (pod == pods.size()) {
        if (placed > most || (placed == most && price < least)) {
          most = placed;
          least = price;
        }
        return;
      }
      Size size = problem.sizes().get(pods.get(pod));
      for (int m = 0; m < machines.size(); m++) {
        Machine open = machines.get(m);
        if (size.kinds().get(open.kind())
            && size.gpus() <= open.gpus()
            && size.needs().within(open.room())) {
          machines.set(
              m,
              new Machine(open.kind(), open.gpus() - size.gpus(), open.room().minus(size.needs())));
          long share = problem.kinds().get(open.kind()).share() * size.gpus();
          place(pod + 1, machines, placed + 1, price + share);
          machines.set(m, open);
        }
      }
      for (int k = 0; k < problem.kinds().size(); k++) {
        Kind kind = problem.kinds().get(k);
        int of = k;
        if (problem.fits(k, pods.get(pod))
            && machines.stream().filter(m -> m.kind() == of).count() < kind.count()) {
          machines.add(new Machine(k, kind.gpus() - size.gpus(), kind.room().minus(size.needs())));
          place(pod + 1, machines, placed + 1, price + kind.cost(size.gpus()));
          machines.removeLast();
        }
      }
      place(pod + 1, machines, placed, price);
    }
  }

  private static Problem random(Random random) {
    List<Kind> kinds = new ArrayList<>();
    int some = 1 + random.nextInt(4);
    for (int k = 0; k < some; k++) {
      int gpus = 1 << random.nextInt(4);
      kinds.add(
          new Kind(
              gpus,
              new Needs(gpus * (2_000L + 1_000L * random.nextInt(4)), gpus * 16L),
              random.nextInt(5) == 0 ? 0 : gpus * (50L + random.nextInt(100)),
              random.nextInt(3) == 0 ? 30L + random.nextInt(100) : 0,
              random.nextBoolean() ? Integer.MAX_VALUE : random.nextInt(3)));
    }
    List<Size> sizes = new ArrayList<>();
    int different = 1 + random.nextInt(3);
    for (int s = 0; s < different; s++) {
      int gpus = 1 << random.nextInt(4);
      int[] allowed = random.ints(0, 10).limit(some).map(i -> i).toArray();
      BitSet open = new BitSet();
      for (int k = 0; k < some; k++) {
        open.set(k, allowed[k] > 0);
      }
      sizes.add(new Size(gpus, new Needs(gpus * 1_000L * random.nextInt(5), gpus * 4L), open));
    }
    sizes.sort(Size.LARGEST);
    return new Problem(kinds, sizes, new Counts(random.ints(different, 1, 3).toArray()));
  }

  @Test
  void aSmallBurstCostsTheLeastThereIs() {
    for (int seed = 0; seed < 400; seed++) {
      Problem problem = random(new Random(seed));
      Packing packing = Packing.of(problem);
      long[] best = new EveryWay(problem).solve();

      holds(problem, packing);
      assertEquals(best[0], problem.pods() - packing.left().total(), "seed " + seed);
      assertEquals(best[1], packing.price(), "seed " + seed);
    }
  }

  @Test
  void theRuleOfThumbIsNearTheLeastThereIs() {
    double sum = 0;
    double worst = 1;
    int compared = 0;
    for (int seed = 0; seed < 300; seed++) {
      Random random = new Random(seed);
      List<Kind> kinds =
          List.of(
              kind(1, 40 + random.nextInt(20)),
              kind(2, 70 + random.nextInt(40)),
              kind(4, 120 + random.nextInt(120)),
              kind(8, 250 + random.nextInt(300)));
      Problem problem = problem(kinds, random.ints(12, 0, 4).map(power -> 1 << power).toArray());
      Packing exact = Exact.solve(problem, problem.counts()).orElseThrow();
      Packing greedy = Greedy.byRule(problem);
      holds(problem, greedy);
      double ratio = (double) greedy.price() / exact.price();
      sum += ratio;
      worst = Math.max(worst, ratio);
      compared++;
    }
    assertTrue(sum / compared <= 1.02, "average " + sum / compared);
    assertTrue(worst <= 1.15, "worst " + worst);
  }

  @Test
  void thousandsOfPodsTakeMilliseconds() {
    Random random = new Random(1);
    List<Kind> kinds = new ArrayList<>();
    for (int k = 0; k < 50; k++) {
      int gpus = 1 << random.nextInt(4);
      kinds.add(kind(gpus, gpus * (40L + random.nextInt(60))));
    }
    for (int k = 0; k < 200; k++) {
      kinds.add(new Kind(1 + random.nextInt(4), PLENTY, 0, 1 + random.nextInt(3)));
    }
    Problem problem = problem(kinds, random.ints(5_000, 0, 4).map(power -> 1 << power).toArray());
    Packing packing = Packing.of(problem);
    holds(problem, packing);
    assertEquals(0, packing.left().total());

    List<Duration> times = new ArrayList<>();
    for (int i = 0; i < 15; i++) {
      long start = THREADS.getCurrentThreadCpuTime();
      var _ = Packing.of(problem);
      times.add(Duration.ofNanos(THREADS.getCurrentThreadCpuTime() - start));
    }
    Duration median = times.stream().sorted(Comparator.naturalOrder()).toList().get(7);
    System.out.println("5,000 pods, 250 kinds of machines: median " + median);
    assertTrue(median.toMillis() < 100, "median " + median);
  }

  @Test
  void aMachineThatIsThereIsFilledBeforeOneIsBought() {
    Problem problem = problem(List.of(new Kind(1, PLENTY, 0, 1), kind(1, 40), kind(4, 190)), 4, 1);

    assertEquals(190, Packing.of(problem).price());
  }

  @Test
  void aPlaceBesideOthersIsTakenWhereItsShareIsLessThanAMachineOfOnesOwn() {
    Kind dear = new Kind(3, PLENTY, 0, 50, 1);

    assertEquals(40, Packing.of(problem(List.of(dear, kind(1, 40), kind(4, 190)), 1)).price());
    assertEquals(100, Packing.of(problem(List.of(dear, kind(1, 40), kind(4, 190)), 2)).price());
  }

  @Test
  void processorsAndMemoryCountAsGpusDo() {
    Kind four = new Kind(4, new Needs(16_000, 64), 150, Integer.MAX_VALUE);
    Size hungry = size(1, new Needs(10_000, 16), 0);
    Problem problem = new Problem(List.of(four), List.of(hungry), new Counts(3));

    assertEquals(3, Packing.of(problem).machines().size());
  }

  @Test
  void whoFitsNowhereIsLeft() {
    Packing packing = Packing.of(problem(List.of(kind(4, 100)), 8, 4));

    assertEquals(new Counts(1, 0), packing.left());
    assertEquals(100, packing.price());
  }

  @Test
  void noMoreMachinesAreTakenThanThereAre() {
    Kind cheap = new Kind(1, PLENTY, 10, 2);
    Packing packing = Packing.of(problem(List.of(cheap, kind(1, 30)), 1, 1, 1));

    assertEquals(50, packing.price());
  }

  @Test
  void theSameBurstIsPackedTheSameWay() {
    Problem problem = random(new Random(5));

    assertEquals(Packing.of(problem), Packing.of(problem));
  }
}
