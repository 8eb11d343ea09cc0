package dev.windfall.reconciler.pending;

import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What to do now.
 *
 * @param actions what is said before what is written, which may fail
 * @param memory by the pods' uids, for the next plan
 * @param soon whether to look again in a second, though nothing happens
 */
record Plan(List<Action> actions, Map<String, Memory> memory, boolean soon) {

  /**
   * What is known of a pod from earlier passes, so that an event is not said again with each. It is
   * lost with the process; then an event is repeated once.
   *
   * @param since when the pod was first seen waiting
   * @param joined since when it waits with others for a machine; empty: it does not
   * @param said what the last event came to, prices apart; empty: there was none
   * @param saidAt when that was
   */
  record Memory(Instant since, Optional<Instant> joined, String said, Instant saidAt) {
    /** Of a pod that was never seen before. */
    static Memory of(Instant now) {
      return new Memory(now, Optional.empty(), "", Instant.EPOCH);
    }

    Memory alone() {
      return joinedAt(Optional.empty());
    }

    Memory joinedAt(Optional<Instant> at) {
      return new Memory(since, at, said, saidAt);
    }
  }

  Plan {
    actions = List.copyOf(actions);
    memory = Map.copyOf(memory);
  }
}
