package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.kind.ec2.Fault;
import dev.windfall.kind.ec2.LocalEc2;
import dev.windfall.kind.ec2.Machine;
import dev.windfall.kind.ec2.Region;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.zip.GZIPInputStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/**
 * Prices of a cloud, which move, fail and go away, and what becomes of rungs and nodes. EC2 is
 * played; what it sells, the bed's Karpenter sells too.
 */
class MarketTest {
  private static final String REGION = "eu-central-1";
  private static final String SOURCE = "aws eu-central-1";
  private static final String A = "eu-central-1a";
  private static final String B = "eu-central-1b";
  private static final String IN_A = "eu-central-1a.g6.xlarge.spot";
  private static final String IN_B = "eu-central-1b.g6.xlarge.spot";
  private static final int RUNGS = 8;

  private static final String POOL = Bed.spotPool("g6", "g5");

  private static final Pattern LAST_READ =
      Pattern.compile(Pattern.quote(SOURCE) + " last read at (\\S+): .+");

  private final List<WindfallProcess> replicas = new ArrayList<>();
  private final LocalEc2 ec2 = LocalEc2.start();

  /** It is remembered when the endpoint is gone. */
  private final String endpoint = ec2.uri().toString();

  private Bed bed;

  @BeforeEach
  void aBedAndARegionOfFourTypesInTwoZones() {
    bed = Bed.up();
    region()
        .zone(A, "euc1-az2")
        .zone(B, "euc1-az3")
        .machine(Machine.nvidia("g6.xlarge", 4, 16, 1, "L4", 24576))
        .machine(Machine.nvidia("g6.12xlarge", 48, 192, 4, "L4", 24576))
        .machine(Machine.nvidia("g5.xlarge", 4, 16, 1, "A10G", 24576))
        .machine(Machine.nvidia("g5.12xlarge", 48, 192, 4, "A10G", 24576));
  }

  @AfterEach
  void end() {
    try {
      replicas.stream().filter(WindfallProcess::alive).forEach(WindfallProcess::stop);
    } finally {
      bed.close();
      ec2.close();
    }
  }

  @Test
  void pricesThatMoveEverySecondAndAnEndpointThatIsOutLoseNoRungAndDriftNoNodeClaim() {
    try (MovingPrices prices = new MovingPrices(region())) {
      prices.usual(A, "g6.xlarge", 0.30).usual(B, "g6.xlarge", 0.45);
      prices.usual(A, "g6.12xlarge", 2.2).usual(B, "g6.12xlarge", 2.0);
      prices.usual(A, "g5.xlarge", 0.60).usual(B, "g5.xlarge", 0.58);
      prices.usual(A, "g5.12xlarge", 2.5).usual(B, "g5.12xlarge", 2.8);
      prices.start();
      start(Map.of());
      bed.apply(POOL, "apply", "-f", "-");
      eventually("every offer has a rung", () -> rungs().size() == RUNGS);
      assertEquals(IN_A, heaviest());
      bed.create(TestPod.spot("train"));
      eventually("the pod runs", () -> bed.runs("train"));
      Watch watch = new Watch();
      assertEquals(IN_A, bed.offerUnder("train"), "the cheapest at that time");

      int begin = prices.moves();
      prices.usual(A, "g6.xlarge", 0.80);
      eventually("the weights follow", () -> watch.sees() && heaviest().equals(IN_B));
      eventually("prices moved for half a minute", () -> watch.reaches(prices, begin + 30));
      assertEquals("PricesRead", marketFresh().path("reason").asText());

      ec2.faults().always("*", Fault.error(503, "Unavailable", "The service is unavailable."));
      eventually("the status tells", () -> watch.sees() && reason("SourceFailing"));
      Matcher told = LAST_READ.matcher(marketFresh().path("message").asText());
      assertTrue(told.matches(), () -> marketFresh().toString());
      assertEquals("True", marketFresh().path("status").asText(), "its prices are fresh enough");
      prices.usual(A, "g6.xlarge", 0.30);
      eventually(
          "the endpoint is out for a minute",
          () -> watch.seesHeaviest(IN_B) && watch.reaches(prices, begin + 90));
      assertEquals("SourceFailing", marketFresh().path("reason").asText());

      ec2.faults().clear();
      eventually("the status tells that all is well", () -> watch.sees() && reason("PricesRead"));
      eventually("the weights follow again", () -> watch.sees() && heaviest().equals(IN_A));
      eventually("prices moved for two minutes", () -> watch.reaches(prices, begin + 120));
      assertEquals(List.of(), watch.lost());
    }
  }

