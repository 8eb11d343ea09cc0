package dev.windfall.kind.ec2;

import java.util.ArrayDeque;
import java.util.List;

/** The last requests, oldest first. */
final class Journal {
  private static final int KEPT = 20_000;

  private final ArrayDeque<Asked> asked = new ArrayDeque<>();

  synchronized void note(Asked request) {
    asked.addLast(request);
    if (asked.size() > KEPT) {
      asked.removeFirst();
    }
  }

  synchronized List<Asked> all() {
    return List.copyOf(asked);
  }

  synchronized void forget() {
    asked.clear();
  }
}
