package dev.windfall.kind.e2e;

import static java.util.stream.Collectors.toSet;
import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.kind.e2e.CostTable.Row;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What Karpenter launches for the same demands: by itself with one NodePool that allows every spot
 * offer of the bed's market, with Windfall's rungs, and with Windfall that assigns bursts.
 *
 * <p>By itself and with Windfall it serves the same pods at the same time, on nodes that the
 * other's pods may not use.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class CostTest {
  /** The GPUs of each pod of a burst. */
  private static final List<List<Integer>> BURSTS =
      List.of(
          List.of(1),
          List.of(1, 1, 1),
          List.of(1, 1, 1, 1, 1, 1, 1, 1),
          List.of(4, 1, 1),
          List.of(2, 2, 2, 1, 1, 1),
          List.of(4, 2, 2, 1, 1),
          List.of(8, 1, 1),
          List.of(8, 4, 2, 1));

  /** The offer that every small pod wants, and the one that is next. */
  private static final String CHEAPEST = "eu-central-1a.g6.xlarge.spot";

  private static final String FLIPPED = "eu-central-1b.g5.xlarge.spot";
  private static final double FLIPPED_PRICE = 0.3012;

  private static final String POLICY =
      """
      apiVersion: windfall.dev/v1alpha1
      kind: SpotPolicy
      metadata: {name: bursts}
      spec:
        namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: bursts}}
        assignBursts: true
      """;

  /** Longer than Karpenter gathers pods before it launches, which is a second from the last one. */
  private static final Duration QUIET = Duration.ofSeconds(2);

  /**
   * How long pods come and go: until as many are there as always, and then while it is measured.
   */
  private static final Duration SETTLING = Duration.ofSeconds(20);

  private static final Duration STEADY = Duration.ofSeconds(60);

  private static final Duration EVERY = Duration.ofSeconds(3);
  private static final int[] SIZES = {1, 1, 2, 1, 4, 1};

  /**
   * Karpenter takes an empty node away 15 to 25 s after it is empty: nothing, for jobs of hours,
   * and most of what there is to see among pods of less than a minute. So here the test does, for
   * all.
   */
  private static final Duration EMPTY = Duration.ofSeconds(4);

  private final CostTable table = new CostTable();

  /** Who serves the pods. */
  private enum Way {
    WITHOUT("default"),
    WITH("bursts");

    private final String namespace;

    Way(String namespace) {
      this.namespace = namespace;
    }
  }

  /** USD per hour of both. */
  private record Cost(double plain, double windfall) {
    static Cost of(Collection<JsonNode> nodes, SpotMarket market) {
      double plain = 0;
      double windfall = 0;
      for (JsonNode node : nodes) {
        if (PlainKarpenter.launched(node)) {
          plain += market.price(node);
        } else {
          windfall += market.price(node);
        }
      }
      return new Cost(plain, windfall);
    }
  }

  @BeforeAll
  void measure() {
    // Karpenter forgets sooner than it would that an offer had no capacity; else the next burst
    // would have to wait for that.
    try (Bed bed = Bed.up("--karpenter", "UNAVAILABLE_FOR=15s")) {
      String file = bed.environment().getOrDefault("WINDFALL_BED_MARKET", "missing");
      SpotMarket market = SpotMarket.read(Path.of(file));
      bed.apply(PlainKarpenter.NODE_POOL, "apply", "-f", "-");
      bed.kubectl("create", "namespace", "bursts");
      WindfallProcess windfall = WindfallProcess.start(bed);
      try {
        bed.apply(pool("small", "g6"), "apply", "-f", "-");
        bed.apply(pool("large", "g5", "p4d"), "apply", "-f", "-");
        bed.apply(POLICY, "apply", "-f", "-");
        bed.kubectl("wait", "--for=condition=Ready", "spotpools", "--all", "--timeout=30s");
        bed.kubectl("wait", "--for=condition=Ready", "nodepools", "--all", "--timeout=30s");
        awaitHeld(bed);
        for (Way way : Way.values()) {
          measure(bed, market, way);
        }
        // Last, since Windfall remembers for hours what could not be had.
        for (Way way : Way.values()) {
          refused(bed, market, way);
        }
      } finally {
        windfall.stop();
      }
    }
    System.out.print(table.text());
  }

  private void measure(Bed bed, SpotMarket market, Way way) {
    for (List<Integer> burst : BURSTS) {
      empty(bed);
      List<JsonNode> nodes = launched(bed, way, burst, 0, Map.of());
      note(CostTable.spoken(burst), way, Cost.of(nodes, market), market.optimum(burst));
    }
    capped(bed, market, way);
    flip(bed, market, way);
    steady(bed, market, way);
  }

  private void note(String scenario, Way way, Cost cost, double optimum) {
    table.note(scenario, way == Way.WITH, cost.plain(), cost.windfall(), optimum);
    System.out.printf("%s, %s: %s, optimum %.4f%n", scenario, way, cost, optimum);
  }

  /** Plain Karpenter knows no caps. */
  private void capped(Bed bed, SpotMarket market, Way way) {
    empty(bed);
    List<Integer> burst = List.of(4, 1, 1, 1);
    List<JsonNode> nodes = launched(bed, way, burst, 0, Map.of("max-price-per-gpu", "0.50"));
    note("4+1+1+1, none above 0.50", way, Cost.of(nodes, market), market.optimum(burst));
  }

  /** What runs stays where it is, so the optimum is that of each half. */
  private void flip(Bed bed, SpotMarket market, Way way) {
    empty(bed);
    List<Integer> half = List.of(1, 1);
    List<JsonNode> _ = launched(bed, way, half, 0, Map.of());
    bed.price("eu-central-1b", "g5.xlarge", "spot", Double.toString(FLIPPED_PRICE));
    SpotMarket after = market.with(Map.of(FLIPPED, FLIPPED_PRICE), List.of());
    awaitHeaviest(bed, FLIPPED);
    List<JsonNode> nodes = launched(bed, way, half, half.size(), Map.of());
    double optimum = market.optimum(half) + after.optimum(half);
    note("1+1, a flip, 1+1", way, Cost.of(nodes, after), optimum);
    bed.restoreMarket();
    awaitHeaviest(bed, CHEAPEST);
  }

  private void refused(Bed bed, SpotMarket market, Way way) {
    empty(bed);
    bed.capacity("none", CHEAPEST);
    try {
      List<Integer> burst = List.of(4, 1, 1, 1);
      List<JsonNode> nodes = launched(bed, way, burst, 0, Map.of());
      SpotMarket others = market.with(Map.of(), List.of(CHEAPEST));
      note("4+1+1+1, the cheapest refused", way, Cost.of(nodes, market), others.optimum(burst));
    } finally {
      bed.capacity("restore", CHEAPEST);
    }
    await("Karpenter tries it again")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .until(bed::allAvailable);
  }

  /** Pods come and go; what they cost, and could, is added up over time. */
  private void steady(Bed bed, SpotMarket market, Way way) {
    empty(bed);
    Random random = new Random(7);
    Map<Integer, Long> until = new TreeMap<>();
    Map<String, Long> emptySince = new HashMap<>();
    long start = System.nanoTime();
    List<Integer> first = new ArrayList<>();
    for (int i = 0; i < 20; i++) {
      first.add(SIZES[i % SIZES.length]);
      until.put(i, start + seconds(10 + 70 * random.nextDouble()));
    }
    create(bed, way, first, 0, Map.of());
    long measured = start + SETTLING.toNanos();
    long end = measured + STEADY.toNanos();
    int[] created = {first.size()};
    long[] last = {start};
    double[] sums = new double[3];
    await("the time is over")
        .atMost(SETTLING.plus(STEADY).multipliedBy(2))
        .pollDelay(Duration.ZERO)
        .pollInterval(Duration.ofMillis(100))
        .until(() -> {
          long now = System.nanoTime();
          if (now >= start + (created[0] - first.size()) * EVERY.toNanos()) {
            create(bed, way, List.of(SIZES[created[0] % SIZES.length]), created[0], Map.of());
            until.put(created[0]++, now + seconds(30 + 60 * random.nextDouble()));
          }
          List<Integer> over =
              until.entrySet().stream()
                  .filter(e -> e.getValue() <= now)
                  .map(Map.Entry::getKey)
                  .toList();
          if (!over.isEmpty()) {
            until.keySet().removeAll(over);
            delete(bed, way, over);
          }
          List<JsonNode> all = items(bed, "nodeclaims,pods", "-A");
          List<JsonNode> claims = ofKind(all, "NodeClaim");
          removeEmpty(bed, claims, ofKind(all, "Pod"), emptySince, now);
          Cost cost = Cost.of(claims.stream().filter(CostTest::launched).toList(), market);
          if (last[0] >= measured) {
            double passed = (now - last[0]) / 1e9;
            sums[0] += passed * cost.plain();
            sums[1] += passed * cost.windfall();
            sums[2] += passed * market.optimum(gpus(ofKind(all, "Pod")));
          }
          last[0] = now;
          return now >= end;
        });
    double seconds = (last[0] - measured) / 1e9;
    note(
        "1, 2 or 4 every 3 s, for 30 to 90 s",
        way,
        new Cost(sums[0] / seconds, sums[1] / seconds),
        sums[2] / seconds);
  }

  private static long seconds(double seconds) {
    return (long) (seconds * 1e9);
  }

  /** A machine costs from its launch on, before it is a node, until it is given back. */
  private static boolean launched(JsonNode claim) {
    return claim.at("/metadata/labels").has("node.kubernetes.io/instance-type")
        && claim.at("/metadata/labels").has("topology.kubernetes.io/zone")
        && !claim.at("/status/providerID").isMissingNode()
        && !claim.at("/metadata").has("deletionTimestamp");
  }

  /** Of Windfall's pods; those of Karpenter alone are the same. */
  private static List<Integer> gpus(List<JsonNode> pods) {
    return pods.stream()
        .filter(pod -> pod.at("/metadata/name").asText().startsWith("train-"))
        .map(pod -> pod.at("/spec/containers/0/resources/limits").path("nvidia.com/gpu").asInt())
        .toList();
  }

  private static void removeEmpty(
      Bed bed, List<JsonNode> claims, List<JsonNode> pods, Map<String, Long> emptySince, long now) {
    Set<String> used = pods.stream().map(pod -> pod.at("/spec/nodeName").asText()).collect(toSet());
    List<String> words = new ArrayList<>(List.of("delete", "nodeclaims", "--wait=false"));
    Set<String> empty = new HashSet<>();
    for (JsonNode claim : claims) {
      String node = claim.at("/status/nodeName").asText();
      if (!node.isEmpty()
          && !used.contains(node)
          && !claim.at("/metadata").has("deletionTimestamp")) {
        empty.add(node);
        if (now - emptySince.computeIfAbsent(node, n -> now) >= EMPTY.toNanos()) {
          words.add(claim.at("/metadata/name").asText());
        }
      }
    }
    emptySince.keySet().retainAll(empty);
    if (words.size() > 3) {
      bed.kubectl(words.toArray(String[]::new));
    }
  }

  @Test
  void assigningBurstsCostsAtMostFivePercentMoreThanTheOptimumOnAverage() {
    assertTrue(table.average(Row::withRatio) <= 1.05, table::text);
  }

  @Test
  void assigningBurstsNeverCostsMoreThanFifteenPercentAboveTheOptimum() {
    for (Row row : table.rows()) {
      assertTrue(row.withRatio() <= 1.15, row::toString);
    }
  }

  @Test
  void windfallNeverCostsMoreThanPlainKarpenter() {
    for (Row row : table.rows()) {
      assertTrue(row.with() <= row.plain() + 1e-9, row::toString);
    }
  }

  /** The control: were the packing not to show in this bed, its absence would prove nothing. */
  @Test
  void plainKarpenterBuysOneBigMachineForThreeSmallPods() {
    Row three = table.row(CostTable.spoken(List.of(1, 1, 1)));

    assertTrue(three.plainRatio() > 1.15, three::toString);
  }

  // The bed.

  private static String pool(String name, String... families) {
    return Bed.spotPool(families).replace("name: gpu\n", "name: " + name + "\n");
  }

  /** Pods are held once the webhook has seen that somebody leads. */
  private static void awaitHeld(Bed bed) {
    await("bursts are held")
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(500))
        .until(() ->
            Bed.read(
                    bed.apply(
                        pod(Way.WITH, 0).manifest(),
                        "create",
                        "--dry-run=server",
                        "-o",
                        "json",
                        "-f",
                        "-"))
                .at("/spec/schedulingGates/0/name")
                .asText()
                .equals("windfall.dev/burst"));
  }

  private static void awaitHeaviest(Bed bed, String offer) {
    await(offer + " comes first")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(300))
        .until(() -> {
          String heaviest = "";
          int most = 0;
          for (JsonNode rung : items(bed, "nodepools")) {
            if (rung.at("/spec/weight").asInt() > most) {
              most = rung.at("/spec/weight").asInt();
              heaviest =
                  rung.at("/spec/template/metadata/labels").path("windfall.dev/offer").asText();
            }
          }
          return heaviest.equals(offer);
        });
  }

  /** The nodes for a burst and those before it, once all pods run and no more come. */
  private static List<JsonNode> launched(
      Bed bed, Way way, List<Integer> burst, int before, Map<String, String> wishes) {
    create(bed, way, burst, before, wishes);
    int pods = 2 * (before + burst.size());
    AtomicReference<List<JsonNode>> nodes = new AtomicReference<>(List.of());
    await(pods + " pods run and no new node appears")
        .during(QUIET)
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(300))
        .until(() -> {
          List<JsonNode> all = items(bed, "nodes,nodeclaims,pods", "-A");
          List<JsonNode> now = ofKind(all, "Node");
          List<JsonNode> then = nodes.getAndSet(now);
          return names(now).equals(names(then))
              && now.size() == ofKind(all, "NodeClaim").size()
              && ofKind(all, "Pod").stream().filter(CostTest::runs).count() == pods;
        });
    return nodes.get();
  }

  /** Each pod twice: one for Karpenter by itself, and one for Windfall. */
  private static void create(
      Bed bed, Way way, List<Integer> burst, int first, Map<String, String> wishes) {
    List<TestPod> pods = new ArrayList<>();
    for (int i = 0; i < burst.size(); i++) {
      pods.add(PlainKarpenter.pod("plain-" + (first + i)).gpus(burst.get(i)));
      TestPod pod = pod(way, first + i).gpus(burst.get(i));
      for (Map.Entry<String, String> wish : wishes.entrySet()) {
        pod = pod.wish(wish.getKey(), wish.getValue());
      }
      pods.add(pod);
    }
    bed.create(pods.toArray(TestPod[]::new));
  }

  private static void delete(Bed bed, Way way, List<Integer> pods) {
    for (String who : List.of("plain", "train")) {
      List<String> words = new ArrayList<>(List.of("delete", "pods", "--wait=false"));
      words.addAll(List.of("--grace-period=0", "--force", "-n"));
      words.add(who.equals("plain") ? "default" : way.namespace);
      pods.forEach(pod -> words.add(who + "-" + pod));
      words.add("--ignore-not-found");
      bed.kubectl(words.toArray(String[]::new));
    }
  }

  private static void empty(Bed bed) {
    bed.empty(Way.WITHOUT.namespace, Way.WITH.namespace);
  }

  private static List<JsonNode> items(Bed bed, String... words) {
    List<JsonNode> items = new ArrayList<>();
    bed.get(words).at("/items").forEach(items::add);
    return items;
  }

  private static List<JsonNode> ofKind(List<JsonNode> all, String kind) {
    return all.stream().filter(item -> item.path("kind").asText().equals(kind)).toList();
  }

  private static Set<String> names(List<JsonNode> items) {
    return items.stream().map(item -> item.at("/metadata/name").asText()).collect(toSet());
  }

  private static boolean runs(JsonNode pod) {
    return pod.at("/status/phase").asText().equals("Running");
  }

  private static TestPod pod(Way way, int number) {
    return TestPod.spot("train-" + number).in(way.namespace);
  }
}
