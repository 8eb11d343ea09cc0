package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Needs;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

/** A pod that no open rung could hold gets one that does, and nothing that no pod could use. */
class WaitingPodsTest {
  private static final long GIB = 1L << 30;

  private final Cluster cluster = new Cluster();

  private static Offer sized(String type, int gpus, int cpu, String memory, String usdPerHour) {
    Offer one = Market.offer(type, "a", Capacity.SPOT, gpus, usdPerHour, Optional.empty());
    return new Offer(
        one.source(),
        one.provider(),
        one.region(),
        one.key(),
        one.architecture(),
        one.gpu(),
        cpu,
        Memory.parse(memory),
        one.usdPerHour(),
        one.basis(),
        one.observedAt(),
        one.placementScore(),
        one.interruption(),
        one.barred());
  }

  /** A pool that makes a rung of the first of them only. */
  private Cluster ofOne(Offer... offers) {
    return cluster
        .pool("gpu", "'maxInstanceTypes': 1, 'maxZones': 1")
        .prices(PriceBook.of(Arrays.asList(offers), List.of()));
  }

  private List<String> exact() {
    return cluster.order().stream().filter(what -> !what.startsWith("any-")).toList();
  }

  private Cluster growing() {
    return ofOne(
        sized("g6.xlarge", 1, 4, "16Gi", "0.40"),
        sized("g6.2xlarge", 1, 8, "32Gi", "0.50"),
        sized("g6.4xlarge", 1, 16, "64Gi", "0.70"),
        sized("g6.8xlarge", 1, 32, "128Gi", "1.10"));
  }

  private void waits(long cpu, long gib) {
    cluster.waits(1, new Needs(cpu * 1000, gib * GIB), NodeTerms.ANY, List.of());
  }

  private static NodeTerms onlyOn(String... offers) {
    String values = "'" + String.join("', '", offers) + "'";
    return pod("""
    {'spec': {'affinity': {'nodeAffinity': {
      'requiredDuringSchedulingIgnoredDuringExecution': {'nodeSelectorTerms': [
        {'matchExpressions': [
          {'key': 'windfall.dev/offer', 'operator': 'In', 'values': [%s]}]}]}}}}}
    """
            .formatted(values))
        .own();
  }

  private static Pod pod(String text) {
    try (JsonParser json = new JsonFactory().createParser(text.replace('\'', '"'))) {
      json.nextToken();
      return Pod.read(json);
    } catch (IOException e) {
      throw new IllegalArgumentException(text, e);
    }
  }

  @Test
  void aPodThatAsksForMoreProcessorsGetsTheCheapestMachineThatHasThem() {
    growing().settle();
    assertEquals(List.of("g6.xlarge/a"), exact());
    waits(10, 1);
    cluster.settle();
    assertTrue(exact().contains("g6.4xlarge/a"), exact()::toString);
    assertFalse(exact().contains("g6.2xlarge/a"), exact()::toString);
    assertFalse(exact().contains("g6.8xlarge/a"), exact()::toString);
  }

  @Test
  void aPodThatAsksForMoreMemoryGetsAMachineThatHasIt() {
    growing();
    waits(1, 100);
    cluster.settle();
    assertTrue(exact().contains("g6.8xlarge/a"), exact()::toString);
  }

  /** A machine is sold with more than its kubelet gives away. */
  @Test
  void whatAMachineIsSoldWithIsNotWhatPodsGet() {
    growing();
    waits(8, 1);
    cluster.settle();
    assertTrue(exact().contains("g6.4xlarge/a"), exact()::toString);
  }

  @Test
  void itTakesAPlaceInTheShortlistAndTheOthersKeepWhatIsLeft() {
    growing().pool("gpu", "'maxInstanceTypes': 2, 'maxZones': 1").settle();
    assertEquals(List.of("g6.xlarge/a", "g6.2xlarge/a"), exact());
    waits(10, 1);
    cluster.settle();
    assertEquals(List.of("g6.xlarge/a", "g6.4xlarge/a"), exact());
  }

