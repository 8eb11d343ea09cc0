package dev.windfall.extender;

import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicReferenceArray;

/**
 * Whom the last calls were about. Who adds never waits: a call pays for one number counted up and
 * one reference stored.
 */
final class AskedPods {
  /** A power of two. Seconds lie between a call and the binding of its pod. */
  static final int SIZE = 4096;

  /** A uid has 36 characters; what a stranger sends may have millions. */
  private static final int LONGEST = 64;

  private final AtomicReferenceArray<String> uids = new AtomicReferenceArray<>(SIZE);
  private final AtomicInteger next = new AtomicInteger();

  void add(String uid) {
    if (!uid.isEmpty() && uid.length() <= LONGEST) {
      uids.setRelease(next.getAndIncrement() & (SIZE - 1), uid);
    }
  }

  /** Looked for from the last on, since a pod is bound soon after the call. */
  boolean has(String uid) {
    int last = next.get() - 1;
    for (int i = 0; i < SIZE; i++) {
      if (uid.equals(uids.getAcquire((last - i) & (SIZE - 1)))) {
        return true;
      }
    }
    return false;
  }
}
