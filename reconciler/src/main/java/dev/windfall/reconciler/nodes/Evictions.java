package dev.windfall.reconciler.nodes;

import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Evicts pods, through the API that honours PodDisruptionBudgets. Each is asked for by a dry run
 * first: where one may not go none does, since the machine would be paid for all the same.
 */
final class Evictions {
  private static final System.Logger LOG = System.getLogger(Evictions.class.getName());
  private static final int FORBIDDEN = 403;

  private final LeaderWrites cluster;
  private final Events events;
  private final ReconcilerMetrics metrics;

  Evictions(LeaderWrites cluster, Events events, ReconcilerMetrics metrics) {
    this.cluster = cluster;
    this.events = events;
    this.metrics = metrics;
  }

  /** Whether all of the node's pods could be evicted now, and nothing else would keep it. */
  boolean possible(Action.Replace replace) {
    Set<String> known = replace.pods().stream().map(Pod::uid).collect(Collectors.toSet());
    Selection there = new Selection("", "", "spec.nodeName=" + replace.node().name());
    List<String> others =
        cluster.list(Resource.PODS, there, Pod::read).items().values().stream()
            .filter(pod -> !pod.finished() && !pod.ofDaemonSet() && !pod.mirror())
            .filter(pod -> !known.contains(pod.uid()))
            .map(pod -> pod.namespace() + "/" + pod.name())
            .toList();
    if (!others.isEmpty()) {
      LOG.log(
          Level.INFO,
          "node {0} is not emptied for a cheaper one, since it would not be empty: {1}",
          replace.node().name(),
          String.join(", ", others));
      return false;
    }
    return allowed(replace.pods(), replace.pool());
  }

  /** Evicts what may be; the rest has its turn in a later pass. */
  void carryOut(Action.Evict evict) {
    if (!allowed(evict.pods(), evict.pool())) {
      return;
    }
    for (Pod pod : evict.pods()) {
      if (evicted(pod, evict.pool(), false)) {
        metrics.done(evict);
        events.record(about(pod), EventRecorder.Type.NORMAL, "Evicted", evict.note());
        LOG.log(
            Level.INFO, "pod {0}/{1} is evicted: {2}", pod.namespace(), pod.name(), evict.note());
      }
    }
  }

  private boolean allowed(List<Pod> pods, Reference pool) {
    for (Pod pod : pods) {
      if (!evicted(pod, pool, true)) {
        return false;
      }
    }
    return true;
  }

  /** Whether it is done, or would be. One that is gone is no obstacle. */
  private boolean evicted(Pod pod, Reference pool, boolean dryRun) {
    try {
      cluster.evict(new Key(pod.namespace(), pod.name()), pod.uid(), dryRun);
      return true;
    } catch (ClusterException e) {
      if (e.status() == 0) {
        throw e;
      }
      if (e.isNotFound() || e.isConflict()) {
        return dryRun;
      }
      String why = Objects.requireNonNullElse(e.getMessage(), "refused");
      if (e.status() == FORBIDDEN) {
        String note =
            why
                + "; kubectl apply -f deploy/replace.yaml gives that right, which a SpotPool with"
                + " disruption.replaceRestartable needs";
        LOG.log(Level.WARNING, note);
        events.record(pool, EventRecorder.Type.WARNING, "EvictionForbidden", note);
      } else {
        events.record(about(pod), EventRecorder.Type.WARNING, "EvictionRefused", why);
        LOG.log(Level.INFO, why);
      }
      return false;
    }
  }

  static Reference about(Pod pod) {
    return new Reference(Resource.PODS, new Key(pod.namespace(), pod.name()), pod.uid());
  }
}
