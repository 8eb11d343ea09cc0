package dev.windfall.kind.e2e;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Some minutes in which prices move every second, pods come and go, and the pool is edited, before
 * real Karpenter. Nothing that runs may notice.
 *
 * <p>{@code -Dwindfall.soak=PT10M} makes it longer, and {@code -Dwindfall.seed=1} repeats one.
 */
class SoakTest {
  private static final Duration LASTS = Duration.parse(System.getProperty("windfall.soak", "PT2M"));
  private static final long SEED = Long.getLong("windfall.seed", new Random().nextLong());
  private static final Duration STEP = Duration.ofSeconds(1);
  private static final int MOST_PODS = 10;

  /** Every so many steps the pool is edited, to the next of these and around again. */
  private static final int EDIT_EVERY = 25;

  private static final List<String> EDITS =
      List.of(
          "{\"spec\":{\"labels\":{\"team\":\"research\"}}}",
          "{\"spec\":{\"maxPricePerGpu\":\"0.60\"}}",
          "{\"spec\":{\"families\":[\"g6\"]}}",
          "{\"spec\":{\"limits\":{\"gpus\":16}}}",
          "{\"spec\":{\"families\":[\"g6\",\"g5\"],\"maxPricePerGpu\":null}}",
          "{\"spec\":{\"onDemandFallback\":{\"enabled\":true}}}",
          "{\"spec\":{\"limits\":null,\"labels\":null,\"maxInstanceTypes\":1}}",
          "{\"spec\":{\"onDemandFallback\":null,\"maxInstanceTypes\":5}}");

  private static final Map<String, Double> USUAL = new TreeMap<>();

  static {
    USUAL.put("eu-central-1a/g6.xlarge", 0.40);
    USUAL.put("eu-central-1b/g6.xlarge", 0.43);
    USUAL.put("eu-central-1a/g6.12xlarge", 2.19);
    USUAL.put("eu-central-1b/g6.12xlarge", 1.98);
    USUAL.put("eu-central-1a/g5.xlarge", 0.50);
    USUAL.put("eu-central-1b/g5.xlarge", 0.48);
  }

  private final Random random = new Random(SEED);

  /** Pods that were seen running: name to identity and node. */
  private final Map<String, String> running = new HashMap<>();

  private final Map<String, JsonNode> templates = new HashMap<>();
  private final Set<String> alive = new TreeSet<>();
  private final Set<String> nodesSeen = new HashSet<>();
  private final Set<String> wrong = new TreeSet<>();
  private int created;
  private int deleted;
  private int edits;

  @Test
  @Timeout(value = 60, unit = TimeUnit.MINUTES)
  void nothingDriftsAndNobodyIsDisturbedWhilePricesPodsAndPoolsMove() {
    System.out.println("seed " + SEED);
    try (Bed bed = Bed.up()) {
      WindfallProcess windfall = WindfallProcess.start(bed);
      try {
        bed.apply(Bed.spotPool("g6", "g5"), "apply", "-f", "-");
        bed.kubectl("wait", "--for=condition=Ready", "spotpool/gpu", "--timeout=60s");
        double before = windfall.writesButOfLeases();
        int steps = live(bed);
        double writes = windfall.writesButOfLeases() - before;

        assertEquals(Set.of(), wrong, "seed " + SEED);
        assertTrue(nodesSeen.size() > 3, () -> "only these came: " + nodesSeen);
        System.out.printf(
            Locale.ROOT,
            "%d s: prices moved %d times, %d pods came, %d went, %d nodes, %d edits, %d rungs;"
                + " %.0f writes, %.1f a minute; drifted 0, disturbed 0%n",
            LASTS.toSeconds(),
            steps,
            created,
            deleted,
            nodesSeen.size(),
            edits,
            templates.size(),
            writes,
            writes * 60 / LASTS.toSeconds());
        // A rung that is opened, closed or reweighed is a write, and so is each word about it.
        assertTrue(writes <= 12.0 * steps, () -> writes + " writes in " + steps + " steps");
      } finally {
        windfall.stop();
        bed.restoreMarket();
      }
    }
  }

