package dev.windfall.reconciler.pending;

import dev.windfall.market.NodeRequirement;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.bursts.Bursts;
import java.util.List;
import java.util.stream.Stream;

/** One thing to do about one pod that waits. */
sealed interface Action {
  Pod pod();

  /** What a person reads in the event. */
  String note();

  /**
   * Takes the gate away, and in the same write holds the pod to what it was granted, since a pod's
   * affinity cannot change once no gate holds it.
   */
  record LiftGate(Pod pod, List<NodeRequirement> requirements, String note) implements Action {}

  /**
   * The same for a pod of a burst, which is held to the machine that it was given.
   *
   * @param labels what it requires besides
   */
  record Assign(Pod pod, Bursts.Place place, List<NodeRequirement> labels, String note)
      implements Action {
    List<NodeRequirement> requirements() {
      return Stream.concat(labels.stream(), place.requirements().stream()).toList();
    }
  }

  /**
   * Lets the pod onto the rungs. More tolerations are all that a pod without a gate can be given.
   */
  record Tolerate(Pod pod, String note) implements Action {}

  /** Says why the pod waits. */
  record Say(Pod pod, String note) implements Action {}
}
