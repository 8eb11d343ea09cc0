package dev.windfall.reconciler.rungs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.reconciler.rungs.Headroom.Share;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;

class HeadroomTest {
  private static final long ANY = Long.MAX_VALUE;

  private static Share share(int machine, int used) {
    return new Share(machine, 0, used, false);
  }

  private static Share awaited(int machine) {
    return new Share(machine, 0, 0, true);
  }

  @Test
  void theFirstHasHalfAndTheLastTheRest() {
    assertEquals(
        List.of(8, 4, 4), Headroom.divide(16, ANY, List.of(share(1, 0), share(1, 0), share(1, 0))));
  }

  @Test
  void aShareIsWholeMachines() {
    assertEquals(List.of(8, 1), Headroom.divide(9, ANY, List.of(share(8, 0), share(1, 0))));
  }

  @Test
  void whatPodsWaitForHasAMachineBeforeAnyOtherHasTwo() {
    assertEquals(
        List.of(0, 0, 8), Headroom.divide(8, ANY, List.of(share(1, 0), share(1, 0), awaited(8))));
    assertEquals(
        List.of(4, 2, 8), Headroom.divide(16, ANY, List.of(share(1, 0), share(1, 0), awaited(8))));
  }

  @Test
  void ofWhatPodsWaitForTheFirstComesFirstWhileOneFits() {
    assertEquals(List.of(8, 0), Headroom.divide(8, ANY, List.of(awaited(8), awaited(8))));
    assertEquals(
        List.of(8, 1),
        Headroom.divide(9, ANY, List.of(awaited(8), awaited(4), awaited(1))).stream()
            .filter(limit -> limit > 0)
            .toList());
  }

  @Test
  void aMachineThatNobodyHasTheDollarsForTakesNothing() {
    Share dear = new Share(1, 30, 0, true);
    assertEquals(List.of(0, 2), Headroom.divide(8, 20, List.of(dear, new Share(1, 10, 0, true))));
  }

  @Test
  void nothingIsLeftWhenMoreIsUsedThanAllowed() {
    assertEquals(List.of(5, 0), Headroom.divide(4 - 6, ANY, List.of(share(1, 5), share(1, 0))));
  }

  @Test
  void headroomIsNeverExceeded() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      List<Share> rungs = new ArrayList<>();
      int elsewhere = random.nextInt(10);
      int used = elsewhere;
      for (int i = random.nextInt(10); i > 0; i--) {
        int machine = 1 << random.nextInt(4);
        int bought = machine * random.nextInt(3);
        rungs.add(new Share(machine, 0, bought, random.nextBoolean()));
        used += rungs.getLast().used();
      }
      int limit = random.nextInt(100);
      int most = Math.max(limit, used) - elsewhere;
      List<Integer> limits = Headroom.divide(limit - used, ANY, rungs);
      int sum = limits.stream().mapToInt(Integer::intValue).sum();
      assertTrue(
          sum <= most, () -> "seed " + seed + ": " + limits + " of " + limit + " for " + rungs);
    }
  }
}