  private int live(Bed bed) {
    Instant end = Instant.now().plus(LASTS);
    int steps = 0;
    while (Instant.now().isBefore(end)) {
      Instant next = Instant.now().plus(STEP);
      movePrices(bed);
      if (steps % EDIT_EVERY == EDIT_EVERY - 1) {
        String edit = EDITS.get(edits++ % EDITS.size());
        bed.kubectl("patch", "spotpool", "gpu", "--type=merge", "-p", edit);
      }
      if (alive.size() < MOST_PODS && random.nextInt(3) == 0) {
        create(bed);
      } else if (random.nextInt(5) == 0) {
        end(bed);
      }
      look(bed);
      steps++;
      // Prices are made to move once a second: this is the clock of the test, no wait for anything.
      LockSupport.parkNanos(Math.max(0, Duration.between(Instant.now(), next).toNanos()));
    }
    return steps;
  }

  private void movePrices(Bed bed) {
    USUAL.forEach((place, usd) -> {
      // Noise beyond the hysteresis, and a true change now and then.
      double factor = 1 + 0.07 * (2 * random.nextDouble() - 1);
      if (random.nextInt(40) == 0) {
        factor *= 2;
      }
      String[] words = place.split("/", -1);
      bed.price(words[0], words[1], "spot", String.format(Locale.ROOT, "%.4f", usd * factor));
    });
  }

  private void create(Bed bed) {
    String name = "train-" + created++;
    bed.apply(
        """
        apiVersion: v1
        kind: Pod
        metadata:
          name: %s
          annotations: {windfall.dev/spot: prefer}
        spec:
          automountServiceAccountToken: false
          terminationGracePeriodSeconds: 0
          containers:
          - name: main
            image: train
            resources:
              limits: {nvidia.com/gpu: %d}
        """
            .formatted(name, 1 << random.nextInt(3)),
        "create",
        "-f",
        "-");
    alive.add(name);
  }

  private void end(Bed bed) {
    List<String> ran = new ArrayList<>(running.keySet());
    if (!ran.isEmpty()) {
      String name = ran.get(random.nextInt(ran.size()));
      running.remove(name);
      alive.remove(name);
      deleted++;
      bed.kubectl("delete", "pod", name, "--grace-period=0", "--wait=false");
    }
  }

  private void look(Bed bed) {
    Set<String> there = new HashSet<>();
    for (JsonNode item : bed.get("nodepools,nodeclaims,pods").at("/items")) {
      String name = item.at("/metadata/name").asText();
      switch (item.path("kind").asText()) {
        case "NodePool" -> rung(name, item.at("/spec/template"));
        case "NodeClaim" -> claim(name, item);
        default -> {
          there.add(name);
          pod(name, item);
        }
      }
    }
    running.keySet().stream()
        .filter(name -> !there.contains(name))
        .forEach(name -> wrong.add("pod " + name + " is gone"));
  }

  private void rung(String name, JsonNode template) {
    JsonNode first = templates.putIfAbsent(name, template);
    if (first != null && !first.equals(template)) {
      wrong.add("the template of " + name + " was edited");
    }
  }

  private void claim(String name, JsonNode claim) {
    nodesSeen.add(name);
    for (JsonNode condition : claim.at("/status/conditions")) {
      if (condition.path("type").asText().equals("Drifted")
          && condition.path("status").asText().equals("True")) {
        wrong.add(name + " drifted: " + condition.path("reason").asText());
      }
    }
  }

  private void pod(String name, JsonNode pod) {
    if (!pod.at("/status/phase").asText().equals("Running") || !alive.contains(name)) {
      return;
    }
    String now = pod.at("/metadata/uid").asText() + " on " + pod.at("/spec/nodeName").asText();
    String before = running.putIfAbsent(name, now);
    if (before != null && !before.equals(now)) {
      wrong.add("pod " + name + " was " + before + ", and then " + now);
    }
    if (pod.at("/metadata").has("deletionTimestamp")) {
      wrong.add("pod " + name + " was deleted by somebody");
    }
  }
}
