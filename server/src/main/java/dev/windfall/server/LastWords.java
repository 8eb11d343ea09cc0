package dev.windfall.server;

import java.lang.System.Logger.Level;

/**
 * What is done when a thread dies of what nobody expected. Each thread has a task that no other
 * does, so without it the replica would go on, alive and of no use: the process ends, and a new one
 * starts. A virtual thread has one call to answer, and what ends with it is that call.
 *
 * @param end ends the process, at once
 */
record LastWords(Runnable end) implements Thread.UncaughtExceptionHandler {
  private static final System.Logger LOG = System.getLogger(LastWords.class.getName());

  @Override
  public void uncaughtException(Thread thread, Throwable failure) {
    if (thread.isVirtual()) {
      LOG.log(Level.ERROR, "a call ended", failure);
      return;
    }
    try {
      LOG.log(Level.ERROR, "thread " + thread.getName() + " ended; so does the process", failure);
    } finally {
      end.run();
    }
  }
}
