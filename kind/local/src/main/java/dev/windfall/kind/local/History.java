package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayDeque;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * What happened last, oldest first, for watches to follow. Bounded: who asks for an older version
 * is told that it expired.
 */
final class History {
  private static final int KEPT = 10_000;

  enum Event {
    ADDED,
    MODIFIED,
    DELETED
  }

  /**
   * One step of history.
   *
   * @param place where the object is kept
   * @param before the object until then; null when it was created
   */
  record Change(
      long version, String place, Event event, ObjectNode object, @Nullable ObjectNode before) {}

  /**
   * Why a watch woke up.
   *
   * @param changes of its kind since it last looked
   * @param version up to which it has now seen everything
   */
  record News(List<Change> changes, long version, int signals, boolean closed) {}

  private final ArrayDeque<Change> changes = new ArrayDeque<>();
  private long version;
  private long forgotten;
  private int signals;
  private boolean closed;

  History(long version) {
    this.version = version;
    this.forgotten = version;
  }

  synchronized void add(Change change) {
    changes.addLast(change);
    version = change.version();
    if (changes.size() > KEPT) {
      forgotten = changes.removeFirst().version();
    }
    notifyAll();
  }

  /**
   * Waits for changes of a kind.
   *
   * @param after the version up to which the caller has seen everything
   * @param seenSignals as {@link #signals()} gave it, or the last news
   * @param atMostNanos how long to wait for something to happen
   * @throws Refusal 410 when history no longer reaches back to that version
   */
  synchronized News await(Kind kind, long after, int seenSignals, long atMostNanos)
      throws InterruptedException {
    long deadline = System.nanoTime() + atMostNanos;
    while (true) {
      if (after < forgotten) {
        throw Refusal.expired("too old resource version: " + after + " (" + forgotten + ")");
      }
      List<Change> found = since(after, kind.place());
      long left = deadline - System.nanoTime();
      if (!found.isEmpty() || signals != seenSignals || closed || left <= 0) {
        return new News(found, version, signals, closed);
      }
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
    }
  }

  private List<Change> since(long after, String place) {
    ArrayDeque<Change> found = new ArrayDeque<>();
    for (var each = changes.descendingIterator(); each.hasNext(); ) {
      Change change = each.next();
      if (change.version() <= after) {
        break;
      }
      if (change.place().equals(place)) {
        found.addFirst(change);
      }
    }
    return List.copyOf(found);
  }

  synchronized int signals() {
    return signals;
  }

  /** Wakes every watch, to send a bookmark or to notice that it is over. */
  synchronized void signal() {
    signals++;
    notifyAll();
  }

  /** Forgets what happened before a version. */
  synchronized void forget(long before) {
    version = before;
    forgotten = before;
    changes.clear();
    notifyAll();
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }
}
