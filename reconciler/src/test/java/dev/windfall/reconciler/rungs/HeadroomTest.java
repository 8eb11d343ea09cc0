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

  @Test
  void theFirstHasHalfAndTheLastTheRest() {
    assertEquals(
        List.of(8, 4, 4),
        Headroom.divide(
            16, ANY, List.of(new Share(1, 0, 0), new Share(1, 0, 0), new Share(1, 0, 0))));
  }

  @Test
  void aShareIsWholeMachines() {
    assertEquals(
        List.of(8, 1), Headroom.divide(9, ANY, List.of(new Share(8, 0, 0), new Share(1, 0, 0))));
  }

  @Test
  void nothingIsLeftWhenMoreIsUsedThanAllowed() {
    assertEquals(
        List.of(5, 0),
        Headroom.divide(4 - 6, ANY, List.of(new Share(1, 0, 5), new Share(1, 0, 0))));
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
        rungs.add(new Share(machine, 0, machine * random.nextInt(3)));
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
