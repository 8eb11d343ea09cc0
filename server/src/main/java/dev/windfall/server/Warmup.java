package dev.windfall.server;

import dev.windfall.extender.Extender;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Surroundings;
import dev.windfall.webhook.Admission;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;

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

  private static final byte[] EXTENDER_ARGS =
      """
      {"Pod":{"metadata":{"name":"warm-up","namespace":"default"},
      "spec":{"containers":[{"name":"main","image":"warm-up",
      "resources":{"limits":{"nvidia.com/gpu":"1"}}}]},"status":{}},
      "Nodes":null,"NodeNames":["a","b","c","d"]}
      """
          .getBytes(StandardCharsets.UTF_8);

  private Warmup() {}

  /** Admits pods that nobody created, and counts them nowhere. */
  static void admission(
      Supplier<PriceBook> book, Supplier<List<SpotPool>> pools, InstantSource clock) {
    Admission admission =
        new Admission(
            book, pools, () -> Surroundings.NONE, Optional::empty, clock, new PrometheusRegistry());
    for (int i = 0; i < CALLS; i++) {
      var _ = admission.review(REVIEW);
    }
  }

  /** Scores nodes that do not exist, and counts them nowhere. */
  static void extender(Extender.Sight sight) {
    Extender extender =
        new Extender(
            sight, false, System::nanoTime, InstantSource.system(), new PrometheusRegistry());
    for (int i = 0; i < CALLS; i++) {
      var _ = extender.prioritize(EXTENDER_ARGS);
    }
  }
}
