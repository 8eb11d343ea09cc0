package dev.windfall.reconciler.guards;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Resource;

/** One write of one of the two objects of a guard. */
sealed interface Action {
  /** The name of the guard, and of the object. */
  String guard();

  Resource resource();

  /** Makes the object. */
  record CreateGuard(String guard, Resource resource, ObjectNode object) implements Action {}

  /**
   * Makes the object what it has to be: its policy has changed, or a hand has spoilt it.
   *
   * @param object whole, with the resourceVersion it was decided on
   */
  record RestoreGuard(String guard, Resource resource, ObjectNode object) implements Action {}

  /**
   * Removes the object.
   *
   * @param object as it was looked at
   */
  record RemoveGuard(String guard, Resource resource, ObjectNode object) implements Action {}
}
