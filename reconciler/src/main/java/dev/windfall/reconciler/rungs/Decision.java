package dev.windfall.reconciler.rungs;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What was decided about the rungs, and how they stand once it is done.
 *
 * @param supplies by the pool's name, of those that are not being deleted
 * @param crowdedOut the pools of which offers have no rung since the cluster has as many as it can
 *     bear
 * @param refused by the rung's name, why the API server refused what was decided for it
 */
record Decision(
    Map<String, Supply> supplies,
    List<Standing> standings,
    List<Action> actions,
    Set<String> crowdedOut,
    Map<String, String> refused) {

  /** The same, once some of it was refused: those rungs stand as before. */
  Decision but(Map<String, String> others, View view) {
    List<Standing> stands = new ArrayList<>(standings);
    stands.removeIf(standing -> others.containsKey(standing.name()));
    view.rungs().stream()
        .filter(rung -> others.containsKey(rung.name()))
        .map(rung -> Standing.asItIs(rung, view))
        .forEach(stands::add);
    return new Decision(supplies, stands, actions, crowdedOut, others);
  }

  /** What was decided about the rungs of one pool. */
  List<Action> actions(String pool) {
    return actions.stream().filter(action -> pool(action).equals(Optional.of(pool))).toList();
  }

  List<Standing> standings(String pool) {
    return standings.stream().filter(standing -> standing.pool().equals(pool)).toList();
  }

  private static Optional<String> pool(Action action) {
    return switch (action) {
      case Action.Create create -> Optional.of(create.wanted().pool());
      case Action.Turn turn -> turn.live().pool();
      case Action.Delete delete -> delete.live().pool();
      case Action.ForceDelete delete -> delete.live().pool();
    };
  }
}
