package dev.windfall.extender;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.market.GpuSlicing;
import dev.windfall.market.Node;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.Pod;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;

/** {@code -Dindex.seed=N} repeats a run. */
class NodeIndexTest {
  private static final int STEPS = 20_000;

  /** Sevenths of a GPU: far above rounding, and far below any share. */
  private static final double CRUMB = 1e-4;

  private static final List<GpuSlicing> SLICINGS =
      List.of(
          GpuSlicing.NONE,
          new GpuSlicing(Map.of(FuzzWorld.GPU, 3)),
          new GpuSlicing(Map.of(FuzzWorld.GPU, 10, FuzzWorld.SMALL, 7)));

  private static final List<GpuCounts> ASKS =
      List.of(
          GpuCounts.whole(1),
          GpuCounts.whole(8),
          new GpuCounts(Map.of(FuzzWorld.SHARED, 1)),
          new GpuCounts(Map.of(FuzzWorld.SMALL, 2)),
          new GpuCounts(Map.of(FuzzWorld.LARGE, 1, FuzzWorld.GPU, 1)));

  private static final List<String> PHASES =
      List.of("Pending", "Running", "Running", "Running", "Succeeded", "Failed", "");

  private final long seed = Long.getLong("index.seed", new SplittableRandom().nextLong());
  private final SplittableRandom random = new SplittableRandom(seed);
  private final Map<String, Node> nodes = new HashMap<>();
  private final Map<Integer, Pod> pods = new HashMap<>();

  @Test
  void anIndexThatFollowsPodsEqualsOneThatIsMadeAnew() {
    System.out.println("-Dindex.seed=" + seed);
    for (int i = 0; i < 30; i++) {
      changeANode();
    }
    NodeIndex index = anew();
    for (int step = 0; step < STEPS; step++) {
      if (random.nextInt(200) == 0) {
        changeANode();
        index = anew();
      }
      List<Pod> before = new ArrayList<>();
      List<Pod> after = new ArrayList<>();
      for (int times = random.nextInt(1, 5); times > 0; times--) {
        changeAPod(before, after);
      }
      index = index.with(before, after);
      if (random.nextInt(100) == 0) {
        assertSame(anew(), index);
      }
    }
    assertSame(anew(), index);
  }

  @Test
  void aPodThatComesAndGoesTenThousandTimesLeavesNothing() {
    nodes.put("n", new Node("n", Optional.empty(), GpuCounts.whole(3), SLICINGS.get(2)));
    Pod pod = FuzzWorld.bound("n", new GpuCounts(Map.of(FuzzWorld.SMALL, 1)));
    NodeIndex index = anew();
    for (int i = 0; i < 10_000; i++) {
      index = index.with(List.of(), List.of(pod)).with(List.of(pod), List.of());
    }

    assertSame(anew(), index);
  }

  private NodeIndex anew() {
    return NodeIndex.of(nodes.values(), pods.values());
  }

  private void assertSame(NodeIndex expected, NodeIndex index) {
    assertEquals(expected.size(), index.size());
    for (String name : nodes.keySet()) {
      int was = expected.names().find(name.getBytes(UTF_8));
      int is = index.names().find(name.getBytes(UTF_8));
      String which = "-Dindex.seed=" + seed + ", node " + name;
      assertEquals(expected.offer(was), index.offer(is), which);
      assertEquals(expected.used(was), index.used(is), CRUMB, which);
      for (GpuCounts asks : ASKS) {
        double sevenths = expected.node(was).slicing().sevenths(asks);
        assertEquals(expected.leavesSome(was, sevenths), index.leavesSome(is, sevenths), which);
      }
    }
    assertEquals(-1, index.names().find("node-that-nobody-has".getBytes(UTF_8)));
  }

  private void changeANode() {
    String name = "node-" + random.nextInt(40);
    if (random.nextInt(3) == 0) {
      nodes.remove(name);
      return;
    }
    Optional<OfferKey> offer =
        random.nextBoolean()
            ? Optional.of(new OfferKey("zone", "type-" + random.nextInt(5), Capacity.SPOT))
            : Optional.empty();
    GpuCounts gpus =
        new GpuCounts(Map.of(FuzzWorld.GPU, random.nextInt(1, 17), FuzzWorld.SMALL, 14));
    nodes.put(name, new Node(name, offer, gpus, pick(SLICINGS)));
  }

  /** Bound, finished, deleted, changed, or bound to a node that is gone. */
  private void changeAPod(List<Pod> before, List<Pod> after) {
    int key = random.nextInt(200);
    Pod was = pods.get(key);
    if (was != null) {
      before.add(was);
    }
    if (random.nextInt(4) == 0) {
      pods.remove(key);
      return;
    }
    String node = random.nextInt(5) == 0 ? "" : "node-" + random.nextInt(45);
    Pod is = FuzzWorld.bound(node, pick(ASKS), pick(PHASES));
    pods.put(key, is);
    after.add(is);
  }

  private <T> T pick(List<T> from) {
    return from.get(random.nextInt(from.size()));
  }
}
