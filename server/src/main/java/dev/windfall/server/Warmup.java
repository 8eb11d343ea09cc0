package dev.windfall.server;

import static java.util.stream.Collectors.joining;

import dev.windfall.extender.Extender;
import dev.windfall.extender.NodeIndex;
import dev.windfall.market.GpuSlicing;
import dev.windfall.market.Node;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Surroundings;
import dev.windfall.webhook.Admission;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.stream.IntStream;
import java.util.stream.Stream;

/**
 * Calls made up before the first real one. A JVM's first calls load and compile; the API server
 * gives an admission two seconds and then goes on without it.
 */
final class Warmup {
  private static final int CALLS = 200;

  private static final byte[] REVIEW =
      """
      {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"warm-up",
      "kind":{"group":"","version":"v1","kind":"Pod"},
      "resource":{"group":"","version":"v1","resource":"pods"},
      "name":"warm-up","namespace":"default","operation":"CREATE","dryRun":true,
      "object":{"apiVersion":"v1","kind":"Pod",
      "metadata":{"name":"warm-up","namespace":"default","annotations":{"windfall.dev/spot":"prefer",
      "windfall.dev/max-price-per-gpu":"1000"}},
      "spec":{"containers":[{"name":"main","image":"warm-up",
      "resources":{"limits":{"nvidia.com/gpu":"1"}}}]}}}}
      """
          .getBytes(StandardCharsets.UTF_8);

  /** As many nodes as a scheduler asks about in a cluster of some size. */
  private static final int NODES = 500;

  private Warmup() {}

  /** Admits pods that nobody created, and counts them nowhere. */
  static void admission(
      Supplier<PriceBook> book, Supplier<List<SpotPool>> pools, InstantSource clock) {
    Admission admission =
        new Admission(
            book,
            pools,
            () -> Surroundings.NONE,
            Optional::empty,
            () -> false,
            clock,
            new PrometheusRegistry());
    for (int i = 0; i < CALLS; i++) {
      var _ = admission.review(REVIEW);
    }
  }

  /** Scores nodes that do not exist, and counts them nowhere. */
  static void extender(Supplier<PriceBook> book) {
    List<OfferKey> offers =
        Stream.concat(
                book.get().offers().stream().limit(NODES).map(Offer::key),
                Stream.of(new OfferKey("zone", "unheard-of", Capacity.SPOT)))
            .toList();
    List<Node> nodes =
        IntStream.range(0, NODES)
            .mapToObj(i ->
                new Node(
                    "warm-up-" + i,
                    Optional.of(offers.get(i % offers.size())),
                    GpuCounts.whole(1 + i % 8),
                    GpuSlicing.NONE))
            .toList();
    NodeIndex index = NodeIndex.of(nodes, List.of());
    Extender extender =
        new Extender(
            new Extender.Sight(book, () -> index, () -> Surroundings.NONE),
            false,
            System::nanoTime,
            InstantSource.system(),
            new PrometheusRegistry());
    byte[] question =
        """
        {"Pod":{"metadata":{"name":"warm-up","namespace":"default","labels":{"app":"warm-up"}},
        "spec":{"containers":[{"name":"main","image":"warm-up",
        "resources":{"limits":{"nvidia.com/gpu":"1"}}}]},"status":{}},
        "Nodes":null,"NodeNames":[%s]}
        """
            .formatted(nodes.stream().map(node -> '"' + node.name() + '"').collect(joining(",")))
            .getBytes(StandardCharsets.UTF_8);
    for (int i = 0; i < CALLS; i++) {
      var _ = extender.prioritize(question);
    }
  }
}
