package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.policies.WindfallConfig.Log;
import java.io.ByteArrayOutputStream;
import java.io.PrintStream;
import java.nio.charset.StandardCharsets;
import java.util.logging.Handler;
import java.util.logging.Level;
import java.util.logging.Logger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LogsTest {
  private static final Logger ROOT = Logger.getLogger("");
  private final Handler[] before = ROOT.getHandlers();
  private final Level level = ROOT.getLevel();
  private final ByteArrayOutputStream written = new ByteArrayOutputStream();

  @AfterEach
  void asBefore() {
    for (Handler handler : ROOT.getHandlers()) {
      ROOT.removeHandler(handler);
    }
    for (Handler handler : before) {
      ROOT.addHandler(handler);
    }
    ROOT.setLevel(level);
    Logger.getLogger("dev.windfall").setLevel(null);
  }

  private long linesAt(Log.Level ours) {
    Logs.to(new Log(Log.Format.TEXT, ours), new PrintStream(written, true, StandardCharsets.UTF_8));
    Logger mine = Logger.getLogger("dev.windfall.server.LogsTest");
    Logger library = Logger.getLogger("okhttp3.internal.http2.Http2");
    for (Level one : new Level[] {Level.FINE, Level.INFO, Level.WARNING, Level.SEVERE}) {
      mine.log(one, "ours");
    }
    library.info("authorization: a token");
    library.fine("authorization: a token");
    return written.toString(StandardCharsets.UTF_8).lines().count();
  }

  @Test
  void theLevelIsTheLeastThatIsWritten() {
    assertEquals(3, linesAt(Log.Level.INFO));
  }

  @Test
  void debugShowsOursAndNeverWhatLibrariesSend() {
    assertEquals(4, linesAt(Log.Level.DEBUG));
  }

  @Test
  void errorShowsErrorsOnly() {
    assertEquals(1, linesAt(Log.Level.ERROR));
  }

  /** Each of them wrote a stack trace, and whoever can reach a port can die a thousand times. */
  @Test
  void callersThatDieFillNoLog() {
    Logs.to(
        new Log(Log.Format.TEXT, Log.Level.INFO),
        new PrintStream(written, true, StandardCharsets.UTF_8));
    Logger library = Logger.getLogger("io.helidon.webserver.http1.Http1Connection");

    for (int i = 0; i < 1_000; i++) {
      library.log(Level.WARNING, "Internal server error", new IllegalStateException("it died"));
    }

    assertEquals(1, written.toString(StandardCharsets.UTF_8).lines().count());
  }
}
