package dev.windfall.reconciler.classes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Reference;

/** One write of a node class. There is none that edits one: an edit drifts the nodes of a class. */
sealed interface Action {
  /** The name of the node class. */
  String name();

  /** Whom the event about it is for. */
  Reference about();

  /**
   * Makes the class of a pool.
   *
   * @param about the pool
   */
  record CreateClass(String name, ObjectNode object, Reference about) implements Action {}

  /** Takes one away that nothing refers to. */
  record DeleteClass(LiveClass live) implements Action {
    @Override
    public String name() {
      return live.name();
    }

    @Override
    public Reference about() {
      return live.reference();
    }
  }
}
