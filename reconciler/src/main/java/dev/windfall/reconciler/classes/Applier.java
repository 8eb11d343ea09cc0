package dev.windfall.reconciler.classes;

import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Preconditions;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.reconciler.ClassTrouble;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.ReconcilerMetrics;
import dev.windfall.reconciler.classes.View.Barred;
import dev.windfall.reconciler.classes.View.Standing;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/** Reads the node classes that stand, and carries out what is planned about them. */
final class Applier {
  private static final System.Logger LOG = System.getLogger(Applier.class.getName());

  /** The file that grants what this package does. */
  private static final String RIGHTS = "deploy/nodeclass.yaml";

  private final LeaderWrites cluster;
  private final Events events;
  private final ReconcilerMetrics metrics;

  /** By the uid of a class, why it cannot be deleted; that is not said with each pass. */
  private final Map<String, String> undeletable = new HashMap<>();

  Applier(LeaderWrites cluster, Events events, ReconcilerMetrics metrics) {
    this.cluster = cluster;
    this.events = events;
    this.metrics = metrics;
  }

  /**
   * The node classes that stand.
   *
   * @throws ClusterException when no answer came
   */
  Standing standing() {
    try {
      Map<String, LiveClass> classes = new HashMap<>();
      cluster
          .list(Resource.EC2_NODE_CLASSES, Selection.ALL, Decoder.whole())
          .items()
          .forEach((key, object) -> classes.put(key.name(), new LiveClass(object)));
      return new Standing(Map.copyOf(classes), Optional.empty());
    } catch (ClusterException e) {
      if (e.isNotFound()) {
        return Standing.unknown(
            new Barred(
                "NodeClassNotServed",
                "the API server serves no EC2NodeClasses of karpenter.k8s.aws/v1, so that none can"
                    + " be made; is Karpenter for AWS installed? Without it, say nodeClassRef in"
                    + " place of nodeClass"));
      }
      if (e.status() == 403) {
        return Standing.unknown(new Barred("NodeClassForbidden", forbidden(e)));
      }
      throw e;
    }
  }

  /**
   * Carries out {@code actions}. One that is refused keeps no other waiting.
   *
   * @param troubles by the pool's name; why the API server refused what was to be made for it is
   *     put there
   * @throws ClusterException when a write lost to another, or no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  void act(List<Action> actions, Map<String, ClassTrouble> troubles) {
    Referrers referrers = new Referrers(cluster);
    for (Action action : actions) {
      try {
        if (done(action, referrers)) {
          metrics.done((Record) action);
          say(action);
        }
      } catch (ClusterException e) {
        if (e.isAlreadyExists()) {
          // What is there is looked at by the next pass.
          continue;
        }
        if (e.status() == 0 || e.isConflict()) {
          throw e;
        }
        switch (action) {
          case Action.CreateClass create -> troubles.put(create.about().key().name(), refusal(e));
          case Action.DeleteClass delete -> kept(delete, message(e));
        }
      }
    }
  }

  /**
   * An admission webhook that fails is a refusal too, whatever status that comes with, and one that
   * refuses answers 403 as RBAC does.
   */
  private static ClassTrouble refusal(ClusterException e) {
    return e.status() == 403 && message(e).contains("cannot create resource")
        ? new ClassTrouble("NodeClassForbidden", forbidden(e), true)
        : new ClassTrouble("NodeClassRefused", message(e), true);
  }

  private void kept(Action.DeleteClass delete, String why) {
    if (!why.equals(undeletable.put(delete.live().uid(), why))) {
      String what = why + "; delete it by hand, nothing refers to it";
      LOG.log(Level.WARNING, "{0}", what);
      events.record(delete.about(), EventRecorder.Type.WARNING, "NodeClassNotDeleted", what);
    }
  }

  private boolean done(Action action, Referrers referrers) {
    return switch (action) {
      case Action.CreateClass create -> {
        cluster.create(Resource.EC2_NODE_CLASSES, create.object());
        yield true;
      }
      case Action.DeleteClass delete -> !referrers.of(delete.live()) && deleted(delete.live());
    };
  }

  /** The version refuses one that somebody has taken over meanwhile. */
  private boolean deleted(LiveClass live) {
    try {
      cluster.delete(
          Resource.EC2_NODE_CLASSES,
          Key.of(live.name()),
          new Preconditions(live.uid(), live.resourceVersion()));
      return true;
    } catch (ClusterException e) {
      if (e.isNotFound()) {
        return false;
      }
      throw e;
    }
  }

  private void say(Action action) {
    String what =
        switch (action) {
          case Action.CreateClass create -> "made the EC2NodeClass " + create.name();
          case Action.DeleteClass delete ->
              "deleted the EC2NodeClass %s, which nothing refers to any more"
                  .formatted(delete.name());
        };
    LOG.log(Level.INFO, "{0}", what);
    events.record(
        action.about(),
        EventRecorder.Type.NORMAL,
        action instanceof Action.CreateClass ? "NodeClassCreated" : "NodeClassDeleted",
        what);
  }

  private static String forbidden(ClusterException e) {
    return message(e) + "; kubectl apply -f " + RIGHTS + " gives Windfall that right";
  }

  private static String message(ClusterException e) {
    return Objects.requireNonNullElse(e.getMessage(), "refused");
  }
}
