package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Preconditions;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.policies.Keys;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.MergePatch;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Carries out a plan, one write an object, each with the resourceVersion it was decided on.
 *
 * <p>A write of a rung that lost to another ends the pass, since what follows was decided on what
 * is no longer so. A write that the API server refuses for what it says is told to the pool and
 * does not keep other pools waiting.
 */
final class Applier {
  private static final System.Logger LOG = System.getLogger(Applier.class.getName());

  private final LeaderWrites cluster;
  private final Events events;
  private final ReconcilerMetrics metrics;

  /** The pools of which that was said; it is not said with each pass. */
  private final Set<String> unwritable = new HashSet<>();

  Applier(LeaderWrites cluster, Events events, ReconcilerMetrics metrics) {
    this.cluster = cluster;
    this.events = events;
    this.metrics = metrics;
  }

  /**
   * Carries out {@code actions}.
   *
   * @param claims every NodeClaim, to see whether a write would drift one
   * @return by the rung's name, why the API server refused what was to be done about it
   * @throws ClusterException when a write lost to another, or no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  Map<String, String> act(List<Action> actions, List<LiveClaim> claims) {
    Map<String, String> refused = new LinkedHashMap<>();
    for (Action action : actions) {
      try {
        if (done(action, claims)) {
          metrics.done((Record) action);
          say(action);
        }
      } catch (ClusterException e) {
        Optional<String> why = refusal(action, e);
        if (why.isPresent()) {
          LOG.log(Level.WARNING, why.get());
          events.record(action.about(), EventRecorder.Type.WARNING, "RungRefused", why.get());
          refused.put(action.rung(), why.get());
        } else if (!e.isAlreadyExists()) {
          throw e;
        }
      }
    }
    return refused;
  }

  /**
   * Has pools wait for their rungs before they have any, and lets those go that have none left. A
   * pool that cannot be written to has its rungs all the same: they close when it is gone, which
   * then nothing waits for.
   *
   * @return the names of those that were written to
   * @throws ClusterException when a write lost to another, or no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  Set<String> hold(List<Plan.Finalizer> finalizers) {
    Set<String> written = new HashSet<>();
    for (Plan.Finalizer finalizer : finalizers) {
      String name = finalizer.pool().name();
      if ((finalizer.on() || rungless(name)) && written(finalizer)) {
        written.add(name);
        unwritable.remove(name);
        LOG.log(
            Level.INFO,
            finalizer.on()
                ? "spotpool {0} waits for its rungs when it is deleted"
                : "spotpool {0} is deleted and has no rung left; it goes",
            name);
      }
    }
    return written;
  }

  /** Asked of the API server itself, for the plan's view may be behind. */
  private boolean rungless(String pool) {
    Selection own = Selection.ALL.labelled(Keys.POOL + "=" + pool);
    return cluster.list(Resource.NODEPOOLS, own, LiveRung::read).items().isEmpty();
  }

  private boolean written(Plan.Finalizer finalizer) {
    Reference pool = finalizer.pool().reference();
    try {
      cluster.mergePatch(Resource.SPOTPOOLS, pool.key(), finalizer.patch());
      return true;
    } catch (ClusterException e) {
      if (!refuses(e)) {
        throw e;
      }
      if (unwritable.add(finalizer.pool().name())) {
        String why =
            "the finalizer %s cannot be %s: %s"
                .formatted(LivePool.FINALIZER, finalizer.on() ? "put on" : "taken off", reason(e));
        LOG.log(Level.WARNING, why);
        events.record(pool, EventRecorder.Type.WARNING, "FinalizerRefused", why);
      }
      return false;
    }
  }

  /**
   * Writes {@code statuses}. One that lost to another, or is refused, keeps no other waiting.
   *
   * @throws ClusterException when no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  void tell(List<Plan.StatusWrite> statuses) {
    for (Plan.StatusWrite status : statuses) {
      Reference pool = status.pool().reference();
      ObjectNode patch = status.patch().objectNode();
      patch.putObject("metadata").put("resourceVersion", status.pool().resourceVersion());
      patch.set("status", status.patch());
      try {
        cluster.mergePatchStatus(Resource.SPOTPOOLS, pool.key(), patch);
        status.notices().forEach(n -> events.record(pool, n.type(), n.reason(), n.note()));
      } catch (ClusterException e) {
        if (e.status() == 0) {
          throw e;
        }
        boolean lost = e.isConflict() || e.isNotFound();
        LOG.log(lost ? Level.INFO : Level.WARNING, e.getMessage());
        if (!lost) {
          events.record(pool, EventRecorder.Type.WARNING, "StatusRefused", reason(e));
        }
      }
    }
  }

  /**
   * Why the API server will not have what it understood, now or later; empty when that is not so.
   *
   * <p>A name that is taken is so for good where the NodePool there has lost its label, since it is
   * then not watched. One that has it was only not seen yet.
   */
  private Optional<String> refusal(Action action, ClusterException e) {
    if (e.isNotFound() && action instanceof Action.Create) {
      return Optional.of(reason(e) + "; is Karpenter installed?");
    }
    if (!e.isAlreadyExists()) {
      return refuses(e) ? Optional.of(reason(e)) : Optional.empty();
    }
    return cluster
        .get(Resource.NODEPOOLS, Key.of(action.rung()))
        .filter(there -> new LiveRung(there).pool().isEmpty())
        .map(there ->
            "nodepool %s is there without the label %s, so it is not Windfall's to touch; label it"
                    .formatted(action.rung(), Keys.POOL)
                + " again, or delete it once it is empty");
  }

  private static boolean refuses(ClusterException e) {
    return e.status() == 400 || e.status() == 403 || e.status() == 422;
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
      case Action.Delete delete -> empty(delete.live()) && deleted(delete.live());
      case Action.ForceDelete delete -> deleted(delete.live());
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

  /** Asked of the API server itself, for the plan's view may be behind. */
  private boolean empty(LiveRung rung) {
    Selection own = Selection.ALL.labelled(LiveClaim.NODEPOOL + "=" + rung.name());
    return cluster.list(Resource.NODECLAIMS, own, LiveClaim::read).items().isEmpty();
  }

  /** Deletes a rung; the version refuses one that somebody has opened again meanwhile. */
  private boolean deleted(LiveRung rung) {
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
          case Action.ForceDelete d -> "RungDeleted";
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
}