  @Test
  void theOrderIsTheSameAfterAllReplicasWereKilledAndTheCloudIsGone() throws IOException {
    region().price("g6.xlarge", A, "0.3000").price("g6.xlarge", B, "0.4500");
    region().price("g6.12xlarge", A, "2.2000").price("g6.12xlarge", B, "2.0000");
    region().price("g5.xlarge", A, "0.4800").price("g5.xlarge", B, "0.6000");
    region().price("g5.12xlarge", A, "2.5000").price("g5.12xlarge", B, "2.8000");
    Instant begin = Instant.now();
    start(Map.of());
    bed.apply(POOL, "apply", "-f", "-");
    eventually("every offer has a rung", () -> rungs().size() == RUNGS);
    assertEquals(IN_A, heaviest());
    // Cheaper, but by less than the hysteresis: who knew only the prices would have another order.
    region().price("g6.xlarge", B, "0.2950");
    eventually("the price is published", () -> publishedBook().contains("0.295"));
    start(reconcilerOnly());
    Map<String, String> before = awaitSteadyRungs();
    assertEquals(IN_A, heaviest());

    replicas.forEach(WindfallProcess::kill);
    replicas.clear();
    Instant gone = Instant.now();
    try (Socket _ = closedForGood()) {
      start(Map.of());
      start(reconcilerOnly());

      eventually("one of them leads", () -> replicas.stream().anyMatch(WindfallProcess::leads));
      eventually("the status tells", () -> reason("SourceFailing"));
      assertEquals(before, awaitSteadyRungs());
      WindfallProcess leader =
          replicas.stream().filter(WindfallProcess::leads).findFirst().orElseThrow();
      assertEquals(0, leader.metric("windfall_source_up", SOURCE));
      Matcher told = LAST_READ.matcher(marketFresh().path("message").asText());
      assertTrue(told.matches(), () -> marketFresh().toString());
      Instant read = Instant.parse(told.group(1));
      assertFalse(read.isBefore(begin) || read.isAfter(gone), () -> marketFresh().toString());
      assertEquals(
          (double) read.getEpochSecond(),
          leader.metric("windfall_source_last_success_timestamp_seconds", SOURCE));
    }
  }

  /** What must stay as it was when the watch began, looked at again and again. */
  private final class Watch {
    private final Map<String, String> rungs;
    private final Map<String, String> claims;
    private final String pod;
    private final TreeSet<String> lost = new TreeSet<>();

    Watch() {
      JsonNode items = bed.get("nodepools,nodeclaims,pods").at("/items");
      rungs = uids(items, "NodePool");
      claims = uids(items, "NodeClaim");
      pod = uids(items, "Pod").toString();
      assertEquals(RUNGS, rungs.size());
      assertEquals(1, claims.size());
    }

    /** Looks once; true, so that it can stand in a condition. */
    boolean sees() {
      JsonNode items = bed.get("nodepools,nodeclaims,pods").at("/items");
      note("rungs", rungs, uids(items, "NodePool"));
      note("NodeClaims", claims, uids(items, "NodeClaim"));
      if (!uids(items, "Pod").toString().equals(pod)) {
        lost.add("the pod is another");
      }
      for (JsonNode item : items) {
        String name = item.at("/metadata/name").asText();
        switch (item.path("kind").asText()) {
          case "NodePool" -> {
            if (at(item, "/spec/limits/nvidia.com~1gpu", "0")) {
              lost.add(name + " was closed");
            }
          }
          case "NodeClaim" -> {
            if (condition(item, "Drifted").path("status").asText().equals("True")) {
              lost.add(name + " drifted");
            }
          }
          default -> {
            if (!at(item, "/status/phase", "Running")) {
              lost.add(name + " does not run");
            }
          }
        }
      }
      return true;
    }

    boolean seesHeaviest(String offer) {
      String now = heaviest();
      if (!now.equals(offer)) {
        lost.add("the order: %s was heaviest, and then %s".formatted(offer, now));
      }
      return true;
    }

    boolean reaches(MovingPrices prices, int moves) {
      return sees() && prices.moves() >= moves;
    }

    private void note(String what, Map<String, String> first, Map<String, String> now) {
      if (!now.equals(first)) {
        lost.add("%s were %s, and then %s".formatted(what, first, now));
      }
    }

    List<String> lost() {
      return List.copyOf(lost);
    }
  }

