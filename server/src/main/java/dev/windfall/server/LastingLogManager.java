package dev.windfall.server;

import java.util.logging.LogManager;

/**
 * Keeps the handlers until the process has ended. The JDK's own takes them away in a shutdown hook,
 * which runs beside ours: nobody would see how the server stops. Public, since the JDK makes it.
 */
public final class LastingLogManager extends LogManager {
  @Override
  public void reset() {
    // They go with the process.
  }
}
