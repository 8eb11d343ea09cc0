package dev.windfall.extender;

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
import java.time.Instant;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * A cluster with one node of each sort, whose names the corpus has, and a hundred more. No offer
 * has a known risk, so that what a node costs is its price.
 */
final class FuzzWorld {
  static final String GPU = "nvidia.com/gpu";
  static final String SHARED = "nvidia.com/gpu.shared";
  static final String SMALL = "nvidia.com/mig-1g.5gb";
  static final String LARGE = "nvidia.com/mig-3g.20gb";

  private final Map<String, One> nodes = new LinkedHashMap<>();

  /**
   * A node as its makers would describe it.
   *
   * @param usdPerHour empty: nobody knows
   * @param replicas to how many pods each of a resource is lent
   * @param used by pods, by resource
   */
  record One(
      Optional<String> usdPerHour,
      Capacity capacity,
      Map<String, Integer> gpus,
      Map<String, Integer> replicas,
      Map<String, Integer> used) {}

  FuzzWorld() {
    spot("node1", "0.40", Map.of(GPU, 1), Map.of());
    spot("node2", "4.00", Map.of(GPU, 8), Map.of(GPU, 3));
    spot("n1", "2.40", Map.of(GPU, 4), Map.of());
    put("n2", Optional.of("0"), Capacity.OWNED, Map.of(GPU, 1), Map.of(), Map.of());
    put("n3", Optional.of("0"), Capacity.RESERVED, Map.of(GPU, 8), Map.of(), Map.of(GPU, 2));
    put(
        "n4",
        Optional.of("1.20"),
        Capacity.SPOT,
        Map.of(SHARED, 8),
        Map.of(GPU, 4),
        Map.of(SHARED, 3));
    put(
        "n5",
        Optional.of("4.00"),
        Capacity.ON_DEMAND,
        Map.of(GPU, 1, SMALL, 14, LARGE, 2),
        Map.of(SMALL, 2),
        Map.of(SMALL, 5, LARGE, 1));
    put("n6", Optional.empty(), Capacity.SPOT, Map.of(GPU, 1), Map.of(), Map.of());
    for (int i = 0; i < 100; i++) {
      spot("many-" + i, "%d.%02d".formatted(1 + i / 10, 7 * i % 100), Map.of(GPU, 1), Map.of());
    }
  }

  private void spot(
      String name, String usdPerHour, Map<String, Integer> gpus, Map<String, Integer> used) {
    put(name, Optional.of(usdPerHour), Capacity.SPOT, gpus, Map.of(), used);
  }

  private void put(
      String name,
      Optional<String> usdPerHour,
      Capacity capacity,
      Map<String, Integer> gpus,
      Map<String, Integer> replicas,
      Map<String, Integer> used) {
    nodes.put(name, new One(usdPerHour, capacity, gpus, replicas, used));
  }

  Map<String, One> nodes() {
    return nodes;
  }

  /** An extender that looks at this cluster, and filters. */
  Extender extender() {
    List<Offer> offers = new ArrayList<>();
    List<Node> known = new ArrayList<>();
    List<Pod> pods = new ArrayList<>();
    nodes.forEach((name, one) -> {
      OfferKey key = new OfferKey("zone-1", "type-of-" + name, one.capacity());
      one.usdPerHour().ifPresent(price -> offers.add(offer(key, price)));
      known.add(
          new Node(
              name,
              Optional.of(key),
              new GpuCounts(one.gpus()),
              one.replicas().isEmpty() ? GpuSlicing.NONE : new GpuSlicing(one.replicas())));
      if (!one.used().isEmpty()) {
        pods.add(bound(name, new GpuCounts(one.used())));
      }
    });
    PriceBook book = PriceBook.of(offers, List.of());
    NodeIndex index = NodeIndex.of(known, pods);
    return new Extender(
        new Extender.Sight(() -> book, () -> index, () -> Surroundings.NONE),
        true,
        () -> 0,
        () -> Instant.EPOCH,
        new PrometheusRegistry());
  }

  private static Offer offer(OfferKey key, String usdPerHour) {
    return new Offer(
        "test",
        "aws",
        "region",
        key,
        Architecture.AMD64,
        new Gpu("NVIDIA", "A100", 1, Memory.parse("40Gi")),
        4,
        Memory.parse("16Gi"),
        Usd.parse(usdPerHour),
        Basis.QUOTED,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  static Pod bound(String node, GpuCounts asks) {
    return bound(node, asks, "Running");
  }

  static Pod bound(String node, GpuCounts asks, String phase) {
    return new Pod(
        "default",
        "p",
        "u",
        Optional.empty(),
        Map.of(),
        Map.of(),
        "",
        node,
        List.of(),
        asks,
        Needs.NONE,
        List.of(),
        false,
        NodeTerms.ANY,
        phase,
        Optional.empty(),
        false,
        false,
        false,
        false,
        Optional.empty());
  }
}
