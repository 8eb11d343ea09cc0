package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;

import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Market;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import org.junit.jupiter.api.Test;

class RungLoopTest {
  @Test
  void theLoopActsWhenItIsWoken() throws InterruptedException {
    try (Bench bench = new Bench()) {
      bench.pool("gpu", "");
      bench.book = book(offer("g6.xlarge", "a", "0.40"));
      try (RungLoop loop =
          RungLoop.start(
              bench.inputs,
              bench.writes,
              bench.recorder,
              bench.metrics,
              new ClusterMetrics(new PrometheusRegistry()),
              () -> Market.NOW)) {
        loop.wake();
        bench.server.awaitRequests("create", "nodepools", 1);
      }
    }
  }
}
