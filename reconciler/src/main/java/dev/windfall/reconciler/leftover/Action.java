package dev.windfall.reconciler.leftover;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Reference;
import dev.windfall.reconciler.LivePool;

/** One write. */
sealed interface Action {
  /** What a person reads of it. */
  String reason();

  /** Whose status says it when it is refused, and whose event when it is done. */
  Reference about();

  /** Has the LeftoverNodePool wait for its SpotPool when it is deleted. */
  record Hold(LiveLeftover live, String reason) implements Action {
    @Override
    public Reference about() {
      return live.reference();
    }
  }

  /**
   * Lets a LeftoverNodePool go that is deleted and has no SpotPool left.
   *
   * @param careful not while a NodePool of Leftover's would go with it, and what runs there
   */
  record Release(LiveLeftover live, boolean careful, String reason) implements Action {
    @Override
    public Reference about() {
      return live.reference();
    }
  }

  /** Makes the SpotPool. */
  record CreatePool(LiveLeftover live, ObjectNode manifest, String reason) implements Action {
    @Override
    public Reference about() {
      return live.reference();
    }
  }

  /**
   * Makes the SpotPool what it has to be: the LeftoverNodePool has changed, or a hand has edited
   * what was made of it.
   *
   * @param patch a merge patch of its spec
   */
  record ChangePool(LiveLeftover live, LivePool pool, ObjectNode patch, String reason)
      implements Action {
    @Override
    public Reference about() {
      return live.reference();
    }
  }

  /** Has the SpotPool's nodes given up with it, as somebody wished of the LeftoverNodePool. */
  record ForcePool(LiveLeftover live, LivePool pool, String reason) implements Action {
    @Override
    public Reference about() {
      return live.reference();
    }
  }

  /** Deletes the SpotPool of a LeftoverNodePool that is being deleted. */
  record DeletePool(LiveLeftover live, LivePool pool, String reason) implements Action {
    @Override
    public Reference about() {
      return live.reference();
    }
  }

  /** Deletes the SpotPool of one that is gone, and that Windfall did not hold. */
  record DeleteOrphan(LivePool pool, String reason) implements Action {
    @Override
    public Reference about() {
      return pool.reference();
    }
  }
}
