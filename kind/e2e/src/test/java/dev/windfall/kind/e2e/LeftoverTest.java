package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.kind.ec2.LocalEc2;
import dev.windfall.kind.ec2.Machine;
import dev.windfall.kind.ec2.Region;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * The manifest that a user of Leftover has, unchanged, on a cluster with Windfall: EC2 is played,
 * and what it sells, the bed's Karpenter sells too.
 */
class LeftoverTest {
  private static final String REGION = "eu-central-1";
  private static final String A = "eu-central-1a";
  private static final String B = "eu-central-1b";
  private static final String ID_OF_A = "euc1-az2";
  private static final String ID_OF_B = "euc1-az3";

  private static final Path MANIFEST = Command.root().resolve("examples/leftovernodepool.yaml");
  private static final String NAME = "gpu-spot-euc1";
  private static final String POOL = "leftover-gpu-spot-euc1";

  private static final String APART =
      "affinity: {podAntiAffinity: {requiredDuringSchedulingIgnoredDuringExecution: "
          + "[{topologyKey: kubernetes.io/hostname, labelSelector: {matchLabels: {app: train}}}]}}";

  private static final Map<String, String> ACCOUNT =
      Map.of("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE", "AWS_SECRET_ACCESS_KEY", "none");

  private final LocalEc2 ec2 = LocalEc2.start();
  private @TempDir Path directory;

  /** A machine that is sold in both zones. */
  private record Sold(String type, int vcpus, int gpus, String model, double inA, double inB) {
    Machine machine() {
      return Machine.nvidia(type, vcpus, vcpus * 4, gpus, model, 24576);
    }

    String offer(String zone, double usd) {
      return """
      - {provider: aws, region: %s, zone: %s, instanceType: %s, capacity: spot, architecture: amd64,
         gpu: {manufacturer: NVIDIA, model: %s, count: %d, memory: 24Gi}, cpu: %d, memory: %dGi, usdPerHour: "%s"}
      """
          .formatted(REGION, zone, type, model, gpus, vcpus, vcpus * 4, usd(usd));
    }
  }

  /** Three of each model and count: about fewer, EC2 is not asked for scores. */
  private static final List<Sold> SINGLE =
      List.of(
          new Sold("g6.xlarge", 4, 1, "L4", 0.40, 0.40),
          new Sold("g6.2xlarge", 8, 1, "L4", 0.60, 0.61),
          new Sold("g6.4xlarge", 16, 1, "L4", 0.80, 0.81),
          new Sold("g5.xlarge", 4, 1, "A10G", 0.48, 0.52),
          new Sold("g5.2xlarge", 8, 1, "A10G", 0.70, 0.71),
          new Sold("g5.4xlarge", 16, 1, "A10G", 0.90, 0.91));

  @AfterEach
  void end() {
    ec2.close();
  }

  private Region sells(List<Sold> machines) {
    Region region = ec2.region(REGION).zone(A, ID_OF_A).zone(B, ID_OF_B);
    // Against the alphabet, in which zones come where nothing else tells them apart.
    region.score(ID_OF_A, 7).score(ID_OF_B, 9);
    for (Sold sold : machines) {
      region
          .machine(sold.machine())
          .price(sold.type(), A, usd(sold.inA()))
          .price(sold.type(), B, usd(sold.inB()));
    }
    return region;
  }

  private static String usd(double usd) {
    return String.format(Locale.ROOT, "%.4f", usd);
  }

  /** As Leftover ranks: by price per GPU, then by score, then by price. */
  @Test
  void itRanksByPricePerGpuThenByScoreThenByPrice() {
    List<Sold> all = new ArrayList<>(SINGLE);
    all.add(new Sold("g6.12xlarge", 48, 4, "L4", 1.64, 2.80));
    all.add(new Sold("g5.48xlarge", 192, 8, "A10G", 3.28, 5.60));
    all.add(new Sold("p5.48xlarge", 192, 8, "H100", 3.60, 25.0));
    all.add(new Sold("g5g.xlarge", 4, 1, "T4G", 0.10, 0.10));
    var _ = sells(all);

    String said =
        Command.run(
            60,
            ACCOUNT,
            "",
            List.of(
                Command.root().resolve("windfall").toString(),
                "rank",
                "--region",
                REGION,
                "--endpoint",
                ec2.uri().toString(),
                "--pool",
                MANIFEST.toString(),
                "-o",
                "json"));

    List<String> offers =
        StreamSupport.stream(Bed.read(said).path("offers").spliterator(), false)
            .map(offer ->
                offer.path("zone").asText().substring(REGION.length())
                    + " "
                    + offer.path("instanceType").asText())
            .limit(6)
            .toList();
    assertEquals(
        List.of(
            "b g6.xlarge",
            "a g6.xlarge",
            "a g6.12xlarge",
            "a g5.48xlarge",
            "a p5.48xlarge",
            "a g5.xlarge"),
        offers);
  }

