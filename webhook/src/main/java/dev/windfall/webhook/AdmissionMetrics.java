package dev.windfall.webhook;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Histogram;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.util.Locale;

/** What is counted of admission. */
final class AdmissionMetrics {
  /** What became of one review. */
  enum Outcome {
    /** The pod was given constraints. */
    PATCHED,
    /** The pod was put behind the gate, because nothing is allowed now. */
    GATED,
    /** The pod was refused, as a policy says. */
    REFUSED,
    /** There was nothing to do. */
    UNTOUCHED,
    /** The pod passed as it was, because of an error. */
    FAILED,
    /** It was no review that could be answered. */
    UNREADABLE;

    private final String label = name().toLowerCase(Locale.ROOT);
  }

  private final Counter reviews;
  private final Counter warnings;
  private final Histogram duration;

  AdmissionMetrics(PrometheusRegistry registry) {
    reviews =
        Counter.builder()
            .name("windfall_admission_reviews_total")
            .help(
                "Admission reviews, by what became of them: patched, gated, refused, untouched,"
                    + " failed, unreadable.")
            .labelNames("outcome")
            .register(registry);
    for (Outcome outcome : Outcome.values()) {
      reviews.initLabelValues(outcome.label);
    }
    warnings =
        Counter.builder()
            .name("windfall_admission_warnings_total")
            .help("Warnings given to those who create pods.")
            .register(registry);
    // The API server gives up after two seconds.
    duration =
        Histogram.builder()
            .name("windfall_admission_duration_seconds")
            .help("Time from a review's body to its answer.")
            .unit(Unit.SECONDS)
            .classicOnly()
            .classicUpperBounds(
                0.0001, 0.00025, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.025, 0.1, 0.5, 2)
            .register(registry);
  }

  /** Counts one review. */
  void reviewed(Outcome outcome, int warned, long nanos) {
    reviews.labelValues(outcome.label).inc();
    warnings.inc(warned);
    duration.observe(Unit.nanosToSeconds(nanos));
  }
}
