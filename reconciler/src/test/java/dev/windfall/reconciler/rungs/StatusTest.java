package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.market.Basis;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import dev.windfall.reconciler.ClassTrouble;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

/** What a SpotPool's status says, and when it is written. */
class StatusTest {
  private static final PriceBook TWO =
      book(offer("g6.xlarge", "a", "0.40"), offer("g5.xlarge", "b", "0.50"));

  private final Cluster cluster = new Cluster().pool("gpu", "").prices(TWO);

  private JsonNode status() {
    return cluster.status("gpu");
  }

  private JsonNode condition(String type) {
    return Conditions.find(status().path("conditions"), type);
  }

  private JsonNode rung(String typeAndZone) {
    String name = cluster.rung(typeAndZone);
    return status()
        .path("rungs")
        .valueStream()
        .filter(rung -> rung.path("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static Offer risky(String usdPerHour, int score) {
    Offer plain = offer("g6.xlarge", "a", usdPerHour);
    return new Offer(
        plain.source(),
        plain.provider(),
        plain.region(),
        plain.key(),
        plain.architecture(),
        plain.gpu(),
        plain.cpu(),
        plain.memory(),
        plain.usdPerHour(),
        Basis.QUOTED,
        plain.observedAt(),
        OptionalInt.of(score),
        Optional.of("<5%"),
        Optional.empty());
  }

  @Test
  void aNodeClassOfWhichKarpenterLaunchesNothingMakesThePoolUnready() {
    cluster.classTroubles =
        Map.of("gpu", new ClassTrouble("NodeClassNotReady", "SubnetsReady: none", true));
    Plan plan = cluster.settle();

    assertEquals("False", condition("Ready").path("status").asText());
    assertEquals("NodeClassNotReady", condition("Ready").path("reason").asText());
    assertEquals("SubnetsReady: none", condition("Ready").path("message").asText());
    assertEquals("False", condition("Degraded").path("status").asText());
    assertEquals(1, said(plan, "NodeClassNotReady"));
    assertEquals(0, said(cluster.settle(), "NodeClassNotReady"));

    cluster.classTroubles = Map.of();
    cluster.settle();
    assertEquals("True", condition("Ready").path("status").asText());
  }

  @Test
  void aNodeClassThatNobodyHasJudgedYetMakesThePoolUnreadyWithoutAWarning() {
    cluster.classTroubles = Map.of("gpu", new ClassTrouble("NodeClassPending", "soon", true));
    Plan plan = cluster.settle();

    assertEquals("False", condition("Ready").path("status").asText());
    assertEquals(
        List.of(EventRecorder.Type.NORMAL),
        plan.statuses().stream()
            .flatMap(status -> status.notices().stream())
            .filter(notice -> notice.reason().equals("NodeClassPending"))
            .map(Plan.Notice::type)
            .toList());
  }

  @Test
  void aNodeClassThatAHandHasChangedDegradesThePool() {
    cluster.classTroubles = Map.of("gpu", new ClassTrouble("NodeClassEdited", "spec.role", false));
    Plan plan = cluster.settle();

    assertEquals("True", condition("Ready").path("status").asText());
    assertEquals("True", condition("Degraded").path("status").asText());
    assertEquals("NodeClassEdited", condition("Degraded").path("reason").asText());
    assertEquals(1, said(plan, "NodeClassEdited"));
    assertEquals(0, said(cluster.settle(), "NodeClassEdited"));
  }

  private static long said(Plan plan, String reason) {
    return plan.statuses().stream()
        .flatMap(status -> status.notices().stream())
        .filter(notice -> notice.reason().equals(reason))
        .count();
  }

  @Test
  void aRungSaysWhatItOffersAtWhichPriceIndexAndScore() {
    cluster.prices(book(risky("0.40", 7))).settle();
    JsonNode rung = rung("g6.xlarge/a");
    assertEquals("eu-central-1a.g6.xlarge.spot", rung.path("offer").asText());
    assertEquals("0.40", rung.path("usdPerGpuHour").asText());
    assertTrue(Double.parseDouble(rung.path("index").asText()) > 0.40, rung::toString);
    assertEquals(7, rung.path("placementScore").asInt());
    assertEquals("Open", rung.path("state").asText());
  }

  @Test
  void whatThePoolHasAndSpendsIsOneLine() {
    cluster.settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.launch(cluster.rung("g5.xlarge/b"));
    cluster.settle();
    assertEquals(2, status().path("openRungs").asInt());
    assertEquals(2, status().path("nodes").asInt());
    assertEquals(2, status().path("gpus").asInt());
    assertEquals("0.9000", status().path("usdPerHour").asText());
    assertEquals("eu-central-1a.g6.xlarge.spot", status().at("/cheapest/offer").asText());
  }

  @Test
  void aClosedRungWithNodesIsRetiringAndSaysWhy() {
    cluster.settle();
    cluster.launch(cluster.rung("g5.xlarge/b"));
    cluster.pool("gpu", "'maxPricePerGpu': '0.45'").settle();
    assertEquals("Retiring", rung("g5.xlarge/b").path("state").asText());
    assertTrue(rung("g5.xlarge/b").path("reason").asText().contains("above the cap of 0.45"));
    cluster.claims.clear();
    cluster.settle();
    assertEquals("Closed", rung("g5.xlarge/b").path("state").asText());
  }

  @Test
  void whatRunsOnARetiringRungIsSpentToo() {
    cluster.settle();
    cluster.launch(cluster.rung("g5.xlarge/b"));
    cluster.pool("gpu", "'families': ['g6']").settle();
    assertEquals("0.5000", status().path("usdPerHour").asText());
  }

  @Test
  void aMachineWhoseOfferHasLeftTheMarketCostsWhatItDidWhenItsRungWasWritten() {
    cluster.settle();
    cluster.launch(cluster.rung("g5.xlarge/b"));
    cluster.prices(book(offer("g6.xlarge", "a", "0.40"))).settle();
    assertEquals("0.5000", status().path("usdPerHour").asText());
  }

  @Test
  void noiseInPricesIsNotWrittenHoweverOftenItComes() {
    cluster.settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.settle();
    for (int second = 0; second < 100; second++) {
      String price = second % 2 == 0 ? "0.405" : "0.395";
      cluster.prices(book(offer("g6.xlarge", "a", price), offer("g5.xlarge", "b", "0.50")));
      cluster.later(Duration.ofSeconds(1));
      assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
    }
  }

  @Test
  void aPriceThatDriftsAwaySlowlyIsWrittenInTheEnd() {
    cluster.settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.settle();
    cluster.prices(book(offer("g6.xlarge", "a", "0.44"), offer("g5.xlarge", "b", "0.50"))).settle();
    assertEquals("0.4400", status().path("usdPerHour").asText());
    assertEquals("0.4400", rung("g6.xlarge/a").path("index").asText());
  }

  @Test
  void aPoolThatIsWellIsNotDegraded() {
    cluster.settle();
    assertEquals("False", condition("Degraded").path("status").asText());
    assertEquals("True", condition("Ready").path("status").asText());
  }

  @Test
  void aTemplateThatAHandHasEditedIsDegradation() {
    cluster.settle();
    cluster.object("g6.xlarge/a").withObject("/spec/template/metadata/labels").put("mine", "yes");
    cluster.settle();
    assertEquals("TemplateEdited", condition("Degraded").path("reason").asText());
    assertEquals("True", condition("Ready").path("status").asText());
  }

  @Test
  void offersWithoutARungSinceTheClusterIsFullAreDegradationSaidOnce() {
    List<Offer> many = new ArrayList<>();
    for (int gpus = 1; gpus <= 12; gpus++) {
      for (int type = 0; type < 5; type++) {
        String name = "g" + gpus + ".x" + type;
        many.add(
            Market.offer(name, "a", Capacity.SPOT, gpus, "1." + gpus + type, Optional.empty()));
      }
    }
    cluster.prices(PriceBook.of(many, List.of()));
    Plan plan = cluster.settle();
    assertEquals("RungsLeftOut", condition("Degraded").path("reason").asText());
    assertTrue(
        plan.statuses().getFirst().notices().stream()
            .anyMatch(notice -> notice.reason().equals("RungsLeftOut")),
        plan::toString);
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void theLastChangeStaysUntilTheNext() {
    cluster.settle();
    cluster.pool("gpu", "'maxPricePerGpu': '0.45'").later(Duration.ofHours(1)).settle();
    String change = status().path("lastChange").toString();
    assertTrue(change.contains("is closed"), change);
    cluster.later(Duration.ofMinutes(5)).settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.settle();
    assertEquals(change, status().path("lastChange").toString());
  }
}
