package dev.windfall.webhook;

import dev.windfall.cluster.ClusterException;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.core.metrics.GaugeWithCallback;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.Unit;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Locale;
import java.util.Optional;
import java.util.function.Supplier;

/** What is measured of the webhook's certificates. */
final class CertificateMetrics {
  /** How far a rotation has come. */
  enum Phase {
    /** There is none. */
    STEADY,
    /** Every API server is to hear of the next authority. */
    INTRODUCING,
    /** Every replica is to serve its certificates; then the last authority is trusted no more. */
    ENDING;

    private final String label = name().toLowerCase(Locale.ROOT);
  }

  /** What can fail, and is tried again. */
  enum Task {
    /** Reading and writing what is kept in the cluster, or in the directory. */
    KEEPING,
    /** Having the API servers trust the right authorities. */
    TRUSTING,
    /** Telling the other replicas, and hearing from them. */
    TELLING,
    /** Seeing that the port shows the right certificate. */
    DIALLING;

    private final String label = name().toLowerCase(Locale.ROOT);
  }

  private final Gauge phase;
  private final Counter rotations;
  private final Counter failures;

  private final PrometheusRegistry registry;

  /** Registers the meters. */
  CertificateMetrics(PrometheusRegistry registry) {
    this.registry = registry;
    phase =
        Gauge.builder()
            .name("windfall_certificate_phase")
            .help("1 for how far a rotation has come: steady, introducing, ending; 0 for the rest.")
            .labelNames("phase")
            .register(registry);
    rotations =
        Counter.builder()
            .name("windfall_certificate_rotations_total")
            .help("Rotations of the authority whose last step this replica has taken.")
            .register(registry);
    failures =
        Counter.builder()
            .name("windfall_certificate_failures_total")
            .help(
                "What failed and is tried again, by what it was: keeping, trusting, telling,"
                    + " dialling.")
            .labelNames("task")
            .register(registry);
    for (Task task : Task.values()) {
      failures.initLabelValues(task.label);
    }
    reached(Phase.STEADY);
  }

  /**
   * Shows what is served.
   *
   * @param served when the certificate that is served ends
   * @param authority when the one that vouches for it ends; empty: not known
   */
  void show(InstantSource clock, Supplier<Instant> served, Supplier<Optional<Instant>> authority) {
    var _ =
        GaugeWithCallback.builder()
            .name("windfall_certificate_remaining_seconds")
            .help("Time until the certificate that the webhook serves ends, unless it is renewed.")
            .unit(Unit.SECONDS)
            .callback(gauge -> gauge.call(seconds(clock, served.get())))
            .register(registry);
    var _ =
        GaugeWithCallback.builder()
            .name("windfall_certificate_authority_remaining_seconds")
            .help("Time until the authority ends that vouches for it; absent where not known.")
            .unit(Unit.SECONDS)
            .callback(gauge -> authority.get().ifPresent(end -> gauge.call(seconds(clock, end))))
            .register(registry);
  }

  private static double seconds(InstantSource clock, Instant end) {
    return (end.toEpochMilli() - clock.instant().toEpochMilli()) / 1000.0;
  }

  void reached(Phase now) {
    for (Phase each : Phase.values()) {
      phase.labelValues(each.label).set(each == now ? 1 : 0);
    }
  }

  void rotated() {
    rotations.inc();
  }

  void refused() {
    failed(Task.KEEPING);
  }

  void failed(Task task) {
    failures.labelValues(task.label).inc();
  }

  /** Does something, and counts it when it fails; that another replica was first is no failure. */
  <T> T counting(Task task, Supplier<T> work) {
    try {
      return work.get();
    } catch (RuntimeException e) {
      boolean overtaken = e instanceof ClusterException refused && refused.isConflict();
      if (!overtaken) {
        failed(task);
      }
      throw e;
    }
  }

  /** Likewise, for what has no result. */
  void counting(Task task, Runnable work) {
    counting(
        task,
        () -> {
          work.run();
          return true;
        });
  }
}
