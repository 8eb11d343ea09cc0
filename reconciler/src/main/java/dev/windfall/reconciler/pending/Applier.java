package dev.windfall.reconciler.pending;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.util.Objects;
import java.util.Optional;

/**
 * Carries out a plan. A pod is read right before it is written, since the plan knows only a few of
 * its fields, and the write loses if the pod has moved since.
 */
final class Applier {
  private static final System.Logger LOG = System.getLogger(Applier.class.getName());

  private final LeaderWrites cluster;
  private final Events events;
  private final ReconcilerMetrics metrics;

  Applier(LeaderWrites cluster, Events events, ReconcilerMetrics metrics) {
    this.cluster = cluster;
    this.events = events;
    this.metrics = metrics;
  }

  /**
   * Carries out {@code plan}. A pod that moved or went meanwhile is left to the next pass, and one
   * whose write is refused keeps no other waiting.
   *
   * @throws ClusterException when no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  void apply(Plan plan) {
    for (Action action : plan.actions()) {
      try {
        apply(action);
      } catch (ClusterException e) {
        if (e.status() == 0) {
          throw e;
        }
        String why = Objects.requireNonNullElse(e.getMessage(), "refused");
        LOG.log(Level.WARNING, why);
        String reason = action instanceof Action.Tolerate ? "TolerationRefused" : "GateRefused";
        events.record(reference(action.pod()), EventRecorder.Type.WARNING, reason, why);
      }
    }
  }

  private void apply(Action action) {
    Reference about = reference(action.pod());
    switch (action) {
      case Action.Say say -> events.record(about, EventRecorder.Type.NORMAL, "Waiting", say.note());
      case Action.LiftGate lift -> {
        if (written(lift)) {
          metrics.done(lift);
          events.record(about, EventRecorder.Type.NORMAL, "GateLifted", lift.note());
        }
      }
      case Action.Assign assign -> {
        if (written(assign)) {
          metrics.done(assign);
          events.record(about, EventRecorder.Type.NORMAL, "Assigned", assign.note());
        }
      }
      case Action.Tolerate tolerate -> {
        if (written(tolerate)) {
          metrics.done(tolerate);
          events.record(about, EventRecorder.Type.NORMAL, "Tolerates", tolerate.note());
        }
      }
    }
  }

  private boolean written(Action action) {
    Key key = new Key(action.pod().namespace(), action.pod().name());
    Optional<ObjectNode> pod =
        cluster.get(Resource.PODS, key).filter(now -> isStill(action.pod(), now));
    Optional<ArrayNode> patch = pod.flatMap(now -> patch(action, now));
    if (patch.isEmpty()) {
      return false;
    }
    try {
      cluster.jsonPatch(Resource.PODS, key, patch.get());
      return true;
    } catch (ClusterException e) {
      if (e.isConflict() || e.isNotFound() || (e.status() == 422 && hasMoved(key, pod.get()))) {
        LOG.log(Level.INFO, "{0}; trying again", e.getMessage());
        return false;
      }
      throw e;
    }
  }

  /** 422 says that a pod is at another version, and also that it may not become what was asked. */
  private boolean hasMoved(Key key, ObjectNode pod) {
    return !cluster.get(Resource.PODS, key).map(Applier::version).equals(Optional.of(version(pod)));
  }

  private static String version(ObjectNode pod) {
    return pod.at("/metadata/resourceVersion").asText();
  }

  private static Optional<ArrayNode> patch(Action action, ObjectNode pod) {
    return switch (action) {
      case Action.LiftGate lift -> PodPatch.liftingGate(pod, lift.requirements());
      case Action.Assign assign ->
          PodPatch.assigning(pod, assign.requirements(), assign.place().text());
      case Action.Tolerate tolerate -> PodPatch.tolerating(pod);
      case Action.Say say -> Optional.empty();
    };
  }

  private static boolean isStill(Pod pod, ObjectNode now) {
    return now.at("/metadata/uid").asText().equals(pod.uid());
  }

  private static Reference reference(Pod pod) {
    return new Reference(Resource.PODS, new Key(pod.namespace(), pod.name()), pod.uid());
  }
}
