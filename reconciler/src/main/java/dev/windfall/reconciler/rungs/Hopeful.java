package dev.windfall.reconciler.rungs;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * A pod that Karpenter would buy a rung's node for.
 *
 * @param since when a scheduler last found no node for it; empty: none has looked yet
 */
record Hopeful(Ask ask, Optional<Instant> since) {

  /** How long it has waited. */
  Duration waited(Instant now) {
    return Duration.between(since.orElse(now), now);
  }
}
