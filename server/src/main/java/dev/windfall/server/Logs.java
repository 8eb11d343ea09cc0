package dev.windfall.server;

import dev.windfall.extender.Complaints;
import dev.windfall.policies.WindfallConfig.Log;
import java.io.PrintStream;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.LogRecord;
import java.util.logging.Logger;

/** Where every log of the process goes: those of its libraries too, by way of java.util.logging. */
final class Logs {
  private static final Logger ROOT = Logger.getLogger("");

  /** Held here, since the JDK forgets the level of a logger that nobody holds. */
  private static final Logger OURS = Logger.getLogger("dev.windfall");

  private Logs() {}

  /** Sends what is logged from now on to {@code err}. */
  static void to(Log log, PrintStream err) {
    for (Handler handler : ROOT.getHandlers()) {
      ROOT.removeHandler(handler);
    }
    LogLine line =
        switch (log.format()) {
          case TEXT -> new LogLine.Text();
          case JSON -> new LogLine.Json();
        };
    ROOT.addHandler(new ToStream(line, err));
    // At a lower level the HTTP libraries write what they send, tokens included.
    ROOT.setLevel(Level.WARNING);
    OURS.setLevel(level(log.level()));
  }

  private static Level level(Log.Level level) {
    return switch (level) {
      case ERROR -> Level.SEVERE;
      case WARNING -> Level.WARNING;
      case INFO -> Level.INFO;
      case DEBUG -> Level.FINE;
    };
  }

  private static final class ToStream extends Handler {
    private final LogLine line;
    private final PrintStream stream;
    private final Complaints helidons;

    ToStream(LogLine line, PrintStream stream) {
      this.line = line;
      this.stream = stream;
      helidons = new Complaints(System::nanoTime, stream::println);
    }

    @Override
    public void publish(LogRecord event) {
      if (!isLoggable(event)) {
        return;
      }
      String logger = String.valueOf(event.getLoggerName());
      if (logger.startsWith("io.helidon.")) {
        // It writes a stack trace for each caller that dies in the middle of a call.
        helidons.about(logger, line.of(event));
      } else {
        stream.println(line.of(event));
      }
    }

    @Override
    public void flush() {
      stream.flush();
    }

    @Override
    public void close() {
      flush();
    }
  }
}
