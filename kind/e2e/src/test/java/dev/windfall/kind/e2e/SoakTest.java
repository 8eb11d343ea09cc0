package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.locks.LockSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Some minutes of random steps before real Karpenter: prices move all the time, offers come and go,
 * or cannot be had; pods of all shapes come and go; pools are made, edited, deleted and made again;
 * and Windfall is killed at any moment. Nothing that runs may notice. Then prices rest, and so must
 * Windfall; and who is started then finds nothing to write.
 *
 * <p>{@code -Dwindfall.soak=PT10M} makes it longer, and {@code -Dwindfall.seed=1} repeats the steps
 * of one.
 */
class SoakTest {
  private static final Duration LASTS = Duration.parse(System.getProperty("windfall.soak", "PT2M"));
  private static final long SEED = Long.getLong("windfall.seed", new Random().nextLong());
  private static final Duration STEP = Duration.ofMillis(800);
  private static final int MOST_PODS = 12;
  private static final List<String> POOLS = List.of("a", "b", "c", "d", "e");

  /** Others are deleted: one that has nodes stays for as long as they do, and may not be edited. */
  private static final int FEWEST_POOLS = 2;

  /** Offers that were refused are tried again after seconds, so that it is seen. */
  private static final Map<String, String> SETTINGS = Map.of("WINDFALL_MARKET_RETRYAFTER", "3s");

  /** Beside the one of the bed, for pools that go over to another. */
  private static final String NODE_CLASS =
      """
      apiVersion: karpenter.kwok.sh/v1alpha1
      kind: KWOKNodeClass
      metadata: {name: second}
      """;

  private static final Duration SILENCE = Duration.ofSeconds(20);

  private final Random random = new Random(SEED);
  private final RandomMarket market = new RandomMarket(random);
  private final Map<String, RandomPool> pools = new TreeMap<>();
  private final Set<String> pods = new TreeSet<>();
  private final Set<String> refused = new TreeSet<>();
  private final Map<String, Integer> counts = new TreeMap<>();

  /** The step in which a market file that was spoilt is put right. */
  private int mendedIn = -1;

  /** The step in which Windfall is started after it was killed. */
  private int startedIn = -1;

  private double writes;

  @Test
  @Timeout(value = 90, unit = TimeUnit.MINUTES)
  void nothingIsDisturbedWhateverMovesAndWhereverWindfallIsKilled(@TempDir Path directory)
      throws IOException {
    System.out.println("seed " + SEED);
    Path file = Files.writeString(directory.resolve("market.yaml"), market.text());
    try (Bed bed = Bed.up("--market", file.toString(), "--karpenter", "UNAVAILABLE_FOR=5s")) {
      Observation seen = new Observation(bed);
      bed.apply(NODE_CLASS, "create", "-f", "-");
      WindfallProcess windfall = WindfallProcess.start(bed, SETTINGS);
      try {
        for (String pool : POOLS.subList(0, FEWEST_POOLS + 1)) {
          make(bed, pool);
        }
        long steps = LASTS.dividedBy(STEP);
        for (int step = 0; step < steps; step++) {
          Instant next = Instant.now().plus(STEP);
          bed.market(market.text());
          windfall = happen(bed, seen, windfall, step);
          seen.look();
          if (!seen.wrong().isEmpty()) {
            break;
          }
          // One step after the other: this is the clock of the test, no wait for anything.
          LockSupport.parkNanos(Math.max(0, Duration.between(Instant.now(), next).toNanos()));
        }
        if (windfall.ready()) {
          writes += windfall.writesButOfLeases();
        }
        tell(seen, steps);
        assertEquals(Set.of(), seen.wrong(), "seed " + SEED);
        assertTrue(seen.claims() > 3, () -> seen.claims() + " nodes are no life");
        windfall = calm(bed, windfall);
        awaitRest(seen, bed, windfall);
        Map<String, String> before = rungs(bed);
        windfall.kill();
        windfall = windfall.again();
        whoComesNextWritesNothing(bed, windfall, before);
        seen.look();
        assertEquals(Set.of(), seen.wrong(), "seed " + SEED);
      } finally {
        windfall.stop();
      }
    }
  }

  private void tell(Observation seen, long steps) {
    System.out.printf(
        "%d steps, %s; %d nodes, %d rungs, %.0f writes; drifted or disturbed: %s%n",
        steps, counts, seen.claims(), seen.rungs(), writes, seen.wrong());
  }

  private WindfallProcess happen(Bed bed, Observation seen, WindfallProcess windfall, int step) {
    if (step == mendedIn) {
      market.mend();
    }
    if (step == startedIn) {
      return windfall.again();
    }
    if (!windfall.alive() && startedIn < step) {
      throw new AssertionError("Windfall ended, and nobody killed it; seed " + SEED);
    }
    switch (random.nextInt(16)) {
      case 0, 1 -> market.shake();
      case 2, 3 -> poolEdited(bed);
      case 4 -> poolMadeOrDeleted(bed);
      case 5, 6, 7, 8 -> podComes(bed);
      case 9, 10 -> podGoes(bed, seen);
      case 11 -> refuseOrRestore(bed);
      case 12 -> {
        count("times rungs were aged");
        seen.age();
      }
      case 13 -> {
        if (random.nextInt(4) == 0 && mendedIn < step) {
          count("spoilt market files");
          market.spoil();
          mendedIn = step + 1 + random.nextInt(10);
        }
      }
      case 14 -> {
        // One that does not lead yet writes nothing: it waits for the Lease of the one before.
        int later = 1 + random.nextInt(4);
        if (random.nextBoolean() && windfall.ready() && windfall.leads()) {
          kill(windfall);
          startedIn = step + later;
        }
      }
      default -> {
        // Prices move in every step.
      }
    }
    return windfall;
  }

