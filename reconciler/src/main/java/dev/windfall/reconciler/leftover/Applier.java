package dev.windfall.reconciler.leftover;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Preconditions;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;

/**
 * Reads what nobody watches, and carries out what is planned. What is refused for one
 * LeftoverNodePool keeps no other waiting. Used by one thread.
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
   * What became of a plan.
   *
   * @param refused by the name of a LeftoverNodePool, why the API server refused a write for it
   * @param written the names of those for which something was
   */
  record Outcome(Map<String, String> refused, Set<String> written) {}

  /**
   * The EC2NodeClasses.
   *
   * @throws ClusterException when no answer came
   */
  NodeClasses classes() {
    try {
      Map<String, Map<String, String>> labels = new HashMap<>();
      cluster
          .list(Resource.EC2_NODE_CLASSES, Selection.ALL, Applier::labels)
          .items()
          .forEach((key, own) -> labels.put(key.name(), own));
      return new NodeClasses(labels, "");
    } catch (ClusterException e) {
      if (e.isNotFound()) {
        return new NodeClasses(
            Map.of(), "the API server does not serve them; is Karpenter for AWS installed?");
      }
      if (e.status() == 403) {
        return new NodeClasses(Map.of(), message(e));
      }
      throw e;
    }
  }

  private static Map<String, String> labels(JsonParser parser) throws IOException {
    ObjectNode object = Decoder.whole().decode(parser);
    Map<String, String> labels = new HashMap<>();
    if (object != null) {
      object
          .at("/metadata/labels")
          .properties()
          .forEach(label -> labels.put(label.getKey(), label.getValue().asText()));
    }
    return labels;
  }

  /**
   * Carries out {@code actions}.
   *
   * @throws ClusterException when a write lost to another, or no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  Outcome act(List<Action> actions) {
    Map<String, String> refused = new LinkedHashMap<>();
    Set<String> written = new HashSet<>();
    for (Action action : actions) {
      String about = action.about().key().name();
      if (action instanceof Action.CreatePool && refused.containsKey(about)) {
        // What could not be held would be gone at once when it is deleted, and buys nothing.
        continue;
      }
      try {
        Optional<String> barred = barred(action);
        if (barred.isPresent()) {
          refused.put(about, barred.get());
          continue;
        }
        if (done(action)) {
          written.add(about);
          metrics.done((Record) action);
          say(action);
        }
      } catch (ClusterException e) {
        refusal(action, e)
            .ifPresent(why -> {
              LOG.log(Level.WARNING, "{0}", why);
              refused.put(about, why);
            });
      }
    }
    return new Outcome(refused, written);
  }

  /** Why it would do harm now. */
  private Optional<String> barred(Action action) {
    if (!(action instanceof Action.Release release && release.careful())) {
      return Optional.empty();
    }
    LiveLeftover live = release.live();
    return cluster
        .get(Resource.NODEPOOLS, Key.of(live.nodePool()))
        .filter(live::takesAlong)
        .map(_ -> Trouble.takenAlong(live.nodePool()));
  }

  private boolean done(Action action) {
    switch (action) {
      case Action.Hold hold -> finalizer(hold.live(), true);
      case Action.Release release -> {
        // Asked of the API server itself, for the plan's view may be behind.
        if (mine(release.live()).isPresent()) {
          return false;
        }
        finalizer(release.live(), false);
      }
      case Action.CreatePool create -> cluster.create(Resource.SPOTPOOLS, create.manifest());
      case Action.ChangePool change -> {
        ObjectNode patch = versioned(change.pool());
        patch.set("spec", change.patch());
        cluster.mergePatch(Resource.SPOTPOOLS, Key.of(change.pool().name()), patch);
      }
      case Action.ForcePool force -> {
        ObjectNode patch = versioned(force.pool());
        patch
            .withObjectProperty("metadata")
            .putObject("annotations")
            .put(LivePool.FORCE_DELETE, "true");
        cluster.mergePatch(Resource.SPOTPOOLS, Key.of(force.pool().name()), patch);
      }
      // Whatever state it is in by now: whoever it was made for goes.
      case Action.DeletePool delete ->
          delete(delete.pool(), Preconditions.uid(delete.pool().uid()));
      case Action.DeleteOrphan orphan -> {
        if (!orphaned(orphan.pool())) {
          return false;
        }
        delete(
            orphan.pool(), new Preconditions(orphan.pool().uid(), orphan.pool().resourceVersion()));
      }
    }
    return true;
  }

  private void finalizer(LiveLeftover live, boolean on) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    ObjectNode metadata =
        patch.putObject("metadata").put("resourceVersion", live.resourceVersion());
    var finalizers = metadata.putArray("finalizers");
    live.finalizers().stream()
        .filter(each -> !each.equals(LiveLeftover.FINALIZER))
        .forEach(finalizers::add);
    if (on) {
      finalizers.add(LiveLeftover.FINALIZER);
    }
    cluster.mergePatch(Resource.LEFTOVER_NODE_POOLS, Key.of(live.name()), patch);
  }

  private static ObjectNode versioned(LivePool pool) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("metadata").put("resourceVersion", pool.resourceVersion());
    return patch;
  }

  private void delete(LivePool pool, Preconditions preconditions) {
    try {
      cluster.delete(Resource.SPOTPOOLS, Key.of(pool.name()), preconditions);
    } catch (ClusterException e) {
      if (!e.isNotFound()) {
        throw e;
      }
    }
  }

  /** The SpotPool that was made for it, if it is there. */
  private Optional<LivePool> mine(LiveLeftover live) {
    return cluster
        .get(Resource.SPOTPOOLS, Key.of(live.pool()))
        .map(LivePool::of)
        .filter(live::owns);
  }

  /**
   * Whether no LeftoverNodePool is there for it, asked of the API server itself: who does not know
   * one yet would take its SpotPool for left behind. Where the kind is not served nobody can tell.
   */
  private boolean orphaned(LivePool pool) {
    return cluster
        .list(Resource.LEFTOVER_NODE_POOLS, Selection.ALL, LiveLeftover::read)
        .items()
        .values()
        .stream()
        .noneMatch(live -> live.pool().equals(pool.name()));
  }

  /**
   * Why the API server will not have it; empty where it has it already, by a write whose answer was
   * lost, or where it is asked for again later.
   *
   * @throws ClusterException when that is not so: it lost to another, or no answer came
   */
  private Optional<String> refusal(Action action, ClusterException e) {
    if (e.isAlreadyExists() && action instanceof Action.CreatePool create) {
      return mine(create.live()).isPresent()
          ? Optional.empty()
          : Optional.of(Trouble.foreign(create.live().pool()).message());
    }
    // Gone, which is what was wanted; or of no kind that is served, so that nobody can tell.
    if (e.isNotFound()
        && (action instanceof Action.Release || action instanceof Action.DeleteOrphan)) {
      LOG.log(Level.DEBUG, "{0}", e.getMessage());
      return Optional.empty();
    }
    if (refuses(e)) {
      return Optional.of(message(e));
    }
    throw e;
  }

  /** A webhook that nobody serves any more makes every write of its kind a 500 with a reason. */
  private static boolean refuses(ClusterException e) {
    return switch (e.status()) {
      case 400, 403, 422 -> true;
      default -> e.status() >= 500 && !e.reason().isEmpty();
    };
  }

  private void say(Action action) {
    String word =
        switch (action) {
          case Action.CreatePool create -> "SpotPoolCreated";
          case Action.ChangePool change -> "SpotPoolChanged";
          case Action.DeletePool delete -> "SpotPoolDeleted";
          case Action.DeleteOrphan orphan -> "LeftoverGone";
          case Action.Hold hold -> "";
          case Action.Release release -> "";
          case Action.ForcePool force -> "";
        };
    if (!word.isEmpty()) {
      events.record(action.about(), EventRecorder.Type.NORMAL, word, action.reason());
    }
    LOG.log(Level.INFO, "{0}: {1}", action.about().key(), action.reason());
  }

  private static String message(ClusterException e) {
    return Objects.requireNonNullElse(e.getMessage(), "refused");
  }
}
