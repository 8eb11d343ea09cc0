package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.PriceBook;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LivePool;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;

/** How a SpotPool goes that somebody deletes. */
class DepartureTest {
  private final Cluster cluster =
      new Cluster().pool("gpu", "").prices(book(offer("g6.xlarge", "a", "0.40")));

  private static List<String> kinds(Plan plan) {
    return plan.actions().stream().map(a -> a.getClass().getSimpleName()).toList();
  }

  private JsonNode ready() {
    return Conditions.find(cluster.status("gpu").path("conditions"), Conditions.READY);
  }

  private void withoutFinalizer(String pool) {
    cluster.poolObject(pool).withObject("/metadata").remove("finalizers");
  }

  @Test
  void aPoolIsHeldBeforeItHasARung() {
    withoutFinalizer("gpu");
    Plan plan = cluster.settle();
    assertEquals(List.of(true), plan.finalizers().stream().map(Plan.Finalizer::on).toList());
    assertTrue(LivePool.of(cluster.poolObject("gpu")).held());
    assertEquals(List.of(), cluster.plan().finalizers());
  }

  @Test
  void aPoolIsWrittenOnceAPass() {
    withoutFinalizer("gpu");
    assertEquals(List.of(), cluster.settle().statuses());
    assertEquals(1, cluster.settle().statuses().size());
  }

  @Test
  void theFinalizersOfOthersStay() {
    withoutFinalizer("gpu");
    cluster.poolObject("gpu").withObject("/metadata").putArray("finalizers").add("their.own/one");
    cluster.settle();
    assertEquals(
        List.of("their.own/one", LivePool.FINALIZER),
        LivePool.of(cluster.poolObject("gpu")).finalizers());
    cluster.rungs.clear();
    cluster.delete("gpu").settle();
    assertEquals(List.of("their.own/one"), LivePool.of(cluster.poolObject("gpu")).finalizers());
  }

  @Test
  void whatRunsEndsInPeaceAndThenThePoolGoes() {
    cluster.settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    assertEquals(List.of("Close"), kinds(cluster.delete("gpu").settle()));
    assertEquals(List.of(), kinds(cluster.later(Duration.ofDays(7)).settle()));
    cluster.claims.clear();
    assertEquals(List.of("Delete"), kinds(cluster.settle()));
    assertTrue(cluster.pools.containsKey("gpu"));
    cluster.settle();
    assertFalse(cluster.pools.containsKey("gpu"));
  }

  @Test
  void aPoolWithoutRungsGoesAtOnce() {
    cluster.delete("gpu").settle();
    assertFalse(cluster.pools.containsKey("gpu"));
  }

  @Test
  void itSaysWhatItWaitsFor() {
    cluster.settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    Plan plan = cluster.delete("gpu").settle();
    assertEquals("Deleting", ready().path("reason").asText());
    assertEquals(
        "it waits until nothing runs on the node of its rungs any more; windfall.dev/force-delete:"
            + " \"true\" as an annotation deletes them with what runs there",
        ready().path("message").asText());
    assertEquals(
        List.of("Deleting"),
        plan.statuses().getFirst().notices().stream().map(Plan.Notice::reason).toList());
    cluster.claims.clear();
    cluster.settle();
    assertEquals(
        "it waits until its rungs are gone; one goes 10 minutes after it was closed",
        ready().path("message").asText());
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void forcedItsRungsGoWithTheirNodes() {
    cluster.settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster
        .poolObject("gpu")
        .withObject("/metadata/annotations")
        .put(LivePool.FORCE_DELETE, "true");
    assertEquals(List.of(), kinds(cluster.settle()), "while nobody deletes it");
    assertEquals(List.of("ForceDelete"), kinds(cluster.delete("gpu").settle()));
    cluster.settle();
    assertFalse(cluster.pools.containsKey("gpu"));
  }

  @Test
  void aPoolThatObservesAndHadRungsBeforeGoesLikeAnyOther() {
    cluster.settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.pool("gpu", "'mode': 'Observe'").settle();
    assertEquals(List.of("Close"), kinds(cluster.delete("gpu").settle()));
  }

  @Test
  void aPoolThatCannotBeReadGoesLikeAnyOther() {
    cluster.settle();
    cluster.pool("gpu", "'maxZone': 1").settle();
    assertEquals(List.of("Close"), kinds(cluster.delete("gpu").settle()));
  }

  /** Without a price nothing was done at all, and the deletion waited for the market. */
  @Test
  void itGoesWithoutAnyPriceToo() {
    cluster.settle();
    cluster.delete("gpu").prices(PriceBook.empty());
    assertEquals(List.of("Close"), kinds(cluster.settle()));
    cluster.later(Duration.ofMinutes(10));
    assertEquals(List.of("Delete"), kinds(cluster.settle()));
    cluster.settle();
    assertFalse(cluster.pools.containsKey("gpu"));
  }

  @Test
  void aPoolOfTheSameNameThatComesAfterTakesItsRungsUpAgain() {
    cluster.settle();
    String rung = cluster.rung("g6.xlarge/a");
    cluster.launch(rung);
    cluster.delete("gpu").settle();
    cluster.pools.remove("gpu");
    cluster.pool("gpu", "");
    assertEquals(List.of("Open"), kinds(cluster.settle()));
    assertEquals(rung, cluster.rung("g6.xlarge/a"));
  }
}
