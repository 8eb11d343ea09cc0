package dev.windfall.reconciler.rungs;

import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalInt;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;

class WeightsTest {
  private static int[] assign(int... recorded) {
    return Weights.assign(
        Arrays.stream(recorded)
            .mapToObj(w -> w == 0 ? OptionalInt.empty() : OptionalInt.of(w))
            .toList());
  }

  @Test
  void whatIsInOrderStays() {
    assertArrayEquals(new int[] {80, 50, 20}, assign(80, 50, 20));
  }

  @Test
  void aNewcomerFindsAPlaceBetween() {
    assertArrayEquals(new int[] {80, 65, 50}, assign(80, 0, 50));
  }

  @Test
  void twoNeighboursThatSwapAreAtMostTwoWrites() {
    int[] weights = assign(80, 40, 41, 20);
    assertEquals(80, weights[0]);
    assertEquals(20, weights[3]);
    assertTrue(weights[1] > weights[2], () -> Arrays.toString(weights));
  }

  @Test
  void aCrowdedPlaceIsSpreadOut() {
    assertArrayEquals(new int[] {90, 70, 50, 30}, assign(90, 0, 89, 88));
  }

  @Test
  void aWeightOutsideTheBandIsNotKept() {
    assertArrayEquals(new int[] {64, 37}, assign(100, 3));
  }

  @Test
  void weightsFallWithinTheBandWhateverWasThere() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      List<OptionalInt> recorded = new ArrayList<>();
      int n = random.nextInt(Planner.MOST_RUNGS + 1);
      IntStream.range(0, n)
          .mapToObj(
              i -> random.nextBoolean() ? OptionalInt.empty() : OptionalInt.of(random.nextInt(120)))
          .forEach(recorded::add);
      int[] weights = Weights.assign(recorded);
      int above = Weights.HEAVIEST + 1;
      for (int weight : weights) {
        assertTrue(
            weight < above && weight >= Weights.LIGHTEST,
            () -> "seed " + seed + ": " + recorded + " gives " + Arrays.toString(weights));
        above = weight;
      }
    }
  }
}
