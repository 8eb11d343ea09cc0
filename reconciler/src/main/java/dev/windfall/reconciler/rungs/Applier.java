package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Preconditions;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Carries out a plan, one write an object, each with the resourceVersion it was decided on.
 *
 * <p>A write that lost to another ends the pass, since what follows was decided on what is no
 * longer so. A write that the API server refuses for what it says is told to the pool and does not
 * keep other pools waiting.
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
   * Carries out {@code plan}.
   *
   * @param claims every NodeClaim, to see whether a write would drift one
   * @throws ClusterException when a write lost to another, or no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  void apply(Plan plan, List<LiveClaim> claims) {
    Set<Reference> refused = new HashSet<>();
    for (Action action : plan.actions()) {
      try {
        if (!done(action, claims)) {
          continue;
        }
      } catch (ClusterException e) {
        if (!refusal(e)) {
          throw e;
        }
        LOG.log(Level.WARNING, e.getMessage());
        events.record(action.about(), EventRecorder.Type.WARNING, "RungRefused", reason(e));
        refused.add(action.about());
        continue;
      }
      metrics.done((Record) action);
      say(action);
    }
    for (Plan.StatusWrite status : plan.statuses()) {
      Reference pool = status.pool().reference();
      // Its status would say what was not done.
      if (!refused.contains(pool)) {
        ObjectNode patch = status.patch().objectNode();
        patch.putObject("metadata").put("resourceVersion", status.pool().resourceVersion());
        patch.set("status", status.patch());
        cluster.mergePatchStatus(Resource.SPOTPOOLS, pool.key(), patch);
        status.notices().forEach(n -> events.record(pool, n.type(), n.reason(), n.note()));
      }
    }
  }

  private static String reason(ClusterException e) {
    return Objects.requireNonNullElse(e.getMessage(), "refused");
  }

  private boolean done(Action action, List<LiveClaim> claims) {
    return switch (action) {
      case Action.Create create -> {
        cluster.create(Resource.NODEPOOLS, create.wanted().manifest(create.knobs()));
        yield true;
      }
      case Action.Turn turn -> patched(turn.live(), turn.patch(), claims);
      case Action.Delete delete -> deleted(delete.live());
    };
  }

  /**
   * Patches a rung, unless that would drift one of its nodes.
   *
   * @return whether it was patched
   */
  boolean patched(LiveRung rung, ObjectNode patch, List<LiveClaim> claims) {
    Optional<String> drift =
        Drift.of(rung.object(), MergePatch.apply(rung.object(), patch), claims);
    if (drift.isPresent()) {
      metrics.driftRefused();
      LOG.log(
          Level.ERROR,
          "not patching nodepool {0}, since that would drift {1}: this is a bug of Windfall",
          rung.name(),
          drift.get());
      return false;
    }
    cluster.mergePatch(Resource.NODEPOOLS, Key.of(rung.name()), patch);
    return true;
  }

  /**
   * Deletes an empty rung. Whether it is empty is asked of the API server itself, for the plan's
   * view may be behind; the version refuses a rung that somebody has opened again meanwhile.
   */
  private boolean deleted(LiveRung rung) {
    Selection own = Selection.ALL.labelled(LiveClaim.NODEPOOL + "=" + rung.name());
    if (!cluster.list(Resource.NODECLAIMS, own, LiveClaim::read).items().isEmpty()) {
      return false;
    }
    cluster.delete(
        Resource.NODEPOOLS,
        Key.of(rung.name()),
        new Preconditions(rung.uid(), rung.resourceVersion()));
    return true;
  }

  private void say(Action action) {
    String reason =
        switch (action) {
          case Action.Create c -> "RungCreated";
          case Action.Open o -> "RungOpened";
          case Action.Close c -> "RungClosed";
          case Action.Delete d -> "RungDeleted";
          case Action.Repair r -> "RungRepaired";
          // A change of order is one event a pool, not one a rung; figures are in the status.
          case Action.Reweigh r -> "";
          case Action.Adjust a -> "";
        };
    if (!reason.isEmpty()) {
      events.record(action.about(), EventRecorder.Type.NORMAL, reason, action.reason());
    }
    LOG.log(Level.INFO, "{0}: {1}", action.getClass().getSimpleName(), action.reason());
  }

  /** Whether the API server understood the write and will not have it, now or later. */
  private static boolean refusal(ClusterException e) {
    return e.status() == 400 || e.status() == 403 || e.status() == 422;
  }
}
