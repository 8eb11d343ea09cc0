package dev.windfall.cluster;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * The time in which a watch does not work: one line in the log when it begins, one when the API
 * server gives another reason than the last, and one when it is over. Written by the watch thread
 * only; why is read by any.
 */
final class Outage {
  private static final System.Logger LOG = System.getLogger(Outage.class.getName());

  private final Resource resource;
  private final Clocks clocks;
  private @Nullable Instant since;
  private volatile @Nullable String why;

  /** The status that was said last; 0: no answer. */
  private int told;

  Outage(Resource resource, Clocks clocks) {
    this.resource = resource;
    this.clocks = clocks;
  }

  /** Why it does not work, by the last attempt; empty while it does. */
  Optional<String> why() {
    return Optional.ofNullable(why);
  }

  void begin(Exception cause, int held) {
    String said = cause.getMessage() == null ? cause.toString() : cause.getMessage();
    int status = cause instanceof ClusterException refused ? refused.status() : 0;
    if (status == 404) {
      said += "; its definition seems to be gone";
    }
    why = said;
    if (since != null && (status == 0 || status == told)) {
      return;
    }
    since = since == null ? clocks.now() : since;
    told = status;
    LOG.log(
        Level.WARNING,
        "watching {0}: broke: {1}; trying again, the last snapshot of {2,number,#} objects stays",
        resource.plural(),
        said,
        held);
  }

  void end() {
    if (since != null) {
      Duration lasted = Duration.between(since, clocks.now());
      LOG.log(
          Level.INFO, "watching {0}: restored after {1} s", resource.plural(), lasted.toSeconds());
      since = null;
      told = 0;
      why = null;
    }
  }
}
