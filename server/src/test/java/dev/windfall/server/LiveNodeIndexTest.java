package dev.windfall.server;

import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.windfall.cluster.Key;
import dev.windfall.extender.Extender;
import dev.windfall.extender.NodeIndex;
import dev.windfall.extender.UnreadableQuestionException;
import dev.windfall.market.Basis;
import dev.windfall.market.GpuSlicing;
import dev.windfall.market.Node;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Needs;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Surroundings;
import dev.windfall.policies.Usd;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.SplittableRandom;
import java.util.TreeMap;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** {@code -Dindex.seed=N} repeats a run. */
@Timeout(value = 2, unit = TimeUnit.MINUTES)
class LiveNodeIndexTest {
  private static final int STEPS = 1_000;
  private static final OfferKey KEY = new OfferKey("zone", "type", Capacity.SPOT);

  private static final PriceBook BOOK =
      PriceBook.of(
          List.of(
              new Offer(
                  "test",
                  "aws",
                  "region",
                  KEY,
                  Architecture.AMD64,
                  new Gpu("NVIDIA", "L4", 8, Memory.parse("24Gi")),
                  4,
                  Memory.parse("16Gi"),
                  Usd.parse("8.00"),
                  Basis.QUOTED,
                  Optional.empty(),
                  OptionalInt.empty(),
                  Optional.empty(),
                  Optional.empty())),
          List.of());

  private final long seed = Long.getLong("index.seed", new SplittableRandom().nextLong());
  private final SplittableRandom random = new SplittableRandom(seed);

  // What the watchers last published.
  private volatile Map<Key, Node> nodes = Map.of();
  private volatile Map<Key, Pod> pods = Map.of();

  private final LiveNodeIndex live = new LiveNodeIndex(() -> nodes, () -> pods);

  @Test
  void itFollowsWhatIsPublishedOneChangeAfterTheOther() throws Exception {
    System.out.println("-Dindex.seed=" + seed);
    for (int step = 0; step < STEPS; step++) {
      change();
      if (random.nextInt(3) == 0) {
        assertEquals(used(anew()), used(live), "-Dindex.seed=" + seed + ", step " + step);
      }
    }
  }

  /** A reader may be one change late, but what it sees was so at some time. */
  @Test
  void manyReadersSeeNothingThatNeverWas() throws Exception {
    System.out.println("-Dindex.seed=" + seed);
    for (int i = 0; i < 20; i++) {
      putNode(i, 8);
    }
    for (int i = 0; i < 60; i++) {
      putPod(i, "node-" + i % 20);
    }
    // Who comes while another brings it up to date takes the last one.
    assertEquals(20, live.get().size());
    AtomicBoolean over = new AtomicBoolean();
    try (ExecutorService readers = Executors.newFixedThreadPool(4)) {
      List<Future<Integer>> all = new ArrayList<>();
      for (int reader = 0; reader < 4; reader++) {
        all.add(
            readers.submit(() -> {
              int looks = 0;
              while (!over.get() || looks == 0) {
                double sum = used(live).values().stream().mapToDouble(used -> used - 1).sum();
                // Each pod moves from node to node, and none comes or goes.
                assertEquals(60, sum, 1e-6);
                looks++;
              }
              return looks;
            }));
      }
      for (int step = 0; step < STEPS; step++) {
        if (random.nextInt(50) == 0) {
          putNode(random.nextInt(20), random.nextInt(1, 9));
        }
        putPod(random.nextInt(60), "node-" + random.nextInt(20));
        if (step % 100 == 0) {
          assertTrue(live.get().size() > 0);
        }
      }
      over.set(true);
      for (Future<Integer> each : all) {
        assertTrue(each.get() > 0);
      }
    }

    assertEquals(used(anew()), used(live));
  }

  private Supplier<NodeIndex> anew() {
    NodeIndex index = NodeIndex.of(nodes.values(), pods.values());
    return () -> index;
  }

  private void change() {
    switch (random.nextInt(12)) {
      case 0 -> putNode(random.nextInt(20), random.nextInt(1, 9));
      case 1 -> {
        Map<Key, Node> left = new HashMap<>(nodes);
        left.remove(new Key("", "node-" + random.nextInt(20)));
        nodes = left;
      }
      case 2, 3 -> {
        Map<Key, Pod> left = new HashMap<>(pods);
        left.remove(new Key("default", "pod-" + random.nextInt(60)));
        pods = left;
      }
      default ->
          putPod(random.nextInt(60), random.nextInt(5) == 0 ? "" : "node-" + random.nextInt(25));
    }
  }

  private void putNode(int i, int gpus) {
    String name = "node-" + i;
    Map<Key, Node> now = new HashMap<>(nodes);
    now.put(
        new Key("", name),
        new Node(name, Optional.of(KEY), GpuCounts.whole(gpus), GpuSlicing.NONE));
    nodes = now;
  }

  private void putPod(int i, String node) {
    Map<Key, Pod> now = new HashMap<>(pods);
    now.put(new Key("default", "pod-" + i), pod("pod-" + i, node));
    pods = now;
  }

  private static Pod pod(String name, String node) {
    return new Pod(
        "default",
        name,
        "u",
        Optional.empty(),
        Map.of(),
        Map.of(),
        "",
        node,
        List.of(),
        GpuCounts.whole(1),
        Needs.NONE,
        List.of(),
        false,
        NodeTerms.ANY,
        "Running",
        Optional.empty(),
        false,
        false,
        false,
        false,
        Optional.empty());
  }

  /** By node: how many of its GPUs would be used with one pod more, as an extender explains it. */
  private static Map<String, Double> used(Supplier<NodeIndex> index)
      throws IOException, UnreadableQuestionException {
    NodeIndex now = index.get();
    Extender extender =
        new Extender(
            new Extender.Sight(() -> BOOK, () -> now, () -> Surroundings.NONE),
            false,
            () -> 0,
            () -> Instant.EPOCH,
            new PrometheusRegistry());
    // Not asked about by name, those without room would be left out.
    String names =
        IntStream.range(0, 25).mapToObj(i -> "\"node-" + i + "\"").collect(joining(",", "[", "]"));
    byte[] everyNode = SchedulerWorld.args(names).getBytes(StandardCharsets.UTF_8);
    Map<String, Double> used = new TreeMap<>();
    for (JsonNode node : new ObjectMapper().readTree(extender.explain(everyNode)).get("nodes")) {
      if (node.get("known").booleanValue()) {
        used.put(node.get("node").textValue(), node.get("usedWithPod").doubleValue());
      }
    }
    return used;
  }
}
