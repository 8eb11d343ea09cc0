package dev.windfall.extender;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.function.Supplier;

/**
 * What an operator can see of the extender. The scheduler has no metric of its own for one, and
 * drops a wrong answer without a word.
 */
final class ExtenderMetrics {
  private static final List<String> VERBS = List.of("prioritize", "filter");

  final Counter calls;
  final Counter rejected;
  final Counter asked;
  final Counter sent;
  final Counter refused;
  final Gauge oldest;
  final Histogram duration;

  ExtenderMetrics(PrometheusRegistry registry, Supplier<NodeIndex> nodes) {
    calls =
        Counter.builder()
            .name("windfall_extender_calls_total")
            .help("Calls of the scheduler")
            .labelNames("verb")
            .register(registry);
    // So that never is a zero, and not a gap.
    VERBS.forEach(calls::initLabelValues);
    rejected =
        Counter.builder()
            .name("windfall_extender_rejected_total")
            .help("Calls that could not be answered as asked, by what was wrong with them")
            .labelNames("kind")
            .register(registry);
    asked =
        Counter.builder()
            .name("windfall_extender_nodes_total")
            .help("Nodes that the scheduler asked about, by whether their price was known")
            .labelNames("price")
            .register(registry);
    sent =
        Counter.builder()
            .name("windfall_extender_scores_total")
            .help("Scores sent; of more than 64 nodes the best 64 are answered")
            .register(registry);
    refused =
        Counter.builder()
            .name("windfall_extender_refused_nodes_total")
            .help("Nodes that were filtered out")
            .register(registry);
    oldest =
        Gauge.builder()
            .name("windfall_extender_oldest_price_age_seconds")
            .help("Age of the oldest price that counted in the last call; 0 when none has an age")
            .register(registry);
    duration =
        Histogram.builder()
            .name("windfall_extender_duration_seconds")
            .help("Time from a body read to an answer made")
            .labelNames("verb")
            .classicUpperBounds(0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.05, 0.1)
            .register(registry);
    GaugeWithCallback.builder()
        .name("windfall_extender_nodes_known")
        .help("GPU nodes in the index")
        .callback(gauge -> gauge.call(nodes.get().size()))
        .register(registry);
  }

  long calls() {
    return VERBS.stream().mapToLong(verb -> (long) calls.labelValues(verb).get()).sum();
  }
}