  @Test
  void itBuysTheCheapestAndWhatRunsRunsOnWhateverMovesAndIsDeleted() throws IOException {
    Region region = sells(SINGLE);
    try (Cluster cluster = new Cluster(market())) {
      cluster.story(region);
    }
  }

  private Path market() throws IOException {
    StringBuilder offers = new StringBuilder("offers:\n");
    for (Sold sold : SINGLE) {
      offers.append(sold.offer(A, sold.inA())).append(sold.offer(B, sold.inB()));
    }
    return Files.writeString(directory.resolve("market.yaml"), offers);
  }

  /** The bed, with Windfall on it. */
  private final class Cluster implements AutoCloseable {
    private final Bed bed;
    private final Observation observation;
    private final List<WindfallProcess> replicas = new ArrayList<>();

    Cluster(Path market) {
      bed = Bed.up("--market", market.toString());
      observation = new Observation(bed);
    }

    private void serve() {
      Map<String, String> settings = new HashMap<>(ACCOUNT);
      settings.put(
          "WINDFALL_MARKET_SOURCES",
          "[{type: aws, regions: [%s], every: 1s, endpoints: {ec2: '%s', pricing: '%s', quotas: '%s'}}]"
              .formatted(REGION, ec2.uri(), ec2.uri(), ec2.uri()));
      settings.put("WINDFALL_LEFTOVER_ROLE", "KarpenterNodeRole-your-cluster");
      settings.put("WINDFALL_LEFTOVER_AMIALIAS", "al2023@v20260101");
      replicas.add(WindfallProcess.start(bed, settings));
    }

    void story(Region region) {
      serve();
      bed.kubectl("apply", "-f", Command.root().resolve("deploy/nodeclass.yaml").toString());
      bed.kubectl("apply", "-f", MANIFEST.toString());
      eventually("each offer has a rung", () -> order().size() == 12);
      assertEquals(List.of("b.g6.xlarge", "a.g6.xlarge", "a.g5.xlarge"), order().subList(0, 3));
      JsonNode nodeClass = readyClass();
      bed.create(TestPod.spot("first"));
      eventually("a pod runs", () -> bed.runs("first"));
      assertEquals("eu-central-1b.g6.xlarge.spot", bed.offerUnder("first"));
      assertNodesAreAsTheManifestSays(nodeClass.at("/metadata/name").asText());
      eventually("the status says what was chosen", () -> says("0.4000", 9, B, A));
      assertEquals("True", condition("Ready").path("status").asText());
      String at = status().path("lastSyncTime").asText();

      pricesMoveALittle(region);
      assertEquals(at, status().path("lastSyncTime").asText(), "the selection is the same");

      region.price("g6.xlarge", B, "0.9500");
      eventually("the weights follow", () -> order().getFirst().equals("a.g6.xlarge"));
      eventually("so does the status", () -> says("0.4000", 7, A, B));
      assertFalse(at.equals(status().path("lastSyncTime").asText()), "another selection");
      bed.create(TestPod.spot("second").says(APART));
      eventually("another pod runs", () -> bed.runs("second"));
      assertEquals("eu-central-1a.g6.xlarge.spot", bed.offerUnder("second"));

      // Scores hold for a quarter of an hour; about three nodes it is another question.
      region.score(ID_OF_A, 2);
      bed.kubectl(
          "patch",
          "leftovernodepool",
          NAME,
          "--type=merge",
          "-p",
          "{\"spec\":{\"targetCount\":3}}");
      eventually("what is below minSpotScore closes", () -> open().equals(Set.of(B)));
      region.score(ID_OF_B, 3);
      replicas.getLast().kill();
      serve();
      eventually("where nothing has that score, all count", () -> open().equals(Set.of(A, B)));
      eventually("the cheapest leads", () -> says("0.4000", 2, A, B));

      assertEquals(Set.of(), observation.wrong());
      JsonNode still = readyClass();
      assertEquals(nodeClass.at("/metadata/uid"), still.at("/metadata/uid"));
      assertEquals(1, still.at("/metadata/generation").asInt(), "nobody edited it");
      deletingItDrainsNothing();
    }

    private void assertNodesAreAsTheManifestSays(String nodeClass) {
      JsonNode node = bed.get("nodes").at("/items/0");
      JsonNode labels = node.at("/metadata/labels");
      assertEquals("gpu", labels.path("workload").asText());
      assertEquals("true", labels.path("nvidia.com/gpu.present").asText());
      assertEquals(nodeClass, labels.path("karpenter.k8s.aws/ec2nodeclass").asText());
    }

