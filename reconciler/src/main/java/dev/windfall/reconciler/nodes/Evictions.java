package dev.windfall.reconciler.nodes;

import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Restart;
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
 * first: where one may not go none does, since the machine would be paid for all the same. Each dry
 * run is one alone: a budget that allows one at a time is passed by all, and the others have their
 * turn as it allows them.
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

  /** What is answered to one who asks for an eviction. */
  private enum Answer {
    YES,
    GONE,
    REFUSED,
    FORBIDDEN
  }

  /** Whether each of the node's pods could be evicted now, and nothing else would keep it. */
  boolean possible(Action.Replace replace, Outcome outcome) {
    if (isKept(replace.node(), replace.pods())) {
      outcome.refused().add(replace.node().name());
      return false;
    }
    Answer answer = allowed(replace.pods(), replace.pool());
    switch (answer) {
      case REFUSED -> outcome.refused().add(replace.node().name());
      case FORBIDDEN -> outcome.forbidden().add(replace.node().name());
      case YES, GONE -> {}
    }
    return answer == Answer.YES;
  }

  /** Evicts what may be; the rest has its turn in a later pass. */
  void carryOut(Action.Evict evict, Outcome outcome) {
    if (isKept(evict.node(), evict.pods()) || allowed(evict.pods(), evict.pool()) != Answer.YES) {
      return;
    }
    for (Pod pod : evict.pods()) {
      if (evicted(pod, evict, outcome) == Answer.YES) {
        metrics.done(evict);
        events.record(about(pod), EventRecorder.Type.NORMAL, "Evicted", evict.note());
        LOG.log(
            Level.INFO, "pod {0}/{1} is evicted: {2}", pod.namespace(), pod.name(), evict.note());
      }
    }
  }

  /**
   * Whether the node would not be empty without {@code pods}, or one of them may not be evicted any
   * more. That is asked of the API server itself, since what was read of pods may be old.
   */
  private boolean isKept(LiveNode node, List<Pod> pods) {
    Set<String> meant = pods.stream().map(Pod::uid).collect(Collectors.toSet());
    Selection there = new Selection("", "", "spec.nodeName=" + node.name());
    List<String> keeping =
        cluster.list(Resource.PODS, there, Pod::read).items().values().stream()
            .filter(pod -> !pod.finished() && !pod.deleting())
            .filter(pod -> !pod.ofDaemonSet() && !pod.mirror())
            .filter(pod ->
                !meant.contains(pod.uid()) || pod.restart().filter(Restart::mayMove).isEmpty())
            .map(pod -> pod.namespace() + "/" + pod.name())
            .toList();
    if (!keeping.isEmpty()) {
      LOG.log(
          Level.INFO,
          "node {0} is not emptied for a cheaper one, since these keep it: {1}",
          node.name(),
          String.join(", ", keeping));
    }
    return !keeping.isEmpty();
  }

  /** One that is gone is no obstacle. */
  private Answer allowed(List<Pod> pods, Reference pool) {
    for (Pod pod : pods) {
      Answer answer = ask(pod, pool, true);
      if (answer != Answer.YES && answer != Answer.GONE) {
        return answer;
      }
    }
    return Answer.YES;
  }

  private Answer evicted(Pod pod, Action.Evict evict, Outcome outcome) {
    String controller = pod.restart().map(Restart::controller).orElse("");
    try {
      Answer answer = ask(pod, evict.pool(), false);
      if (answer == Answer.YES) {
        outcome.evicted(evict.node().name(), controller);
      }
      return answer;
    } catch (ClusterException e) {
      // No answer came, so it may be done.
      outcome.evicted(evict.node().name(), controller);
      throw e;
    }
  }

  private Answer ask(Pod pod, Reference pool, boolean dryRun) {
    try {
      cluster.evict(new Key(pod.namespace(), pod.name()), pod.uid(), dryRun);
      return Answer.YES;
    } catch (ClusterException e) {
      if (e.status() == 0) {
        throw e;
      }
      if (e.isNotFound() || e.isConflict()) {
        return Answer.GONE;
      }
      String why = Objects.requireNonNullElse(e.getMessage(), "refused");
      if (e.status() == FORBIDDEN) {
        String note =
            why
                + "; kubectl apply -f deploy/replace.yaml gives that right, which a SpotPool with"
                + " disruption.replaceRestartable needs; or leave it so in namespace "
                + pod.namespace();
        LOG.log(Level.WARNING, note);
        events.record(pool, EventRecorder.Type.WARNING, "EvictionForbidden", note);
        return Answer.FORBIDDEN;
      }
      events.record(about(pod), EventRecorder.Type.WARNING, "EvictionRefused", why);
      LOG.log(Level.INFO, why);
      return Answer.REFUSED;
    }
  }

  static Reference about(Pod pod) {
    return new Reference(Resource.PODS, new Key(pod.namespace(), pod.name()), pod.uid());
  }
}