  /** At any moment of a step, in which it may be writing what the prices just came to. */
  private void kill(WindfallProcess windfall) {
    count("kills");
    LockSupport.parkNanos((long) (random.nextDouble() * 1.5e9));
    writes += windfall.writesButOfLeases();
    windfall.kill();
  }

  // Pools.

  private void make(Bed bed, String name) {
    RandomPool pool = new RandomPool(name, random);
    bed.apply(pool.manifest(), "apply", "-f", "-");
    pools.put(name, pool);
  }

  private void poolEdited(Bed bed) {
    List<RandomPool> all = List.copyOf(pools.values());
    RandomPool pool = all.get(random.nextInt(all.size()));
    count("edits");
    pool.edit();
    bed.apply(pool.manifest(), "apply", "-f", "-");
  }

  private void poolMadeOrDeleted(Bed bed) {
    String name = POOLS.get(random.nextInt(POOLS.size()));
    if (pools.containsKey(name)) {
      if (pools.size() > FEWEST_POOLS) {
        count("deleted pools");
        pools.remove(name);
        bed.kubectl("delete", "spotpool", name, "--wait=false");
      }
    } else if (bed.attempt("", "get", "spotpool", name).status() != 0) {
      count("new pools");
      make(bed, name);
    }
  }

  // Pods.

  private void podComes(Bed bed) {
    if (pods.size() >= MOST_PODS) {
      return;
    }
    String name = "train-" + count("pods");
    TestPod pod = TestPod.spot(name).gpus(1 << Math.max(0, random.nextInt(6) - 2));
    pod =
        switch (random.nextInt(10)) {
          case 0 -> pod.limit("cpu", "10");
          case 1 -> pod.limit("memory", "40Gi");
          case 2 -> pod.wish("gpu-models", random.nextBoolean() ? "L4" : "A10G,A100");
          case 3 -> pod.wish("max-price-per-gpu", random.nextBoolean() ? "0.45" : "0.90");
          case 4 -> pod.wish("spot", random.nextBoolean() ? "require" : "never");
          case 5 -> pod.wish("zones", "eu-central-1c");
          case 6 -> pod.says("tolerations: [{key: team, operator: Exists}]");
          default -> pod;
        };
    pods.add(name);
    bed.create(pod);
  }

  private void podGoes(Bed bed, Observation seen) {
    if (!pods.isEmpty()) {
      count("pods that went");
      List<String> all = new ArrayList<>(pods);
      String name = all.get(random.nextInt(all.size()));
      pods.remove(name);
      seen.ends(name);
      bed.kubectl("delete", "pod", name, "--grace-period=0", "--force", "--wait=false");
    }
  }

  // The cloud.

  private void refuseOrRestore(Bed bed) {
    if (refused.size() < 4 && random.nextBoolean()) {
      count("refused offers");
      String offer = market.any();
      refused.add(offer);
      bed.capacity("none", offer);
    } else {
      refused.forEach(offer -> bed.capacity("restore", offer));
      refused.clear();
    }
  }

  private int count(String what) {
    return counts.merge(what, 1, Integer::sum);
  }

  // The end.

  /** All can be had, the prices are there, and Windfall is. */
  private WindfallProcess calm(Bed bed, WindfallProcess windfall) {
    refused.forEach(offer -> bed.capacity("restore", offer));
    market.mend();
    bed.market(market.text());
    WindfallProcess there = windfall.alive() ? windfall : windfall.again();
    there.awaitReady();
    return there;
  }

  private static void awaitRest(Observation seen, Bed bed, WindfallProcess windfall) {
    double[] last = {-1};
    await("Windfall writes nothing more")
        .during(SILENCE)
        .atMost(Duration.ofMinutes(4))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> {
          seen.look();
          seen.age();
          double now = windfall.writesButOfLeases();
          boolean silent = now == last[0];
          last[0] = now;
          return silent && waitingForTime(bed).isEmpty();
        });
  }

  /** Rungs that will be written again without anything happening, only because time passes. */
  private static List<String> waitingForTime(Bed bed) {
    List<String> waiting = new ArrayList<>();
    for (JsonNode rung : bed.get("nodepools").at("/items")) {
      JsonNode annotations = rung.at("/metadata/annotations");
      if (annotations.has("windfall.dev/lead-since")
          || annotations.path("windfall.dev/closed").asText().contains("tried again at")) {
        waiting.add(rung.at("/metadata/name").asText());
      }
    }
    return waiting;
  }

  /** What was decided on of each rung: weight, limits, whether it is open, and why not. */
  private static Map<String, String> rungs(Bed bed) {
    Map<String, String> rungs = new TreeMap<>();
    for (JsonNode rung : bed.get("nodepools").at("/items")) {
      rungs.put(
          rung.at("/metadata/name").asText() + " " + rung.at("/metadata/uid").asText(),
          rung.at("/metadata/annotations") + " " + rung.path("spec"));
    }
    return rungs;
  }

  private static void whoComesNextWritesNothing(
      Bed bed, WindfallProcess windfall, Map<String, String> before) {
    windfall.awaitReady();
    await("it leads").atMost(Duration.ofSeconds(60)).until(windfall::leads);
    double passes = windfall.metric("windfall_loop_passes_total", "rungs");
    bed.create(TestPod.plain("stranger"));
    await("its loop has run, and runs no more")
        .during(Duration.ofSeconds(10))
        .atMost(Duration.ofSeconds(60))
        .pollInterval(Duration.ofSeconds(1))
        .until(() -> windfall.metric("windfall_loop_passes_total", "rungs") > passes);
    assertEquals(before, rungs(bed), "seed " + SEED);
    assertEquals(0, windfall.writesOf("nodepools"), "seed " + SEED);
  }
}
