package dev.windfall.kind.local;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;

/** The last requests, oldest first. */
final class Journal {
  private static final int KEPT = 20_000;

  private final ArrayDeque<Asked> asked = new ArrayDeque<>();

  synchronized void note(Asked request) {
    asked.addLast(request);
    if (asked.size() > KEPT) {
      asked.removeFirst();
    }
    notifyAll();
  }

  synchronized List<Asked> all() {
    return List.copyOf(asked);
  }

  synchronized void forget() {
    asked.clear();
  }

  synchronized boolean await(Predicate<Asked> which, int count, Duration atMost)
      throws InterruptedException {
    long deadline = System.nanoTime() + atMost.toNanos();
    while (asked.stream().filter(which).count() < count) {
      long left = deadline - System.nanoTime();
      if (left <= 0) {
        return false;
      }
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
    }
    return true;
  }
}
