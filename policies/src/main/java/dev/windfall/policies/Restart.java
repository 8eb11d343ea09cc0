package dev.windfall.policies;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;

/**
 * That a pod may be begun anew, and what whoever would evict it has to know of it.
 *
 * @param runs how long it runs in all, if nothing interrupts it
 * @param started when its kubelet took it; empty: none has yet
 * @param controller the uid of what would make it anew; empty: nobody would
 * @param leftInPeace whether Karpenter is told to leave its node
 * @param asksMore whether it asks a machine for more than an offer says: for another label or field
 *     of a node, or another resource than GPUs, processors and memory
 */
public record Restart(
    Duration runs,
    Optional<Instant> started,
    String controller,
    boolean leftInPeace,
    boolean asksMore) {
  static final Shape<Duration> RUNS = Shape.DURATION_OF_TEN_YEARS;

  /** Whether it may be evicted at all: it is made anew, and whoever evicts it can tell where. */
  public boolean mayMove() {
    return !controller.isEmpty() && !leftInPeace && !asksMore;
  }

  /** How long it has run. */
  public Duration ran(Instant now) {
    Duration ran = started.map(at -> Duration.between(at, now)).orElse(Duration.ZERO);
    return ran.isNegative() ? Duration.ZERO : ran;
  }

  /** How long it has still to run; zero when it should have ended. */
  public Duration remaining(Instant now) {
    Duration rest = runs.minus(ran(now));
    return rest.isNegative() ? Duration.ZERO : rest;
  }
}
