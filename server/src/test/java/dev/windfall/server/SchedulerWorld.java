package dev.windfall.server;

import static java.nio.charset.StandardCharsets.UTF_8;

import dev.windfall.extender.Extender;
import dev.windfall.extender.NodeIndex;
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
import dev.windfall.policies.Surroundings;
import dev.windfall.policies.Usd;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/** A thousand nodes of sixty offers, and what a scheduler asks about them. */
final class SchedulerWorld {
  static final int NODES = 1_000;

  private static final int OFFERS = 60;

  private SchedulerWorld() {}

  static Extender extender(PrometheusRegistry registry) {
    List<Offer> offers = IntStream.range(0, OFFERS).mapToObj(SchedulerWorld::offer).toList();
    List<Node> nodes = new ArrayList<>();
    for (int i = 0; i < NODES; i++) {
      nodes.add(
          new Node(
              node(i),
              Optional.of(offers.get(i % OFFERS).key()),
              GpuCounts.whole(1 + i % 8),
              GpuSlicing.NONE));
    }
    PriceBook book = PriceBook.of(offers, List.of());
    NodeIndex index = NodeIndex.of(nodes, List.of());
    return new Extender(
        new Extender.Sight(() -> book, () -> index, () -> Surroundings.NONE),
        true,
        System::nanoTime,
        () -> Instant.EPOCH,
        registry);
  }

  private static Offer offer(int i) {
    return new Offer(
        "test",
        "aws",
        "eu-central-1",
        new OfferKey("eu-central-1" + (char) ('a' + i % 3), "g6.x" + i, Capacity.SPOT),
        Architecture.AMD64,
        new Gpu("NVIDIA", "L4", 1, Memory.parse("24Gi")),
        4,
        Memory.parse("16Gi"),
        Usd.parse("%d.%02d".formatted(i / 10, 5 + i)),
        Basis.QUOTED,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  static String node(int i) {
    return "ip-10-%03d-%03d-17.eu-central-1.compute.internal".formatted(i / 250, i % 250);
  }

  /** What a scheduler asks about the first {@code count} nodes. */
  static byte[] question(int count) {
    return question(IntStream.range(0, count).mapToObj(SchedulerWorld::node));
  }

  static byte[] question(Stream<String> names) {
    return args(names.map(name -> '"' + name + '"').collect(Collectors.joining(",", "[", "]")))
        .getBytes(UTF_8);
  }

  /**
   * What kube-scheduler sends with {@code nodeCacheCapable: true}.
   *
   * @param names as JSON
   */
  static String args(String names) {
    return """
    {"Pod":{"metadata":{"name":"train","namespace":"research","uid":"1",
    "annotations":{"windfall.dev/spot":"prefer"}},
    "spec":{"containers":[{"name":"main","image":"train:1","resources":{
    "limits":{"nvidia.com/gpu":"1"},"requests":{"nvidia.com/gpu":"1","cpu":"500m"}}}],
    "schedulerName":"windfall-scheduler"},"status":{"phase":"Pending"}},
    "Nodes":null,"NodeNames":%s}
    """
        .formatted(names);
  }
}
