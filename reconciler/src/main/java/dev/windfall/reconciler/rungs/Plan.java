package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.reconciler.LivePool;
import java.util.List;

/**
 * What to do now.
 *
 * @param finalizers of SpotPools: a rung is made only for one that waits for its rungs when it is
 *     deleted
 * @param actions in the order in which they are to be done: what takes capacity away before what
 *     gives it, so that a pass which breaks off never leaves a pool with more than its limit
 * @param statuses what to say, once all of that is done
 */
record Plan(List<Finalizer> finalizers, List<Action> actions, List<StatusWrite> statuses) {
  Plan {
    finalizers = List.copyOf(finalizers);
    actions = List.copyOf(actions);
    statuses = List.copyOf(statuses);
  }

  /**
   * A SpotPool that is to wait for its rungs, or no longer.
   *
   * @param on whether it is to wait
   */
  record Finalizer(LivePool pool, boolean on) {
    /** A merge patch. */
    ObjectNode patch() {
      ObjectNode patch = JsonNodeFactory.instance.objectNode();
      ObjectNode metadata = patch.putObject("metadata");
      metadata.put("resourceVersion", pool.resourceVersion());
      ArrayNode finalizers = metadata.putArray("finalizers");
      pool.finalizers().stream()
          .filter(name -> !name.equals(LivePool.FINALIZER))
          .forEach(finalizers::add);
      if (on) {
        finalizers.add(LivePool.FINALIZER);
      }
      return patch;
    }
  }

  /**
   * A status that has to change.
   *
   * @param patch a merge patch
   * @param notices what is said only once, as the status remembers it
   */
  record StatusWrite(LivePool pool, ObjectNode patch, List<Notice> notices) {}

  /**
   * An event about a pool as a whole.
   *
   * @param reason one word
   */
  record Notice(EventRecorder.Type type, String reason, String note) {}

  boolean isEmpty() {
    return finalizers.isEmpty() && actions.isEmpty() && statuses.isEmpty();
  }
}
