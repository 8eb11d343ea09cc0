package dev.windfall.reconciler.rungs;

import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import java.util.ArrayList;
import java.util.List;

/**
 * How a SpotPool goes that somebody deletes: its rungs are closed, what runs on their nodes ends in
 * peace, and the pool stays until the last rung is gone. A finalizer holds it, so that this is seen
 * and waited for, whichever way it is deleted: plainly, in the foreground, or with its definition.
 *
 * <p>A rung has no owner for the garbage collector to follow. Were the finalizer taken off by a
 * hand, the rungs would still close and go once they are empty.
 */
final class Departure {
  private Departure() {}

  /**
   * The pools whose finalizer has to be put on or taken off. One that only observes is not written
   * to; what it had when it acted is kept.
   */
  static List<Plan.Finalizer> finalizers(View view) {
    List<Plan.Finalizer> finalizers = new ArrayList<>();
    for (LivePool pool : view.pools()) {
      if (!pool.held() && pool.pool().filter(SpotPool::acts).isPresent()) {
        finalizers.add(new Plan.Finalizer(pool, true));
      }
    }
    for (LivePool pool : view.leaving()) {
      if (pool.held() && view.rungsOf(pool.name()).isEmpty()) {
        finalizers.add(new Plan.Finalizer(pool, false));
      }
    }
    return finalizers;
  }

  /** What the deletion of {@code pool} waits for, for a person. */
  static String waitsFor(LivePool pool, View view) {
    List<LiveRung> rungs = view.rungsOf(pool.name());
    int nodes = rungs.stream().mapToInt(rung -> view.nodesOf(rung.name())).sum();
    if (nodes == 0) {
      return "it waits until its rungs are gone; one goes %d minutes after it was closed"
          .formatted(Planner.GRACE.toMinutes());
    }
    return "it waits until nothing runs on %s of its rungs any more; %s: \"true\" as an annotation deletes them with what runs there"
        .formatted(nodes == 1 ? "the node" : "the " + nodes + " nodes", LivePool.FORCE_DELETE);
  }
}
