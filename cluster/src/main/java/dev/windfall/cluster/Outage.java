package dev.windfall.cluster;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * The time in which a watch does not work: one line in the log when it begins, one when it is over.
 */
final class Outage {
  private static final System.Logger LOG = System.getLogger(Outage.class.getName());

  private final Resource resource;
  private final Clocks clocks;
  private @Nullable Instant since;

  Outage(Resource resource, Clocks clocks) {
    this.resource = resource;
    this.clocks = clocks;
  }

  void begin(Exception cause, int held) {
    if (since != null) {
      return;
    }
    since = clocks.now();
    String why = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    LOG.log(
        Level.WARNING,
        "watching {0}: broke: {1}; trying again, the last snapshot of {2} objects stays",
        resource.plural(),
        why,
        held);
  }

  void end() {
    if (since != null) {
      Duration lasted = Duration.between(since, clocks.now());
      LOG.log(
          Level.INFO, "watching {0}: restored after {1} s", resource.plural(), lasted.toSeconds());
      since = null;
    }
  }
}
