package dev.windfall.server;

import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.Optional;

/** Which policies hold, in numbers. */
final class PolicyMetrics {
  private final Gauge inForce;
  private final Gauge unreadable;
  private final Optional<Gauge> filesReadable;

  /**
   * Registers the meters.
   *
   * @param files whether policies are read from files at all
   */
  PolicyMetrics(boolean files, PrometheusRegistry registry) {
    inForce =
        Gauge.builder()
            .name("windfall_policies")
            .help("SpotPolicies in force, by where they stand.")
            .labelNames("origin")
            .register(registry);
    unreadable =
        Gauge.builder()
            .name("windfall_policies_unreadable")
            .help("SpotPolicies of the cluster whose newest version cannot be read.")
            .register(registry);
    filesReadable =
        files
            ? Optional.of(
                Gauge.builder()
                    .name("windfall_policy_files_readable")
                    .help(
                        "1 while the files of policies.directory are in force as they are, else 0.")
                    .register(registry))
            : Optional.empty();
  }

  void inForce(String origin, long count) {
    inForce.labelValues(origin).set((double) count);
  }

  void unreadable(long count) {
    unreadable.set((double) count);
  }

  void filesReadable(boolean readable) {
    filesReadable.ifPresent(gauge -> gauge.set(readable ? 1 : 0));
  }
}
