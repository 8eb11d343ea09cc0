package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

/** {@code mode: Observe}: what would be done is told, and nothing is done. */
class ObserveTest {
  private static final PriceBook TWO =
      book(
          offer("g6.xlarge", "a", "0.40"),
          offer("g5.xlarge", "b", "0.50"),
          Market.offer("g6.xlarge", "a", Capacity.ON_DEMAND, 1, "1.00", Optional.empty()));

  private final Cluster cluster = new Cluster().prices(TWO);

  private JsonNode observed() {
    return cluster.status("gpu").path("observed");
  }

  private List<String> would() {
    return observed().path("actions").valueStream().map(JsonNode::asText).toList();
  }

  @Test
  void nothingButTheStatusIsWritten() {
    cluster.pool("gpu", "'mode': 'Observe'");
    cluster.poolObject("gpu").withObject("/metadata").remove("finalizers");
    Plan plan = cluster.settle();
    assertEquals(List.of(), plan.actions());
    assertEquals(List.of(), plan.finalizers());
    assertEquals(
        List.of(
            "make gpu-g6-xlarge-eu-central-1a-5d7aa610",
            "make gpu-g5-xlarge-eu-central-1b-4b99fa86"),
        would());
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void itSaysThatItOnlyObserves() {
    Plan plan = cluster.pool("gpu", "'mode': 'Observe'").settle();
    JsonNode ready = Conditions.find(cluster.status("gpu").path("conditions"), "Ready");
    assertEquals("Observing", ready.path("reason").asText());
    assertEquals(
        List.of("NORMAL Observing"),
        plan.statuses().getFirst().notices().stream()
            .map(n -> n.type() + " " + n.reason())
            .toList());
  }

  @Test
  void withoutRungsTheSavingIsAgainstTheNodesOfTheSameNodeClass() {
    cluster.pool("gpu", "'mode': 'Observe'").launchElsewhere("g6.xlarge", "a", "on-demand");
    cluster.launchElsewhere("g6.xlarge", "a", "spot").launchElsewhere("m7.large", "a", "spot");
    cluster.settle();
    assertEquals("2 machines of node class gpu", observed().path("compared").asText());
    assertEquals("1.4000", observed().path("usdPerHour").asText());
    assertEquals("0.6000", observed().path("savesUsdPerHour").asText());
  }

  @Test
  void withRungsFromBeforeTheSavingIsAgainstTheirNodes() {
    cluster.pool("gpu", "").settle();
    cluster.launch(cluster.rung("g5.xlarge/b"));
    cluster.launchElsewhere("g6.xlarge", "a", "on-demand");
    cluster.pool("gpu", "'mode': 'Observe'").settle();
    assertEquals("1 machine of its rungs", observed().path("compared").asText());
    assertEquals("0.1000", observed().path("savesUsdPerHour").asText());
  }

  @Test
  void aMachineThatCostsLessAlreadyTakesNothingFromTheSaving() {
    cluster.prices(book(offer("g6.xlarge", "a", "0.40"), offer("g5.xlarge", "b", "0.30")));
    cluster.pool("gpu", "'mode': 'Observe', 'families': ['g6']");
    cluster.launchElsewhere("g5.xlarge", "b", "spot").settle();
    assertEquals("0.0000", observed().path("savesUsdPerHour").asText());
  }

  @Test
  void rungsThatAreThereStayAsTheyAreWhateverThePricesDo() {
    cluster.pool("gpu", "").settle();
    cluster.pool("gpu", "'mode': 'Observe'").prices(book(offer("g5.xlarge", "b", "0.10")));
    assertEquals(List.of(), cluster.settle().actions());
    assertEquals(2, cluster.status("gpu").path("openRungs").asInt());
    assertTrue(would().contains("close " + cluster.rung("g6.xlarge/a")), would()::toString);
  }

  @Test
  void switchingBackDoesWhatWasTold() {
    cluster.pool("gpu", "'mode': 'Observe'").settle();
    Plan plan = cluster.pool("gpu", "").settle();
    assertEquals(2, plan.actions().size());
    assertTrue(observed().isMissingNode());
  }

  @Test
  void aPoolThatObservesMovesNoRungOfAnother() {
    cluster.pool("gpu", "").settle();
    List<String> order = cluster.order();
    cluster.pool("cheap", "'mode': 'Observe', 'families': ['g6']");
    assertEquals(List.of(), cluster.settle().actions());
    assertEquals(order, cluster.order());
  }

  @Test
  void whatItWouldDoIsWorkedOutOnceAMinute() {
    cluster.pool("gpu", "'mode': 'Observe'").settle();
    cluster.prices(book(offer("g6.2xlarge", "a", "0.10"))).later(Duration.ofSeconds(59));
    cluster.settle();
    assertEquals(2, would().size());
    cluster.later(Duration.ofSeconds(1)).settle();
    assertEquals(1, would().size());
  }

  @Test
  void theSameAgainIsNotWrittenAgain() {
    cluster.pool("gpu", "'mode': 'Observe'").settle();
    cluster.later(Duration.ofHours(1));
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  /** A pod with a cap was once granted offers that nobody would launch. */
  @Test
  void aPodIsGrantedNothingFromAPoolThatOnlyObserves() {
    cluster.pool("gpu", "'mode': 'Observe'").settle();
    assertEquals(List.of(), LivePool.buying(pools()));
    cluster.pool("gpu", "").settle();
    cluster.pool("gpu", "'mode': 'Observe'").settle();
    assertEquals(1, LivePool.buying(pools()).size());
  }

  private List<LivePool> pools() {
    return cluster.pools.values().stream().map(LivePool::of).toList();
  }
}
