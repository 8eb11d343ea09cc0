package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/**
 * What Karpenter launches at most when pods for four times a limit come at once. Windfall divides
 * the limit among rungs; one plain NodePool with the same limit stands beside it.
 *
 * <p>{@code -Dwindfall.bursts=5} brings five bursts for each row instead of one.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class LimitsTest {
  private static final int BURSTS = Integer.getInteger("windfall.bursts", 1);
  private static final int TIMES = 4;
  private static final int[] SIZES = {1, 1, 2, 1, 4};

  /** Longer than from one look of Karpenter at pods that wait to the next. */
  private static final Duration QUIET = Duration.ofSeconds(12);

  private static final List<Case> CASES =
      List.of(
          new Case(4, 0, false),
          new Case(8, 0, false),
          new Case(8, 0, true),
          new Case(16, 0, false),
          new Case(16, 0, true),
          new Case(0, 5, false));

  /**
   * A limit.
   *
   * @param gpus 0: a limit of dollars
   * @param usdPerHour 0: a limit of GPUs
   * @param moving whether prices change the order of the rungs every second meanwhile
   */
  private record Case(int gpus, int usdPerHour, boolean moving) {
    String limits() {
      return gpus > 0 ? "{gpus: " + gpus + "}" : "{usdPerHour: \"" + usdPerHour + "\"}";
    }

    double most() {
      return gpus > 0 ? gpus : usdPerHour;
    }

    /** GPUs that are asked for; one costs about half a dollar. */
    int asked() {
      return TIMES * (gpus > 0 ? gpus : 2 * usdPerHour);
    }
  }

  /** What was launched at most, in the unit of the limit. */
  private record Row(Case limit, double windfall, double plain) {}

  private final List<Row> rows = new ArrayList<>();

  @BeforeAll
  void measure() {
    try (Bed bed = Bed.up()) {
      String file = bed.environment().getOrDefault("WINDFALL_BED_MARKET", "missing");
      SpotMarket market = SpotMarket.read(Path.of(file));
      bed.apply(PlainKarpenter.NODE_POOL, "apply", "-f", "-");
      WindfallProcess windfall = WindfallProcess.start(bed);
      try {
        for (Case limit : CASES) {
          for (int burst = 0; burst < BURSTS; burst++) {
            rows.add(measure(bed, market, limit, new Random(burst)));
          }
        }
      } finally {
        windfall.stop();
      }
    }
    System.out.print(table());
  }

  private static Row measure(Bed bed, SpotMarket market, Case limit, Random random) {
    bed.empty("default");
    bed.restoreMarket();
    String pool = Bed.spotPool("g6", "g5") + "  limits: " + limit.limits() + "\n";
    bed.apply(pool, "apply", "-f", "-");
    String same =
        "{\"spec\":{\"limits\":{\"nvidia.com/gpu\":\"%d\"}}}"
            .formatted(limit.gpus() > 0 ? limit.gpus() : 1_000_000);
    bed.kubectl("patch", "nodepool", "plain", "--type=merge", "-p", same);
    awaitShares(bed, limit);

    List<TestPod> burst = new ArrayList<>();
    int gpus = 0;
    for (int i = 0; gpus < limit.asked(); i++) {
      int size = SIZES[random.nextInt(SIZES.length)];
      gpus += size;
      burst.add(TestPod.spot("train-" + i).gpus(size));
      if (limit.gpus() > 0) {
        burst.add(PlainKarpenter.pod("plain-" + i).gpus(size));
      }
    }
    bed.create(burst.toArray(TestPod[]::new));
    double[] most = {0, 0};
    Set<String> claims = new TreeSet<>();
    await("no more is launched")
        .during(QUIET)
        .atMost(Duration.ofMinutes(3))
        .pollInterval(Duration.ofMillis(300))
        .until(() -> {
          if (limit.moving()) {
            move(bed, random);
          }
          double windfall = 0;
          double plain = 0;
          boolean more = false;
          for (JsonNode claim : bed.get("nodeclaims").at("/items")) {
            more |= claims.add(claim.at("/metadata/name").asText());
            double launched =
                limit.gpus() > 0
                    ? claim.at("/status/capacity").path("nvidia.com/gpu").asInt()
                    : launched(claim) ? market.price(claim) : 0;
            if (PlainKarpenter.launched(claim)) {
              plain += launched;
            } else {
              windfall += launched;
            }
          }
          most[0] = Math.max(most[0], windfall);
          most[1] = Math.max(most[1], plain);
          return !more && !claims.isEmpty();
        });
    Row row = new Row(limit, most[0], most[1]);
    System.out.println(row);
    return row;
  }

  private static boolean launched(JsonNode claim) {
    return !claim.at("/status/providerID").isMissingNode();
  }

  /** All four small offers change places, and so do the shares of the limit. */
  private static void move(Bed bed, Random random) {
    if (random.nextInt(3) > 0) {
      return;
    }
    for (String type : List.of("g6.xlarge", "g5.xlarge")) {
      for (String zone : List.of("eu-central-1a", "eu-central-1b")) {
        double usd = 0.3 + random.nextDouble() * 0.4;
        bed.price(zone, type, "spot", String.format(Locale.ROOT, "%.4f", usd));
      }
    }
  }

  /** Until the rungs have shares of this limit. */
  private static void awaitShares(Bed bed, Case limit) {
    await("the limit is divided")
        .during(Duration.ofSeconds(3))
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofMillis(500))
        .until(() -> {
          int shares = 0;
          for (JsonNode rung : bed.get("nodepools", "-l", "windfall.dev/pool").at("/items")) {
            JsonNode share = rung.at("/spec/limits").path("nvidia.com/gpu");
            shares += share.isMissingNode() ? 1_000_000 : share.asInt();
          }
          return shares > 0 && shares <= (limit.gpus() > 0 ? limit.gpus() : 50);
        });
  }

  private String table() {
    StringBuilder table =
        new StringBuilder(
            """
            | limit | prices | GPUs asked for | Windfall, at most | plain Karpenter, at most |
            |---|---|---|---|---|
            """);
    for (Row row : rows) {
      table.append(
          String.format(
              Locale.ROOT,
              "| %s | %s | %d | %s | %s |%n",
              row.limit.limits(),
              row.limit.moving() ? "move" : "rest",
              row.limit.asked(),
              over(row.windfall, row.limit),
              row.limit.gpus() > 0 ? over(row.plain, row.limit) : ""));
    }
    return table.toString();
  }

  private static String over(double launched, Case limit) {
    return String.format(
        Locale.ROOT, "%.2f (%+.0f %%)", launched, 100 * (launched / limit.most() - 1));
  }

  @Test
  void aBurstDoesNotPassTheLimitWhileNothingElseMoves() {
    for (Row row : rows) {
      assertTrue(row.limit.moving() || row.windfall <= row.limit.most(), row::toString);
    }
  }
}
