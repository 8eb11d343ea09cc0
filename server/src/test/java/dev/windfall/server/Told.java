package dev.windfall.server;

import java.text.MessageFormat;
import java.util.Arrays;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.logging.Handler;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** What the log says while a test listens. */
final class Told extends Handler implements AutoCloseable {
  private static final Logger ROOT = Logger.getLogger("");

  private final Queue<String> lines = new ConcurrentLinkedQueue<>();

  private Told() {}

  static Told listen() {
    Told told = new Told();
    ROOT.addHandler(told);
    return told;
  }

  /** Whether one line says all of this. */
  boolean says(String... parts) {
    return lines.stream().anyMatch(line -> Arrays.stream(parts).allMatch(line::contains));
  }

  @Override
  public void publish(LogRecord event) {
    Object[] parameters = event.getParameters();
    lines.add(
        parameters == null || parameters.length == 0
            ? event.getMessage()
            : MessageFormat.format(event.getMessage(), parameters));
  }

  @Override
  public void flush() {
    // Nothing is held back.
  }

  @Override
  public void close() {
    ROOT.removeHandler(this);
  }
}
