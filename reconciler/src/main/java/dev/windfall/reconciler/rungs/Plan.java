package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.reconciler.LivePool;
import java.util.List;

/**
 * What to do now.
 *
 * @param actions in the order in which they are to be done: what takes capacity away before what
 *     gives it, so that a pass which breaks off never leaves a pool with more than its limit
 * @param statuses what to say, once all of that is done
 */
record Plan(List<Action> actions, List<StatusWrite> statuses) {
  Plan {
    actions = List.copyOf(actions);
    statuses = List.copyOf(statuses);
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
    return actions.isEmpty() && statuses.isEmpty();
  }
}