  @Test
  void onePodMoreThatFitsTheCheapestKeepsThatOpen() {
    growing();
    waits(1, 1);
    waits(10, 1);
    cluster.settle();
    assertEquals(List.of("g6.xlarge/a", "g6.4xlarge/a"), exact());
  }

  @Test
  void itGoesWhenNobodyWaitsForItAnyMore() {
    growing();
    waits(10, 1);
    cluster.settle();
    String rung = cluster.rung("g6.4xlarge/a");
    cluster.launch(rung);
    cluster.pods.clear();
    cluster.settle();
    assertEquals(List.of("g6.xlarge/a"), exact());
    assertTrue(cluster.rungs.containsKey(rung));
  }

  @Test
  void whatNoMachineHoldsOpensNothing() {
    growing().settle();
    waits(100, 1);
    assertEquals(List.of(), cluster.plan().actions());
  }

  @Test
  void aRestartPlansNothing() {
    growing();
    waits(10, 1);
    cluster.settle();
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void whatDaemonSetsTakeIsNotThereForPods() {
    growing();
    waits(7, 1);
    cluster.settle();
    assertTrue(exact().contains("g6.2xlarge/a"), exact()::toString);
    cluster.daemons = new Daemons(List.of(daemon("{'operator': 'Exists'}", "1")));
    cluster.settle();
    assertTrue(exact().contains("g6.4xlarge/a"), exact()::toString);
  }

  @Test
  void aDaemonSetThatARungsTaintKeepsAwayTakesNothing() {
    growing();
    waits(7, 1);
    cluster.daemons = new Daemons(List.of(daemon("{'key': 'other', 'operator': 'Exists'}", "1")));
    cluster.settle();
    assertTrue(exact().contains("g6.2xlarge/a"), exact()::toString);
  }

  private static Pod daemon(String toleration, String cpu) {
    return pod(
        """
        {'spec': {'tolerations': [%s],
          'containers': [{'name': 'c', 'resources': {'requests': {'cpu': '%s'}}}]}}
        """
            .formatted(toleration, cpu));
  }

  @Test
  void aPodWhoseVolumeIsInAnotherZoneGetsAMachineThere() {
    ofOne(
            offer("g6.xlarge", "a", "0.40"),
            offer("g6.xlarge", "b", "0.60"),
            offer("g5.xlarge", "b", "0.50"))
        .settle();
    assertEquals(List.of("g6.xlarge/a"), exact());
    cluster.zonesOfVolumes.put("data", Set.of("eu-central-1b"));
    cluster.waits(1, Needs.NONE, NodeTerms.ANY, List.of("data")).settle();
    assertEquals(List.of("g5.xlarge/b"), exact());
  }

  /** Within the hysteresis the cheaper of two offers may be the one without a rung. */
  @Test
  void aPodThatWasGrantedOffersWithoutARungGetsTheCheapestOfThem() {
    ofOne(
            offer("g6.xlarge", "a", "0.40"),
            offer("g6.xlarge", "b", "0.60"),
            offer("g5.xlarge", "b", "0.50"))
        .settle();
    cluster.waits(
        1,
        Needs.NONE,
        onlyOn("eu-central-1b.g6.xlarge.spot", "eu-central-1b.g5.xlarge.spot"),
        List.of());
    cluster.settle();
    assertEquals(List.of("g5.xlarge/b"), exact());
  }

  @Test
  void aPodThatWasGrantedAnOfferWhichIsNotAllowedOpensNothing() {
    ofOne(offer("g6.xlarge", "a", "0.40"), offer("g6.xlarge", "b", "0.60"))
        .pool("gpu", "'maxPricePerGpu': '0.50'")
        .settle();
    cluster.waits(1, Needs.NONE, onlyOn("eu-central-1b.g6.xlarge.spot"), List.of());
    assertEquals(List.of(), cluster.plan().actions());
  }

  /**
   * Half of what is left, and half of the rest, would all be for machines that nobody waits for.
   */
  @Test
  void beneathCheaperRungsAPodHasRoomForItsMachine() {
    cluster
        .pool("gpu", "'maxInstanceTypes': 8, 'limits': {'gpus': 10}")
        .prices(
            PriceBook.of(
                List.of(
                    sized("g6.xlarge", 1, 4, "16Gi", "0.40"),
                    sized("g6.2xlarge", 1, 8, "32Gi", "0.50"),
                    sized("g6.4xlarge", 1, 16, "64Gi", "0.70"),
                    sized("g6.48xlarge", 8, 192, "768Gi", "9.00")),
                List.of()))
        .settle();
    assertEquals("0", cluster.limit("g6.48xlarge/a"));
    cluster.waits(8).settle();
    assertEquals("8", cluster.limit("g6.48xlarge/a"));
    int limits =
        cluster.rungs.values().stream()
            .mapToInt(rung -> Knobs.of(new LiveRung(rung)).gpuLimit())
            .sum();
    assertEquals(10, limits);
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  /** It may not tolerate what another pool taints its nodes with. */
  @Test
  void eachPoolHasARungForAPodThatWaits() {
    growing().pool("other", "'maxInstanceTypes': 1, 'maxZones': 1");
    waits(10, 1);
    cluster.settle();
    assertEquals(2, exact().stream().filter("g6.4xlarge/a"::equals).count());
  }

  private static List<Offer> crowd() {
    List<Offer> many = new ArrayList<>();
    for (int gpus = 1; gpus <= 30; gpus++) {
      for (int type = 0; type < 6; type++) {
        String price = String.format(java.util.Locale.ROOT, "%.2f", gpus + type * 0.1);
        many.add(
            Market.offer(
                "g%d.x%d".formatted(gpus, type),
                "a",
                Capacity.SPOT,
                gpus,
                price,
                Optional.empty()));
      }
    }
    return many;
  }

  @Test
  void whereRoomIsShortWideRungsComeBeforeExactOnes() {
    cluster.pool("gpu", "").prices(PriceBook.of(crowd(), List.of())).settle();
    assertEquals(50, cluster.rungs.size());
    assertEquals(30, cluster.wide().size());
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void whereRoomIsShortEveryGroupThatPodsWaitForHasAnExactRung() {
    cluster.pool("gpu", "").prices(PriceBook.of(crowd(), List.of())).settle();
    for (int gpus = 30; gpus > 0; gpus--) {
      String offer = "eu-central-1a.g%d.x3.spot".formatted(gpus);
      cluster.waits(gpus, Needs.NONE, onlyOn(offer), List.of());
    }
    cluster.settle();
    long open =
        cluster.rungs.values().stream()
            .map(LiveRung::new)
            .filter(r -> r.closed().isEmpty())
            .count();
    assertEquals(50, open);
    for (int gpus = 1; gpus <= 30; gpus++) {
      assertTrue(exact().contains("g%d.x3/a".formatted(gpus)), exact()::toString);
    }
    assertTrue(cluster.plan().isEmpty(), cluster.plan()::toString);
  }

  @Test
  void whatIsCutIsKnown() {
    View view = cluster.pool("gpu", "").prices(PriceBook.of(crowd(), List.of())).view();
    Supply.Offered supply =
        (Supply.Offered)
            Supply.of(
                view.pools().getFirst(), view.waiting(), Fallback.CLOSED, view.book(), view.now());
    Shortlist list =
        Shortlist.of(
            List.of(supply), new Shortlist.Before(java.util.Map.of(), Leads.none()), 50, view);
    assertEquals(50, list.kept().size());
    assertEquals(30 * 5 + 30 - 50, list.cut().size());
    assertEquals(
        "the cluster has as many better rungs as it can bear",
        Objects.requireNonNull(list.leftOut().get(list.cut().getFirst().slot())));
  }
}