  private static Map<String, String> uids(JsonNode items, String kind) {
    Map<String, String> uids = new TreeMap<>();
    for (JsonNode item : items) {
      if (at(item, "/kind", kind)) {
        uids.put(item.at("/metadata/name").asText(), item.at("/metadata/uid").asText());
      }
    }
    return uids;
  }

  // Windfall.

  private void start(Map<String, String> more) {
    Map<String, String> settings = new HashMap<>(more);
    settings.put(
        "WINDFALL_MARKET_SOURCES",
        "[{type: aws, regions: [%s], every: 1s, endpoints: {ec2: '%s', pricing: '%s', quotas: '%s'}}]"
            .formatted(REGION, endpoint, endpoint, endpoint));
    settings.put("WINDFALL_MARKET_PUBLISH_EVERY", "1s");
    settings.put("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    settings.put("AWS_SECRET_ACCESS_KEY", "none");
    replicas.add(WindfallProcess.start(bed, settings));
  }

  /** A second replica on this machine: no webhook, since the API server knows one address. */
  private static Map<String, String> reconcilerOnly() {
    try (ServerSocket free = new ServerSocket(0, 1, InetAddress.getLoopbackAddress())) {
      return Map.of(
          "WINDFALL_ROLES",
          "reconciler",
          "WINDFALL_MANAGEMENT_PORT",
          String.valueOf(free.getLocalPort()));
    } catch (IOException e) {
      throw new AssertionError("looking for a free port", e);
    }
  }

  /** Ends the endpoint. Its port stays taken, or another program could get it, and answer. */
  private Socket closedForGood() throws IOException {
    int port = ec2.uri().getPort();
    ec2.close();
    Socket taken = new Socket();
    taken.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    return taken;
  }

  private Region region() {
    return ec2.region(REGION);
  }

  // Reading the cluster.

  /** Offer, identity, weight and generation of each rung: a write to its spec changes the last. */
  private Map<String, String> rungs() {
    Map<String, String> rungs = new TreeMap<>();
    for (JsonNode pool : bed.get("nodepools", "-l", "windfall.dev/pool").at("/items")) {
      rungs.put(
          pool.at("/spec/template/metadata/labels/windfall.dev~1offer").asText(),
          "weight %d, generation %d, %s"
              .formatted(
                  pool.at("/spec/weight").asInt(),
                  pool.at("/metadata/generation").asInt(),
                  pool.at("/metadata/uid").asText()));
    }
    return rungs;
  }

  private Map<String, String> awaitSteadyRungs() {
    Map<String, String> first = rungs();
    await("the rungs stay as they are")
        .during(Duration.ofSeconds(5))
        .atMost(Duration.ofSeconds(20))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> rungs().equals(first));
    return first;
  }

  private String heaviest() {
    String offer = "";
    int weight = 0;
    for (JsonNode pool : bed.get("nodepools", "-l", "windfall.dev/pool").at("/items")) {
      if (pool.at("/spec/weight").asInt() > weight) {
        weight = pool.at("/spec/weight").asInt();
        offer = pool.at("/spec/template/metadata/labels/windfall.dev~1offer").asText();
      }
    }
    return offer;
  }

  private JsonNode marketFresh() {
    return condition(bed.get("spotpool", "gpu"), "MarketFresh");
  }

  private boolean reason(String reason) {
    return at(marketFresh(), "/reason", reason);
  }

  private static JsonNode condition(JsonNode object, String type) {
    for (JsonNode condition : object.at("/status/conditions")) {
      if (at(condition, "/type", type)) {
        return condition;
      }
    }
    return object.path("no such condition");
  }

  private static boolean at(JsonNode object, String pointer, String text) {
    return object.at(pointer).asText().equals(text);
  }

  /** The text of the published book; empty when there is none. */
  private String publishedBook() {
    JsonNode books =
        bed.get(
                "configmaps",
                "-n",
                "windfall-system",
                "--field-selector",
                "metadata.name=windfall-price-book")
            .at("/items");
    try {
      for (JsonNode book : books) {
        byte[] bytes = book.at("/binaryData/book.json.gz").binaryValue();
        return new String(
            new GZIPInputStream(new ByteArrayInputStream(bytes)).readAllBytes(),
            StandardCharsets.UTF_8);
      }
      return "";
    } catch (IOException e) {
      throw new AssertionError("the published book cannot be read", e);
    }
  }

  private static void eventually(String what, BooleanSupplier condition) {
    await(what)
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(500))
        .until(condition::getAsBoolean);
  }
}
