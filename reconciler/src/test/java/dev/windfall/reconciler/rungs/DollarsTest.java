package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.policies.Capacity;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.Market;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** {@code limits.usdPerHour}: closing, not killing. */
class DollarsTest {
  private final Cluster cluster =
      new Cluster().prices(book(offer("g6.xlarge", "a", "0.40"), offer("g5.xlarge", "b", "0.50")));

  private Cluster most(String usd) {
    return cluster.pool("gpu", "'limits': {'usdPerHour': '" + usd + "'}");
  }

  private JsonNode ready() {
    return Conditions.find(cluster.status("gpu").path("conditions"), Conditions.READY);
  }

  @Test
  void whatMayBeSpentIsDividedAmongTheRungsByWhatAMachineCosts() {
    most("4").settle();
    assertEquals("5", cluster.limit("g6.xlarge/a"));
    assertEquals("4", cluster.limit("g5.xlarge/b"));
  }

  @Test
  void aMachineOfManyGpusCountsWithItsWholePrice() {
    cluster.prices(
        book(
            offer("g6.xlarge", "a", "0.40"),
            Market.offer("g6.48xlarge", "a", Capacity.SPOT, 8, "8.00", Optional.empty())));
    most("10").settle();
    assertEquals("12", cluster.limit("g6.xlarge/a"));
    assertEquals("0", cluster.limit("g6.48xlarge/a"));
  }

  @Test
  void bothLimitsHold() {
    cluster.pool("gpu", "'limits': {'usdPerHour': '4', 'gpus': 4}").settle();
    assertEquals("2", cluster.limit("g6.xlarge/a"));
    assertEquals("2", cluster.limit("g5.xlarge/b"));
  }

  @Test
  void aSpentPoolBuysNothingMoreAndKeepsWhatRuns() {
    most("0.80").settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.settle();
    assertEquals("2", cluster.limit("g6.xlarge/a"));
    assertEquals("0", cluster.limit("g5.xlarge/b"));
    assertEquals("LimitReached", ready().path("reason").asText());
    assertEquals("0.8000", cluster.status("gpu").path("usdPerHour").asText());
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void aPriceThatRisesTakesHeadroomAndNoNode() {
    most("2").settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.prices(book(offer("g6.xlarge", "a", "1.50"), offer("g5.xlarge", "b", "0.50")));
    Plan plan = cluster.settle();
    assertTrue(plan.actions().stream().noneMatch(Action.Delete.class::isInstance), plan::toString);
    assertEquals("2", cluster.limit("g6.xlarge/a"));
    assertEquals("0", cluster.limit("g5.xlarge/b"));
  }

  @Test
  void whatRunsOnAClosedRungIsSpentToo() {
    most("1").settle();
    cluster.launch(cluster.rung("g5.xlarge/b"));
    cluster.pool("gpu", "'limits': {'usdPerHour': '1'}, 'families': ['g6']").settle();
    assertEquals("1", cluster.limit("g6.xlarge/a"));
  }

  @Test
  void noiseInPricesMovesNoLimit() {
    most("4").settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.settle();
    cluster.prices(book(offer("g6.xlarge", "a", "0.405"), offer("g5.xlarge", "b", "0.512")));
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void withALimitRaisedItBuysAgain() {
    most("0").settle();
    assertEquals("LimitReached", ready().path("reason").asText());
    most("4").settle();
    assertEquals("Open", ready().path("reason").asText());
  }

  /** Whatever is bought within the limits of the rungs, the pool spends no more than it may. */
  @Test
  void theRungsTogetherNeverSpendMoreThanThePoolMay() {
    long seed = new Random().nextLong();
    Random random = new Random(seed);
    for (int round = 0; round < 2000; round++) {
      List<Headroom.Share> rungs = new ArrayList<>();
      for (int i = 1 + random.nextInt(9); i > 0; i--) {
        int machine = 1 << random.nextInt(4);
        rungs.add(new Headroom.Share(machine, random.nextInt(5_000_000), 0, random.nextBoolean()));
      }
      long most = random.nextInt(50_000_000);
      List<Integer> limits = Headroom.divide(1000, most, rungs);
      long spent = 0;
      int gpus = 0;
      for (int i = 0; i < rungs.size(); i++) {
        spent += limits.get(i) / rungs.get(i).machine() * rungs.get(i).cost();
        gpus += limits.get(i);
      }
      long total = spent;
      int all = gpus;
      assertTrue(total <= most, () -> "seed " + seed + ": " + total + " of " + most);
      assertTrue(all <= 1000, () -> "seed " + seed + ": " + all + " GPUs");
    }
  }

  @Test
  void withoutALimitThereIsNone() {
    cluster.pool("gpu", "").settle();
    assertEquals("none", cluster.limit("g6.xlarge/a"));
  }
}
