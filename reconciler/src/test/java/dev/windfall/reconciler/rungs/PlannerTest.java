package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import dev.windfall.policies.Capacity;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class PlannerTest {
  private static final PriceBook TWO =
      book(offer("g6.xlarge", "a", "0.40"), offer("g5.xlarge", "b", "0.50"));

  private final Cluster cluster = new Cluster().pool("gpu", "").prices(TWO);

  private static List<String> kinds(Plan plan) {
    return plan.actions().stream().map(a -> a.getClass().getSimpleName()).toList();
  }

  @Test
  void theCheapestRungIsTheHeaviest() {
    cluster.settle();
    assertEquals(List.of("g6.xlarge/a", "g5.xlarge/b"), cluster.order());
  }

  @Test
  void aRestartPlansNothing() {
    cluster.settle();
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void theSameInputsGiveTheSamePlan() {
    assertEquals(cluster.plan(), cluster.plan());
  }

  @Test
  void aPriceFlipBelowTheBandWritesNothing() {
    cluster.settle();
    cluster.prices(book(offer("g6.xlarge", "a", "0.405"), offer("g5.xlarge", "b", "0.515")));
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void aPriceFlipAboveTheBandMovesOneRung() {
    cluster.settle();
    cluster.prices(book(offer("g6.xlarge", "a", "0.40"), offer("g5.xlarge", "b", "0.30")));
    assertEquals(1, kinds(cluster.settle()).stream().filter("Reweigh"::equals).count());
    assertEquals(List.of("g5.xlarge/b", "g6.xlarge/a"), cluster.order());
  }

  @Test
  void aPriceThatMovesInPlaceIsRecordedAndNothingElse() {
    cluster.settle();
    cluster.prices(book(offer("g6.xlarge", "a", "0.20"), offer("g5.xlarge", "b", "0.50")));
    assertEquals(List.of("Adjust"), kinds(cluster.settle()));
    assertEquals(
        "0.20",
        cluster
            .object("g6.xlarge/a")
            .at("/metadata/annotations/windfall.dev~1usd-per-gpu-hour")
            .asText());
  }

  @Test
  void aNewOfferMovesNoRungThatIsThere() {
    cluster.settle();
    cluster.prices(
        book(
            offer("g6.xlarge", "a", "0.40"),
            offer("g6.2xlarge", "a", "0.45"),
            offer("g5.xlarge", "b", "0.50")));
    assertEquals(List.of("Create"), kinds(cluster.settle()));
    assertEquals(List.of("g6.xlarge/a", "g6.2xlarge/a", "g5.xlarge/b"), cluster.order());
  }

  @Test
  void aRungIsNeverEditedIntoAnother() {
    cluster.settle();
    cluster.prices(book(offer("g6.xlarge", "c", "0.10"), offer("g5.xlarge", "b", "0.70")));
    for (Action action : cluster.plan().actions()) {
      if (action instanceof Action.Turn turn) {
        assertFalse(turn.patch().path("spec").has("template"), turn::toString);
      }
    }
  }

  @Test
  void aRungAllowsOneOfferAndKeepsEverybodyElseOff() {
    cluster.settle();
    JsonNode rung = cluster.object("g6.xlarge/a");
    assertEquals(
        Cluster.json(
            """
            {'metadata': {'labels': {
               'windfall.dev/offer': 'eu-central-1a.g6.xlarge.spot', 'windfall.dev/pool': 'gpu',
               'windfall.dev/provider': 'aws', 'windfall.dev/rung': '%s'}},
             'spec': {'expireAfter': 'Never',
               'nodeClassRef': {'group': 'karpenter.k8s.aws', 'kind': 'EC2NodeClass', 'name': 'gpu'},
               'requirements': [
                 {'key': 'node.kubernetes.io/instance-type', 'operator': 'In', 'values': ['g6.xlarge']},
                 {'key': 'topology.kubernetes.io/zone', 'operator': 'In', 'values': ['eu-central-1a']},
                 {'key': 'karpenter.sh/capacity-type', 'operator': 'In', 'values': ['spot']},
                 {'key': 'kubernetes.io/arch', 'operator': 'In', 'values': ['amd64']},
                 {'key': 'windfall.dev/machine', 'operator': 'Exists'}],
               'taints': [
                 {'key': 'nvidia.com/gpu', 'effect': 'NoSchedule', 'value': 'true'},
                 {'key': 'windfall.dev/rung', 'effect': 'NoSchedule'}]}}
            """
                .formatted(cluster.rung("g6.xlarge/a"))),
        rung.at("/spec/template"));
    assertFalse(rung.path("metadata").has("ownerReferences"));
  }

  @Test
  void onlyEmptyNodesAreTakenAway() {
    cluster.settle();
    assertEquals(
        Cluster.json(
            """
            {'consolidationPolicy': 'WhenEmpty', 'consolidateAfter': '300s', 'budgets': [
              {'nodes': '0', 'reasons': ['Drifted']},
              {'nodes': '0', 'reasons': ['Underutilized']},
              {'nodes': '100%', 'reasons': ['Empty']}]}
            """),
        cluster.object("g6.xlarge/a").at("/spec/disruption"));
  }

  @Test
  void aTaintOfThePoolThatRungsHaveAnywayIsNotRepeated() {
    cluster
        .pool(
            "gpu",
            """
            'taints': [{'key': 'nvidia.com/gpu', 'value': 'yes', 'effect': 'NoSchedule'},
                       {'key': 'team', 'value': 'research', 'effect': 'NoSchedule'}]
            """)
        .settle();
    assertEquals(
        List.of("nvidia.com/gpu", "team", "windfall.dev/rung"),
        cluster.object("g6.xlarge/a").at("/spec/template/spec/taints").findValuesAsText("key"));
  }

  /** Another hash makes every rung of every cluster anew, so it has to be meant. */
  @Test
  void theNameOfARungIsTheSameInEveryVersion() {
    cluster.settle();
    assertEquals("gpu-g6-xlarge-eu-central-1a-5d7aa610", cluster.rung("g6.xlarge/a"));
  }

  @Test
  void changingALabelMakesNewRungsAndClosesTheOld() {
    cluster.prices(book(offer("g6.xlarge", "a", "0.40"))).settle();
    String old = cluster.rung("g6.xlarge/a");
    cluster.pool("gpu", "'labels': {'team': 'research'}");
    assertEquals(List.of("Close", "Create"), kinds(cluster.settle()));
    String follower = cluster.rung("g6.xlarge/a");
    assertEquals(
        Optional.of("the pool's template has changed; " + follower + " follows it"),
        new LiveRung(cluster.rungObject(old)).closed());
  }

  @Test
  void anOfferOverTheCapClosesItsRung() {
    cluster.settle();
    cluster.pool("gpu", "'maxPricePerGpu': '0.45'");
    Plan plan = cluster.settle();
    assertEquals(List.of("Close"), kinds(plan));
    assertTrue(
        plan.actions().getFirst().reason().endsWith("above the cap of 0.45"),
        plan.actions().getFirst()::reason);
    assertEquals("0", cluster.limit("g5.xlarge/b"));
  }

  @Test
  void aRungThatIsWantedAgainOpens() {
    cluster.settle();
    cluster.pool("gpu", "'maxPricePerGpu': '0.45'").settle();
    cluster.pool("gpu", "");
    assertEquals(List.of("Open"), kinds(cluster.settle()));
    assertEquals("none", cluster.limit("g5.xlarge/b"));
  }

  @Test
  void anOfferThatIsGoneClosesItsRung() {
    cluster.settle();
    cluster.prices(book(offer("g6.xlarge", "a", "0.40"))).settle();
    assertEquals(
        Optional.of("it is gone from the price book"),
        new LiveRung(cluster.object("g5.xlarge/b")).closed());
  }

  /** After a restart the book was that of the other source alone, and the rung was closed. */
  @Test
  void anOfferOfASourceThatWasNotReadYetKeepsItsRung() {
    cluster.settle();
    SourceHealth unread =
        new SourceHealth("a", 0, Optional.empty(), Optional.of("timed out"), List.of(), List.of());
    Offer other = offer("g6.xlarge", "a", "0.40");
    cluster.prices(PriceBook.of(List.of(other), List.of(unread)));
    assertEquals(List.of(), cluster.plan().actions());
    cluster.prices(book(other));
    assertEquals(List.of("Close"), kinds(cluster.plan()));
  }

  @Test
  void aSourceThatFailsIsInTheStatusWithTheTimeOfItsPrices() {
    SourceHealth failing =
        new SourceHealth(
            "a", 2, Optional.of(Market.NOW), Optional.of("timed out"), List.of(), List.of());
    cluster.prices(PriceBook.of(TWO.offers(), List.of(failing))).settle();
    assertEquals("SourceFailing", condition("MarketFresh").path("reason").asText());
    assertEquals(
        "a last read at 2026-11-20T10:00:00Z: timed out",
        condition("MarketFresh").path("message").asText());
    cluster.now = cluster.now.plusSeconds(60);
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  /** Denied the spot prices alone, a pool was once well until all of them were too old. */
  @Test
  void whatASourceCouldNotBeAskedIsInTheStatusToo() {
    SourceHealth partly =
        new SourceHealth(
            "a", 2, Optional.of(Market.NOW), Optional.empty(), List.of(), List.of("is throttled"));
    cluster.prices(PriceBook.of(TWO.offers(), List.of(partly))).settle();
    assertEquals("PricesRead", condition("MarketFresh").path("reason").asText());
    assertEquals(
        "prices that are fresh enough are known\na: is throttled",
        condition("MarketFresh").path("message").asText());
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  /** After a restart it said "never read", beside prices of that very source. */
  @Test
  void aSourceThatOnlyAnotherReplicaReadIsInTheStatusWithTheTimeOfItsPrices() {
    Offer published = seenNow("g6.xlarge", Capacity.SPOT);
    SourceHealth failing =
        new SourceHealth(
            published.source(),
            0,
            Optional.empty(),
            Optional.of("timed out"),
            List.of(),
            List.of());
    cluster.prices(PriceBook.of(List.of(published), List.of(failing))).settle();
    assertEquals(
        published.source() + " last read at 2026-11-20T10:00:00Z: timed out",
        condition("MarketFresh").path("message").asText());
  }

  @Test
  void noFreshQuoteChangesNothing() {
    Offer seen = seenNow("g6.xlarge", Capacity.SPOT);
    cluster.prices(book(seen)).settle();
    cluster.now = Market.NOW.plus(Duration.ofHours(2));
    Plan plan = cluster.settle();
    assertEquals(List.of(), plan.actions());
    assertEquals("False", condition("MarketFresh").path("status").asText());
    assertEquals("True", condition("Ready").path("status").asText());
  }

  @Test
  void aMarketThatLostItsSourceChangesNothing() {
    cluster.settle();
    cluster.prices(book(seenNow("g6.xlarge", Capacity.ON_DEMAND)));
    assertEquals(List.of(), cluster.plan().actions());
  }

  @Test
  void anEmptyBookDoesNothing() {
    cluster.settle();
    cluster.prices(PriceBook.empty());
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void aPoolThatCannotBeReadKeepsItsRungs() {
    cluster.settle();
    cluster.pool("gpu", "'maxZone': 1").prices(book(offer("g6.xlarge", "c", "0.10")));
    Plan plan = cluster.settle();
    assertEquals(List.of(), plan.actions());
    assertTrue(
        condition("Ready").path("message").asText().contains("did you mean \"maxZones\"?"),
        condition("Ready")::toString);
  }

  @Test
  void foreignNodePoolsAreNeverTouched() {
    cluster.rungs.put(
        "own", Cluster.json("{'metadata': {'name': 'own'}, 'spec': {'weight': 100}}"));
    assertEquals(List.of("Create", "Create"), kinds(cluster.settle()));
  }

  @Test
  void onDemandIsBelowEverySpotRung() {
    cluster.pool("fallback", "'capacity': 'on-demand'");
    cluster.prices(
        book(
            offer("g6.xlarge", "a", "0.40"),
            seenNow("g6.2xlarge", Capacity.ON_DEMAND),
            offer("g5.xlarge", "b", "9.00")));
    cluster.settle();
    assertEquals(List.of("g6.xlarge/a", "g5.xlarge/b", "g6.2xlarge/a"), cluster.order());
  }

  @Test
  void theClusterHasAtMostFiftyRungs() {
    List<Offer> many = new ArrayList<>();
    for (int gpus = 1; gpus <= 12; gpus++) {
      for (int type = 0; type < 5; type++) {
        many.add(
            Market.offer(
                "g" + gpus + ".x" + type,
                "a",
                Capacity.SPOT,
                gpus,
                "1." + gpus + type,
                Optional.empty()));
      }
    }
    cluster.prices(PriceBook.of(many, List.of())).settle();
    assertEquals(50, cluster.rungs.size());
    assertTrue(cluster.plan().isEmpty());
    for (int gpus = 1; gpus <= 12; gpus++) {
      String type = "g" + gpus + ".x0/a";
      assertTrue(cluster.order().contains(type), type);
    }
  }

  @Test
  void headroomIsDividedAmongOpenRungs() {
    cluster.pool("gpu", "'limits': {'gpus': 8}").settle();
    assertEquals("4", cluster.limit("g6.xlarge/a"));
    assertEquals("4", cluster.limit("g5.xlarge/b"));
  }

  @Test
  void whatIsBoughtCountsAgainstTheLimit() {
    cluster.pool("gpu", "'limits': {'gpus': 3}").settle();
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.settle();
    assertEquals("3", cluster.limit("g6.xlarge/a"));
    assertEquals("0", cluster.limit("g5.xlarge/b"));
  }

  @Test
  void eightWaitingPodsMakeTheBigMachineABargain() {
    cluster.prices(
        book(
            offer("g6.xlarge", "a", "0.40"),
            Market.offer("g6.48xlarge", "a", Capacity.SPOT, 8, "2.40", Optional.empty())));
    cluster.settle();
    assertEquals("g6.xlarge/a", cluster.order().getFirst());
    for (int i = 0; i < 8; i++) {
      cluster.waits(1);
    }
    cluster.settle();
    assertEquals("g6.48xlarge/a", cluster.order().getFirst());
  }

  @Test
  void theSizeOfThePodSeenLastIsRemembered() {
    cluster.waits(4).settle();
    cluster.pods.clear();
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
    assertEquals(4, cluster.poolObject("gpu").at("/status/lastPodGpus").asInt());
  }

  @Test
  void aWeightSetByHandIsPutRight() {
    cluster.settle();
    cluster.object("g6.xlarge/a").withObject("/spec").put("weight", 1);
    assertEquals(List.of("Repair"), kinds(cluster.settle()));
    assertEquals("g6.xlarge/a", cluster.order().getFirst());
  }

  @Test
  void limitsSetByHandArePutRight() {
    cluster.settle();
    cluster.object("g6.xlarge/a").withObject("/spec/limits").put("cpu", "4");
    assertEquals(List.of("Repair"), kinds(cluster.settle()));
    assertFalse(cluster.object("g6.xlarge/a").path("spec").has("limits"));
  }

  @Test
  void newDisruptionSettingsReachRungsThatExist() {
    cluster.settle();
    cluster.pool("gpu", "'disruption': {'consolidateAfter': '1m'}").settle();
    assertEquals(
        "60s", cluster.object("g6.xlarge/a").at("/spec/disruption/consolidateAfter").asText());
  }

  @Test
  void aTemplateEditedByHandIsReportedOnceAndNotRepaired() {
    cluster.settle();
    cluster.object("g6.xlarge/a").withObject("/spec/template/metadata/labels").put("mine", "yes");
    Plan plan = cluster.settle();
    assertEquals(List.of(), plan.actions());
    assertEquals("TemplateEdited", plan.statuses().getFirst().notices().getFirst().reason());
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void aNewOrderIsOneEventAPool() {
    cluster.settle();
    cluster.prices(book(offer("g6.xlarge", "a", "0.90"), offer("g5.xlarge", "b", "0.50")));
    Plan plan = cluster.settle();
    assertEquals(
        List.of("the order is now eu-central-1b.g5.xlarge.spot, eu-central-1a.g6.xlarge.spot"),
        plan.statuses().getFirst().notices().stream().map(Plan.Notice::note).toList());
  }

  @Test
  void aConditionThatStaysKeepsItsTime() {
    cluster.settle();
    cluster.now = cluster.now.plusSeconds(60);
    cluster.pool("gpu", "'maxPricePerGpu': '0.45'").settle();
    assertEquals("2026-11-20T10:00:00Z", condition("Ready").path("lastTransitionTime").asText());
  }

  private static Offer seenNow(String type, Capacity capacity) {
    return Market.offer(type, "a", capacity, 1, "0.40", Optional.of(Market.NOW));
  }

  private JsonNode condition(String type) {
    return Conditions.find(cluster.poolObject("gpu").at("/status/conditions"), type);
  }
}
