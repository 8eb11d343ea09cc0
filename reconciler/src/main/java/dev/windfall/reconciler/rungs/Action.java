package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Reference;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.MergePatch;

/** One write of one NodePool. */
sealed interface Action {
  /** The NodePool's name. */
  String rung();

  /** Whom to tell: the SpotPool, or the NodePool itself where the SpotPool is gone. */
  Reference about();

  /** What a person reads in the event. */
  String reason();

  /** A rung that is not there yet. */
  record Create(Rung wanted, Knobs knobs, Reference about, String reason) implements Action {
    @Override
    public String rung() {
      return wanted.name();
    }
  }

  /** An empty rung that is not wanted any more goes. */
  record Delete(LiveRung live, Reference about, String reason) implements Action {
    @Override
    public String rung() {
      return live.name();
    }
  }

  /** A rung goes with its nodes, since whoever deletes the SpotPool gives them up. */
  record ForceDelete(LiveRung live, Reference about, String reason) implements Action {
    @Override
    public String rung() {
      return live.name();
    }
  }

  /** By it actions are sorted: what takes capacity away comes before what gives it. */
  default int turn() {
    return switch (this) {
      case Close c -> 0;
      case Turn turn when turn.knobs().gpuLimit() < Knobs.of(turn.live()).gpuLimit() -> 1;
      case Turn turn -> 2;
      case Create c -> 3;
      case Delete d -> 4;
      case ForceDelete d -> 4;
    };
  }

  /** Turns the knobs of a rung; all that have to be turned, in one write. */
  sealed interface Turn extends Action {
    /** The rung as it was when this was decided; the write loses if it has moved. */
    LiveRung live();

    Knobs knobs();

    @Override
    default String rung() {
      return live().name();
    }

    /** A merge patch. */
    default ObjectNode patch() {
      ObjectNode patch = MergePatch.between(Knobs.of(live()).json(), knobs().json());
      patch.withObject("/metadata").put("resourceVersion", live().resourceVersion());
      return patch;
    }
  }

  /** No new nodes; what runs goes on. */
  record Close(LiveRung live, Knobs knobs, Reference about, String reason) implements Turn {}

  /** New nodes again. */
  record Open(LiveRung live, Knobs knobs, Reference about, String reason) implements Turn {}

  /** Another place in the order. */
  record Reweigh(LiveRung live, Knobs knobs, Reference about, String reason) implements Turn {}

  /** Figures that follow the market and the pool's use: the price recorded, a share of a limit. */
  record Adjust(LiveRung live, Knobs knobs, Reference about, String reason) implements Turn {}

  /** What is not as the pool says, by a hand or since the pool says otherwise now. */
  record Repair(LiveRung live, Knobs knobs, Reference about, String reason) implements Turn {}
}
