package dev.windfall.cluster;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** The room's meters. One per registry: a second one on the same registry is refused by it. */
public final class ClusterMetrics {
  final Counter requests;
  final Counter watchRestarts;
  final Counter undecodable;
  final Gauge watchObjects;
  final Gauge watchHeard;
  final Gauge leading;
  final Counter events;
  final Counter passes;

  /**
   * Registers the meters.
   *
   * @throws IllegalArgumentException if the registry has them already
   */
  public ClusterMetrics(PrometheusRegistry registry) {
    requests =
        Counter.builder()
            .name("windfall_kubernetes_requests_total")
            .help(
                "Answers of the API server, by verb, kind and HTTP status; status 0 is no answer.")
            .labelNames("verb", "resource", "status")
            .register(registry);
    watchRestarts =
        Counter.builder()
            .name("windfall_watch_restarts_total")
            .help("Watches that broke and were opened again, by why.")
            .labelNames("resource", "reason")
            .register(registry);
    undecodable =
        Counter.builder()
            .name("windfall_watch_undecodable_total")
            .help("Objects left out because they could not be read.")
            .labelNames("resource")
            .register(registry);
    watchObjects =
        Gauge.builder()
            .name("windfall_watch_objects")
            .help("Objects held, by kind and watch.")
            .labelNames("resource", "watch")
            .register(registry);
    watchHeard =
        Gauge.builder()
            .name("windfall_watch_last_event_timestamp_seconds")
            .help("When the API server was last heard, Unix time, by kind and watch.")
            .labelNames("resource", "watch")
            .register(registry);
    leading =
        Gauge.builder()
            .name("windfall_leader")
            .help("1 while this replica holds the lease.")
            .labelNames("lease")
            .register(registry);
    events =
        Counter.builder()
            .name("windfall_events_total")
            .help("Kubernetes Events, by what became of them: written, repeated, dropped, failed.")
            .labelNames("outcome")
            .register(registry);
    passes =
        Counter.builder()
            .name("windfall_loop_passes_total")
            .help("Passes of a loop, by outcome: done, failed, lost (to another's write).")
            .labelNames("loop", "outcome")
            .register(registry);
  }
}
