package dev.windfall.reconciler;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;

/** The room's meters. One per registry: a second one on the same registry is refused by it. */
public final class ReconcilerMetrics {
  private final Counter actions;
  private final Counter driftRefused;

  /**
   * Registers the meters.
   *
   * @throws IllegalArgumentException if the registry has them already
   */
  public ReconcilerMetrics(PrometheusRegistry registry) {
    actions =
        Counter.builder()
            .name("windfall_actions_total")
            .help("Writes that the reconciler decided on and made, by kind of action.")
            .labelNames("action")
            .register(registry);
    driftRefused =
        Counter.builder()
            .name("windfall_drift_refused_total")
            .help("Writes not made because they would have drifted a NodeClaim: each is a bug.")
            .register(registry);
  }

  /** Counts an action that was done, by the name of its kind. */
  public void done(Record action) {
    actions.labelValues(action.getClass().getSimpleName()).inc();
  }

  public void driftRefused() {
    driftRefused.inc();
  }
}
