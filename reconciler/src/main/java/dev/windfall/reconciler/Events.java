package dev.windfall.reconciler;

import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.Reference;

/** Where the loops say what they did: {@code recorder::record}. */
@FunctionalInterface
public interface Events {
  /**
   * Says something about an object. Neither waits nor throws.
   *
   * @param reason one word, such as {@code RungClosed}
   * @param note a sentence for whoever looks at the object
   */
  void record(Reference about, EventRecorder.Type type, String reason, String note);
}