    /** The node class that was made, once Karpenter takes it for good. */
    private JsonNode readyClass() {
      eventually("its node class is ready", () -> ready(classes()));
      JsonNode nodeClass = classes().get(0);
      JsonNode spec = nodeClass.path("spec");
      assertEquals("KarpenterNodeRole-your-cluster", spec.path("role").asText());
      assertEquals("[{\"alias\":\"al2023@v20260101\"}]", spec.path("amiSelectorTerms").toString());
      assertEquals(
          "1", spec.at("/subnetSelectorTerms/0/tags/kubernetes.io~1role~1internal-elb").asText());
      assertEquals(
          "owned",
          spec.at("/securityGroupSelectorTerms/0/tags/kubernetes.io~1cluster~1your-cluster")
              .asText());
      return nodeClass;
    }

    private JsonNode classes() {
      return bed.get("ec2nodeclasses").at("/items");
    }

    private static boolean ready(JsonNode classes) {
      return classes.size() == 1
          && condition(classes.get(0), "Ready").path("status").asText().equals("True");
    }

    private void pricesMoveALittle(Region region) {
      double written = replicas.getLast().writesOf("leftovernodepools");
      int[] moves = {0};
      await("prices move for ten seconds")
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofSeconds(1))
          .until(() -> {
            region.price("g6.xlarge", B, usd(0.40 + 0.003 * (moves[0] % 4)));
            observation.look();
            return ++moves[0] == 10;
          });
      assertEquals(written, replicas.getLast().writesOf("leftovernodepools"), "nothing to say");
      assertEquals("b.g6.xlarge", order().getFirst());
    }

    private void deletingItDrainsNothing() {
      bed.kubectl("delete", "leftovernodepool", NAME, "--wait=false");
      eventually("its rungs close", () -> open().isEmpty());
      int[] looks = {0};
      eventually("that is so for a while", () -> ++looks[0] == 30);
      assertEquals(Set.of(), observation.wrong());
      assertEquals(2, bed.get("nodeclaims").at("/items").size());
      assertEquals(1, bed.get("leftovernodepools").at("/items").size());

      List.of("first", "second").forEach(observation::ends);
      bed.empty("default");
      eventually(
          "the rungs go, and what was waiting for them",
          () -> {
            observation.age();
            return bed.get("leftovernodepools,spotpools,nodepools,ec2nodeclasses")
                .at("/items")
                .isEmpty();
          });
    }

    /** Zone and type of each exact rung, the heaviest first, without region and capacity. */
    private List<String> order() {
      return rungs().stream()
          .sorted(Comparator.comparingInt(rung -> -rung.at("/spec/weight").asInt()))
          .map(Cluster::offer)
          .map(offer -> offer.substring(REGION.length()).replace(".spot", ""))
          .toList();
    }

    /** The zones in which something may be bought. */
    private Set<String> open() {
      Set<String> zones = new TreeSet<>();
      for (JsonNode rung : rungs()) {
        if (!rung.at("/spec/limits/nvidia.com~1gpu").asText().equals("0")) {
          String offer = offer(rung);
          zones.add(offer.substring(0, offer.indexOf('.')));
        }
      }
      return zones;
    }

    private List<JsonNode> rungs() {
      List<JsonNode> rungs = new ArrayList<>();
      bed.get("nodepools", "-l", "windfall.dev/pool=" + POOL).at("/items").forEach(rungs::add);
      rungs.removeIf(rung -> offer(rung).isEmpty());
      return rungs;
    }

    private static String offer(JsonNode rung) {
      return rung.at("/spec/template/metadata/labels/windfall.dev~1offer").asText();
    }

    private boolean says(String usd, int score, String... zones) {
      List<String> selected = new ArrayList<>();
      status().path("selectedZones").forEach(zone -> selected.add(zone.asText()));
      return status().path("lastPriceUSD").asText().equals(usd)
          && status().path("lastScore").asInt() == score
          && status().at("/selectedInstanceTypes/0").asText().equals("g6.xlarge")
          && selected.equals(List.of(zones));
    }

    private JsonNode status() {
      return bed.get("leftovernodepool", NAME).path("status");
    }

    private JsonNode condition(String type) {
      return condition(bed.get("leftovernodepool", NAME), type);
    }

    private static JsonNode condition(JsonNode object, String type) {
      for (JsonNode condition : object.at("/status/conditions")) {
        if (condition.path("type").asText().equals(type)) {
          return condition;
        }
      }
      return object.path("no such condition");
    }

    private void eventually(String what, BooleanSupplier condition) {
      await(what)
          .atMost(Duration.ofSeconds(60))
          .pollInterval(Duration.ofMillis(500))
          .until(() -> {
            observation.look();
            return condition.getAsBoolean();
          });
    }

    @Override
    public void close() {
      try {
        replicas.stream().filter(WindfallProcess::alive).forEach(WindfallProcess::stop);
      } finally {
        bed.close();
      }
    }
  }
}
