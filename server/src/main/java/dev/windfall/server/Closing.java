package dev.windfall.server;

import java.lang.System.Logger.Level;
import java.util.ArrayDeque;
import java.util.Deque;

/** What is open, to be closed in the reverse order, each whatever became of the others. */
final class Closing {
  private static final System.Logger LOG = System.getLogger(Closing.class.getName());

  private final Deque<Opened> opened = new ArrayDeque<>();

  private record Opened(String name, AutoCloseable what) {}

  <T extends AutoCloseable> T later(String name, T what) {
    opened.push(new Opened(name, what));
    return what;
  }

  void close() {
    while (!opened.isEmpty()) {
      Opened next = opened.pop();
      LOG.log(Level.DEBUG, "closing {0}", next.name());
      try {
        next.what().close();
      } catch (Exception e) {
        LOG.log(Level.WARNING, "closing " + next.name(), e);
      }
    }
  }
}
