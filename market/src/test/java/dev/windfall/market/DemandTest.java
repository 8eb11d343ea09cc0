package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.book;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class DemandTest {
  private static final PriceBook ONE_AND_EIGHT =
      book(offer("g6.xlarge", "0.80"), offer("g6.48xlarge", "4.00").gpus(8));

  @Test
  void aMachineThatNobodyInParticularAsksForCountsWithAllItsGpus() {
    assertEquals(8, Demand.whole().usable(8));
    assertEquals("g6.48xlarge", best(Demand.whole()));
  }

  @Test
  void anEightGpuMachineIsNoBargainForOnePod() {
    assertEquals("g6.xlarge", best(Demand.pod(1)));
    assertEquals("g6.xlarge", best(Demand.waiting(List.of(1), 1)));
  }

  @Test
  void anEightGpuMachineIsABargainForEightPods() {
    assertEquals("g6.48xlarge", best(Demand.waiting(Collections.nCopies(8, 1), 1)));
  }

  @Test
  void aLargePodThatWasSeenLastMakesNoBargainForTheSmallOneThatWaits() {
    assertEquals("g6.xlarge", best(Demand.waiting(List.of(1), 8)));
  }

  @Test
  void aPodLargerThanTheMachineDoesNotFit() {
    assertFalse(Demand.pod(4).fits(1));
    assertTrue(Demand.pod(4).fits(4));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # waiting        | seen last | GPUs | used
                           | 1         | 8    | 1
                           | 4         | 8    | 4
                           | 16        | 8    | 8
                           | 0         | 8    | 1
          1                | 1         | 8    | 1
          1                | 8         | 8    | 1
          1, 1, 1          | 1         | 8    | 3
          1, 2, 4          | 1         | 8    | 7
          4, 4, 4          | 1         | 8    | 8
          3, 3, 3          | 1         | 8    | 6
          5, 5             | 1         | 8    | 5
          5, 3, 4          | 1         | 8    | 8
          6, 5, 2          | 1         | 8    | 8
          16               | 1         | 8    | 1
          16               | 2         | 8    | 2
          16, 2            | 1         | 8    | 2
          1, 1, 1          | 1         | 1    | 1
          """)
  void aMachineIsUsedAsFarAsWhatWaitsFitsOnIt(String waiting, int seenLast, int gpus, int used) {
    List<Integer> pods =
        waiting == null
            ? List.of()
            : Arrays.stream(waiting.split(", ", -1)).map(Integer::parseInt).toList();

    assertEquals(used, Demand.waiting(pods, seenLast).usable(gpus));
  }

  @Test
  void aMachineTooSmallForWhatWaitsStaysInTheOrderForWhatMayCome() {
    assertTrue(Demand.waiting(List.of(8), 8).fits(1));
  }

  /** Each offer counted all pods again, which took the better part of a minute. */
  @Test
  @Timeout(5)
  void manyPodsAreCountedOnceAndNotForEachOffer() {
    Demand demand = Demand.waiting(Collections.nCopies(100_000, 3), 1);
    for (int offer = 0; offer < 20_000; offer++) {
      assertEquals(3, demand.usable(4));
    }
  }

  private static String best(Demand demand) {
    return Rank.rank(Ranks.everything(demand), ONE_AND_EIGHT, NOW)
        .offers()
        .getFirst()
        .offer()
        .key()
        .instanceType();
  }
}
