package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.History;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Risk;
import dev.windfall.market.SourceHealth;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Keys;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Beneath the exact rungs of a group one rung lists all that the pool allows of it. */
class WideRungTest {
  private static final String GROUP = "any-L4.1.spot.amd64";

  /** Two types in three zones, of which a pool makes exact rungs in two. */
  private static final List<Offer> SIX =
      List.of(
          offer("g6.xlarge", "a", "0.40"),
          offer("g6.xlarge", "b", "0.41"),
          offer("g6.xlarge", "c", "0.42"),
          offer("g6.2xlarge", "a", "0.50"),
          offer("g6.2xlarge", "b", "0.51"),
          offer("g6.2xlarge", "c", "0.60"));

  private final Cluster cluster = new Cluster().pool("gpu", "").prices(six());

  /** The six, {@code others} in the place of those that they are. */
  private static PriceBook six(Offer... others) {
    List<Offer> offers = new ArrayList<>(Arrays.asList(others));
    SIX.stream()
        .filter(one -> offers.stream().noneMatch(other -> other.key().equals(one.key())))
        .forEach(offers::add);
    return PriceBook.of(offers, List.of());
  }

  private static PriceBook without(String type, String zone) {
    return PriceBook.of(
        SIX.stream()
            .filter(
                one -> !(one.key().instanceType().equals(type) && one.key().zone().endsWith(zone)))
            .toList(),
        List.of());
  }

  private LiveRung wide() {
    List<LiveRung> open = cluster.wide().stream().filter(rung -> rung.closed().isEmpty()).toList();
    assertEquals(1, open.size(), open::toString);
    return open.getFirst();
  }

  private static List<String> values(LiveRung rung, String key) {
    for (JsonNode requirement : rung.object().at("/spec/template/spec/requirements")) {
      if (requirement.path("key").asText().equals(key)) {
        return requirement.path("values").valueStream().map(JsonNode::asText).toList();
      }
    }
    return List.of();
  }

  private static List<String> kinds(Plan plan) {
    return plan.actions().stream().map(a -> a.getClass().getSimpleName()).toList();
  }

  @Test
  void itAllowsEachTypeInEachZone() {
    cluster.settle();
    assertEquals(List.of("g6.2xlarge", "g6.xlarge"), values(wide(), Keys.INSTANCE_TYPE));
    assertEquals(
        List.of("eu-central-1a", "eu-central-1b", "eu-central-1c"), values(wide(), Keys.ZONE));
    assertEquals(List.of("spot"), values(wide(), Keys.CAPACITY_TYPE));
    assertEquals(List.of("amd64"), values(wide(), Keys.ARCHITECTURE));
  }

  @Test
  void itStandsBeneathTheExactRungsOfItsGroup() {
    cluster.settle();
    assertEquals(
        List.of("g6.xlarge/a", "g6.xlarge/b", "g6.2xlarge/a", "g6.2xlarge/b", GROUP),
        cluster.order());
  }

  @Test
  void itStandsByTheDearestOfItsOffers() {
    Offer cheaper = Market.offer("g5.xlarge", "a", Capacity.SPOT, 2, "0.55", Optional.empty());
    Offer dearer = Market.offer("g4.xlarge", "a", Capacity.SPOT, 3, "0.70", Optional.empty());
    cluster.prices(six(cheaper, dearer)).settle();
    assertEquals(List.of("g5.xlarge/a", GROUP, "g4.xlarge/a"), cluster.order().subList(4, 7));
  }

  @Test
  void itStandsAboveWhatIsOnDemand() {
    Offer cheap = Market.offer("g6.xlarge", "a", Capacity.ON_DEMAND, 1, "0.10", Optional.empty());
    cluster.pool("fallback", "'capacity': 'on-demand'").prices(six(cheap)).settle();
    assertEquals(List.of(GROUP, "g6.xlarge/a"), cluster.order().subList(4, 6));
  }

  /** Pods that were granted offers name them, and nobody knows before its launch what it buys. */
  @Test
  void itsNodesAreNotLabelledWithAnOffer() {
    cluster.settle();
    JsonNode labels = wide().object().at("/spec/template/metadata/labels");
    assertFalse(labels.has(Keys.OFFER), labels::toString);
    assertEquals(wide().name(), labels.path(Keys.RUNG).asText());
  }

  @Test
  void itSaysWhatItIs() {
    cluster.settle();
    assertEquals(Optional.of(GROUP), wide().annotation("windfall.dev/wide"));
    assertEquals(
        Optional.of("any of g6.2xlarge, g6.xlarge in eu-central-1a, eu-central-1b, eu-central-1c"),
        wide().annotation("windfall.dev/offers"));
    assertTrue(wide().name().startsWith("gpu-any-l4-1-spot-amd64-"), wide()::name);
  }

  @Test
  void thereIsNoneWhereTheExactRungsHoldEverything() {
    cluster.pool("gpu", "'maxZones': 3").settle();
    assertEquals(List.of(), cluster.wide());
  }

  @Test
  void aPairOfTypeAndZoneThatNobodyOffersIsNotAllowed() {
    cluster.prices(without("g6.2xlarge", "c")).pool("gpu", "'maxZones': 1").settle();
    assertEquals(List.of("g6.2xlarge", "g6.xlarge"), values(wide(), Keys.INSTANCE_TYPE));
    assertEquals(List.of("eu-central-1a", "eu-central-1b"), values(wide(), Keys.ZONE));
  }

