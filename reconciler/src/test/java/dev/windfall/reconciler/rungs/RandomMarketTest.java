package dev.windfall.reconciler.rungs;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Needs;
import dev.windfall.policies.NodeTerms;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.Market;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Random;
import java.util.Set;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.RepeatedTest;

/**
 * Random steps of a market, its pools, its nodes and of crashes, and what must hold after each of
 * them whatever the planner does.
 */
class RandomMarketTest {
  private static final int STEPS = 300;
  private static final int LIMIT = 12;
  private static final List<String> SPECS =
      List.of(
          "",
          "'maxPricePerGpu': '0.80'",
          "'families': ['g6']",
          "'labels': {'team': 'research'}",
          "'maxInstanceTypes': 1, 'maxZones': 1",
          "'ranking': {'hysteresis': '0%'}",
          "'ranking': {'minHold': '45m'}",
          "'disruption': {'emptyBudget': '1'}",
          "'mode': 'Observe'",
          "'region': 'eu-west-1'",
          "'capacity': 'on-demand'",
          "'onDemandFallback': {'enabled': true}",
          "'onDemandFallback': {'enabled': true, 'after': '10m'}",
          "'taints': [{'key': 'team', 'value': 'research', 'effect': 'NoSchedule'}]",
          "'nodeClassRef': {'group': 'karpenter.k8s.aws', 'kind': 'EC2NodeClass', 'name': 'other'}",
          "'gpu': {'models': ['L4']}",
          "'gpu': {'minMemory': '40Gi'}",
          "'gpu': {'maxCount': 1}",
          "'limits': {'usdPerHour': '3'}",
          "'limits': {'gpus': 0}",
          "'ranking': {'hysteresis': '20%', 'maxQuoteAge': '5m'}",
          "'nonsense': 1");

  private final long seed = new Random().nextLong();
  private final Random random = new Random(seed);
  private final Cluster cluster = new Cluster();

  /** What a node was launched from: the template of its rung at that time. */
  private final Map<String, JsonNode> launchedFrom = new HashMap<>();

  @RepeatedTest(3)
  void whatMustHoldHoldsAfterEveryStep() {
    for (int step = 0; step < STEPS; step++) {
      happen();
      // The process may die between any two writes.
      List<Action> actions = cluster.plan().actions();
      if (random.nextInt(4) == 0 && !actions.isEmpty()) {
        actions.subList(0, random.nextInt(actions.size())).forEach(cluster::carryOut);
        thePoolHasNoMoreThanItsLimit();
      }
      Plan plan = cluster.settle();

      wideRungsListOnlyWhatIsOffered(plan);
      wideRungsAreBeneathTheExactOnes();
      Plan again = cluster.plan();
      assertTrue(again.isEmpty(), () -> "seed " + seed + ": a restart plans " + again);
      nothingDrifts();
      weightsAreDistinct();
      thePoolHasNoMoreThanItsLimit();
    }
  }

  /** Of volumes, half of which are in one zone. */
  @BeforeEach
  void volumes() {
    for (String zone : List.of("a", "b", "c")) {
      String claim = "volume in " + cluster.zonesOfVolumes.size();
      cluster.zonesOfVolumes.put(claim, Set.of("eu-central-1" + zone));
    }
  }

  private void happen() {
    switch (random.nextInt(8)) {
      case 0, 1, 2 -> cluster.prices(market());
      case 3 -> cluster.pool("a", SPECS.get(random.nextInt(SPECS.size())));
      case 4 -> {
        if (random.nextInt(3) > 0) {
          cluster.pool("limited", "'limits': {'gpus': " + LIMIT + "}");
        } else {
          cluster.pools.remove("a");
        }
      }
      case 5 -> launch();
      case 6 -> {
        if (!cluster.claims.isEmpty()) {
          cluster.claims.remove(random.nextInt(cluster.claims.size()));
        }
        cluster.pods.clear();
        if (random.nextBoolean()) {
          cluster.waits(
              1 << random.nextInt(4),
              new Needs(random.nextInt(5) * 1000L, 0),
              NodeTerms.ANY,
              List.of("volume in " + random.nextInt(6)));
        }
      }
      default -> cluster.now = cluster.now.plus(Duration.ofMinutes(random.nextInt(90)));
    }
  }

  private PriceBook market() {
    List<Offer> offers = new ArrayList<>();
    for (String type :
        List.of("g6.xlarge", "g6.2xlarge", "g5.xlarge", "g5.2xlarge", "g4dn.xlarge")) {
      for (String zone : List.of("a", "b", "c")) {
        for (int gpus : List.of(1, 4)) {
          if (random.nextInt(5) > 0) {
            String price = String.format(Locale.ROOT, "%.4f", gpus * (0.2 + random.nextDouble()));
            offers.add(
                Market.offer(
                    type + gpus,
                    zone,
                    Capacity.SPOT,
                    gpus,
                    price,
                    random.nextBoolean() ? Optional.empty() : Optional.of(cluster.now)));
          }
        }
      }
    }
    for (String type : List.of("g6.xlarge1", "g5.xlarge1", "g5.2xlarge4")) {
      for (String zone : List.of("a", "b")) {
        String price = String.format(Locale.ROOT, "%.4f", 1 + random.nextDouble());
        int gpus = type.endsWith("4") ? 4 : 1;
        offers.add(Market.offer(type, zone, Capacity.ON_DEMAND, gpus, price, Optional.empty()));
      }
    }
    return random.nextInt(10) == 0 ? PriceBook.empty() : PriceBook.of(offers, List.of());
  }

