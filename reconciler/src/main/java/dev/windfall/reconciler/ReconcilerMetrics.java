package dev.windfall.reconciler;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Map;

/** The room's meters. One per registry: a second one on the same registry is refused by it. */
public final class ReconcilerMetrics {
  private final Counter actions;
  private final Counter driftRefused;
  private final Counter launches;
  private final Gauge advice;
  private final Gauge classTroubles;

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
    launches =
        Counter.builder()
            .name("windfall_launches_total")
            .help("What became of nodes that rungs asked for, as the leader saw it, by outcome.")
            .labelNames("outcome")
            .register(registry);
    advice =
        Gauge.builder()
            .name("windfall_advice")
            .help("1 for each thing in the cluster that windfall doctor has an advice about.")
            .labelNames("check", "object")
            .register(registry);
    classTroubles =
        Gauge.builder()
            .name("windfall_node_class_trouble")
            .help("1 for each SpotPool of whose own node class something is wrong.")
            .labelNames("pool", "reason")
            .register(registry);
  }

  /** Counts what became of a launch. */
  public void launch(String outcome) {
    launches.labelValues(outcome).inc();
  }

  /** Says what there is an advice about now, each as its check and its object. */
  public void advice(List<List<String>> found) {
    advice.clear();
    found.forEach(one -> advice.labelValues(one.getFirst(), one.getLast()).set(1));
  }

  /** Says what is wrong with node classes now, by the pool's name. */
  public void classTroubles(Map<String, ClassTrouble> found) {
    classTroubles.clear();
    found.forEach((pool, trouble) -> {
      if (!trouble.pending()) {
        classTroubles.labelValues(pool, trouble.reason()).set(1);
      }
    });
  }

  /** Counts an action that was done, by the name of its kind. */
  public void done(Record action) {
    actions.labelValues(action.getClass().getSimpleName()).inc();
  }

  public void driftRefused() {
    driftRefused.inc();
  }
}