  @Test
  void aPriceThatFlapsAroundTheCapClosesAndOpensItAndMakesNoOther() {
    cluster.pool("gpu", "'maxPricePerGpu': '0.65'").settle();
    String name = wide().name();
    for (int i = 0; i < 3; i++) {
      cluster.prices(six(offer("g6.2xlarge", "c", "0.66")));
      assertEquals(List.of("Close"), kinds(cluster.settle()));
      assertEquals(
          Optional.of(
              "eu-central-1c.g6.2xlarge.spot, which it could buy: costs 0.66 USD/GPU·h over 1 of"
                  + " its GPUs, above the cap of 0.65"),
          new LiveRung(cluster.rungObject(name)).closed());
      cluster.prices(six());
      assertEquals(List.of("Open"), kinds(cluster.settle()));
    }
    assertEquals(List.of(name), cluster.wide().stream().map(LiveRung::name).toList());
  }

  @Test
  void aPriceThatIsTooOldClosesIt() {
    Offer seen = Market.offer("g6.2xlarge", "c", Capacity.SPOT, 1, "0.60", Optional.of(Market.NOW));
    cluster.prices(six(seen)).settle();
    cluster.now = cluster.now.plus(Duration.ofHours(2));
    cluster.settle();
    assertTrue(
        cluster.wide().getFirst().closed().orElseThrow().endsWith("its price is older than 1h"),
        cluster.wide()::toString);
  }

  /** With it the rung would be closed for as long as the cap stands. */
  @Test
  void aTypeThatCostsManyTimesTheCapOnDemandIsLeftOut() {
    List<Offer> big =
        Stream.of("a", "b", "c")
            .flatMap(zone ->
                Stream.of(
                    offer("g6.16xlarge", zone, "1.40"),
                    Market.offer(
                        "g6.16xlarge", zone, Capacity.ON_DEMAND, 1, "3.40", Optional.empty())))
            .toList();
    cluster.prices(six(big.toArray(Offer[]::new))).pool("gpu", "'maxPricePerGpu': '1.00'").settle();
    assertEquals(List.of("g6.2xlarge", "g6.xlarge"), values(wide(), Keys.INSTANCE_TYPE));
    cluster.pool("gpu", "'maxPricePerGpu': '1.20'").settle();
    assertEquals(
        Optional.empty(),
        cluster.wide().stream().filter(rung -> rung.closed().isEmpty()).findAny());
  }

  @Test
  void anotherSetOfOffersIsAnotherRungAndTheOldOneRetires() {
    cluster.settle();
    String old = wide().name();
    cluster.launch(old);
    cluster
        .prices(
            six(
                offer("g6.4xlarge", "a", "0.7"),
                offer("g6.4xlarge", "b", "0.7"),
                offer("g6.4xlarge", "c", "0.7")))
        .settle();
    assertEquals(
        Optional.of("the pool's template or market has changed; " + wide().name() + " follows it"),
        new LiveRung(cluster.rungObject(old)).closed());
    cluster.now = cluster.now.plus(Duration.ofDays(1));
    cluster.settle();
    assertTrue(cluster.rungs.containsKey(old));
    cluster.claims.clear();
    cluster.settle();
    assertFalse(cluster.rungs.containsKey(old));
  }

  @Test
  void itStaysWhileASourceIsSilent() {
    cluster.settle();
    SourceHealth unread =
        new SourceHealth("a", 0, Optional.empty(), Optional.of("timed out"), List.of(), List.of());
    cluster.prices(PriceBook.of(SIX.subList(0, 3), List.of(unread)));
    assertEquals(List.of(), cluster.plan().actions());
  }

  @Test
  void itSharesThePoolsHeadroom() {
    cluster.pool("gpu", "'limits': {'gpus': 8}").settle();
    int limits =
        cluster.rungs.values().stream()
            .mapToInt(rung -> Knobs.of(new LiveRung(rung)).gpuLimit())
            .sum();
    assertEquals(8, limits);
  }

  @Test
  void aRestartPlansNothing() {
    cluster.pool("gpu", "'ranking': {'minHold': '10m'}").settle();
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void itFollowsSmallMovesOfAPriceInSilence() {
    cluster.settle();
    cluster.prices(six(offer("g6.2xlarge", "c", "0.61")));
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  /** The exact one became the dearest of its group, by less than the hysteresis. */
  @Test
  void anExactRungThatBecomesTheDearestStaysAboveIt() {
    cluster
        .prices(
            book(
                offer("g6.xlarge", "a", "0.40"),
                offer("g6.xlarge", "b", "0.41"),
                offer("g6.xlarge", "c", "0.42")))
        .settle();
    cluster
        .prices(
            book(
                offer("g6.xlarge", "a", "0.40"),
                offer("g6.xlarge", "b", "0.425"),
                offer("g6.xlarge", "c", "0.42")))
        .settle();
    assertEquals(List.of("g6.xlarge/a", "g6.xlarge/b", GROUP), cluster.order());
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  private PriceBook failed(List<Offer> offers) {
    History history = History.empty();
    for (Offer one : offers) {
      history =
          history.with(new History.NoCapacity(one.key(), one.region(), cluster.now), Risk.DEFAULT);
    }
    return PriceBook.of(SIX, List.of(), history, cluster.now);
  }

  /** This is what it is for. */
  @Test
  void itStaysOpenWhileSomeOfItsOffersCannotBeHad() {
    cluster.settle();
    String name = wide().name();
    cluster.prices(failed(SIX.subList(0, 5))).settle();
    assertEquals(name, wide().name());
    assertEquals(List.of("g6.2xlarge/c", GROUP), cluster.order());
  }

  @Test
  void itClosesWhenNoneOfItsOffersCanBeHad() {
    cluster.settle();
    cluster.prices(failed(SIX)).settle();
    assertTrue(
        cluster.wide().getFirst().closed().orElseThrow().contains("no capacity, once; tried again"),
        cluster.wide()::toString);
  }
}