  /** Karpenter buys a node wherever a limit leaves room. */
  private void launch() {
    List<LiveRung> roomy =
        cluster.rungs.values().stream()
            .map(LiveRung::new)
            .filter(rung -> used(rung) + rung.gpus() <= Knobs.of(rung).gpuLimit())
            .toList();
    if (!roomy.isEmpty()) {
      LiveRung rung = roomy.get(random.nextInt(roomy.size()));
      String name = cluster.launch(rung.name()).name();
      launchedFrom.put(name, rung.object().at("/spec/template").deepCopy());
    }
  }

  /** The rules of Karpenter's drift, in the words of a test: all is as it was at launch. */
  private void nothingDrifts() {
    for (LiveClaim claim : cluster.claims) {
      ObjectNode rung = cluster.rungs.get(claim.nodePool());
      assertTrue(rung != null, () -> "seed " + seed + ": the rung of a node is gone: " + claim);
      assertEquals(launchedFrom.get(claim.name()), rung.at("/spec/template"), () -> "seed " + seed);
      for (JsonNode requirement : rung.at("/spec/template/spec/requirements")) {
        String label = claim.labels().get(requirement.path("key").asText());
        boolean anyValue = requirement.path("operator").asText().equals("Exists");
        assertTrue(
            anyValue
                ? label != null
                : requirement.path("values").valueStream().anyMatch(v -> v.asText().equals(label)),
            () -> "seed " + seed + ": " + label + " is not in " + requirement);
      }
    }
  }

  private void wideRungsListOnlyWhatIsOffered(Plan plan) {
    for (Action action : plan.actions()) {
      if (action instanceof Action.Create || action instanceof Action.Open) {
        LiveRung rung = new LiveRung(cluster.rungObject(action.rung()));
        JsonNode requirements = rung.object().at("/spec/template/spec/requirements");
        for (JsonNode type : requirements.at("/0/values")) {
          for (JsonNode zone : requirements.at("/1/values")) {
            boolean spot = requirements.at("/2/values/0").asText().equals("spot");
            Capacity capacity = spot ? Capacity.SPOT : Capacity.ON_DEMAND;
            OfferKey key = new OfferKey(zone.asText(), type.asText(), capacity);
            assertTrue(
                cluster.book.find(key).isPresent(),
                () -> "seed " + seed + ": " + rung.name() + " could buy " + key);
          }
        }
      }
    }
  }

  private void wideRungsAreBeneathTheExactOnes() {
    Map<String, Integer> lowest = new HashMap<>();
    Map<String, Integer> wide = new HashMap<>();
    cluster.rungs.values().stream()
        .map(LiveRung::new)
        .filter(rung -> rung.closed().isEmpty())
        .forEach(rung -> {
          String capacity =
              rung.object().at("/spec/template/spec/requirements/2/values/0").asText();
          String group = rung.pool().orElseThrow() + " with " + rung.gpus() + " " + capacity;
          (rung.wide() ? wide : lowest)
              .merge(group, rung.object().at("/spec/weight").asInt(), Math::min);
        });
    wide.forEach((group, weight) ->
        assertTrue(
            weight < lowest.getOrDefault(group, Integer.MAX_VALUE),
            () -> "seed " + seed + ": " + group + " " + weight + " " + lowest));
  }

  private void weightsAreDistinct() {
    Map<String, List<Integer>> byPool = new HashMap<>();
    cluster.rungs.values().stream()
        .map(LiveRung::new)
        .filter(rung -> rung.closed().isEmpty())
        .forEach(rung ->
            byPool
                .computeIfAbsent(rung.pool().orElseThrow(), p -> new ArrayList<>())
                .add(rung.object().at("/spec/weight").asInt()));
    byPool.forEach((pool, weights) ->
        assertEquals(
            weights.size(),
            weights.stream().distinct().count(),
            () -> "seed " + seed + ": " + pool + " " + weights));
  }

  private void thePoolHasNoMoreThanItsLimit() {
    int most =
        cluster.rungs.values().stream()
            .map(LiveRung::new)
            .filter(rung -> rung.pool().equals(Optional.of("limited")))
            .mapToInt(rung -> Math.max(used(rung), Knobs.of(rung).gpuLimit()))
            .sum();
    assertTrue(
        most <= LIMIT, () -> "seed " + seed + ": " + Keys.GPU_RESOURCE + " could be " + most);
  }

  private int used(LiveRung rung) {
    return rung.gpus()
        * (int) cluster.claims.stream().filter(c -> c.nodePool().equals(rung.name())).count();
  }
}
