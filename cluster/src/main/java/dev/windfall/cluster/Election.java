package dev.windfall.cluster;

import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What one candidate knows and may do. No I/O, no clock, no thread: it is told what was read and
 * when.
 *
 * <p>The rule is client-go's: a lease may be taken once it has not changed for its duration <em>by
 * the observer's own monotonic clock</em>, so clocks need not agree. The holder stops leading by
 * its own clock a renew deadline after it sent its last successful renewal, which is earlier.
 * Shorter waits where nothing can go wrong: a released lease is taken at once; so is one that bears
 * our own name, as names are unique among the living, and the process that wrote it is the one we
 * replace; and so is one that seems to have expired long ago when first seen, by more than clocks
 * of one cluster differ.
 */
final class Election {
  /** TLS and service account tokens fail before clocks differ by this much. */
  private static final Duration LONG_DEAD = Duration.ofMinutes(10);

  private final String candidate;
  private final Elector.Terms terms;

  private @Nullable LeaseRecord seen;
  private long changedAt;
  private boolean free;
  private boolean holding;
  private long until;

  Election(String candidate, Elector.Terms terms) {
    this.candidate = candidate;
    this.terms = terms;
  }

  boolean leading(long now) {
    return holding && until - now > 0;
  }

  /** Until when it leads, as monotonic nanoseconds, if it is not renewed. */
  long until() {
    return until;
  }

  /** Who holds the lease as last seen; empty when nobody. */
  String holder() {
    return seen == null ? "" : seen.holder();
  }

  /** There is no lease. */
  void absent() {
    seen = null;
    holding = false;
    free = true;
  }

  /** The lease was read. */
  void observed(LeaseRecord lease, long now, Instant wall) {
    boolean first = seen == null;
    if (seen == null || !seen.resourceVersion().equals(lease.resourceVersion())) {
      changedAt = now;
    }
    seen = lease;
    if (!lease.holder().equals(candidate)) {
      holding = false;
    }
    Instant deadSince = lease.renewed().plus(lease.duration());
    boolean longDead = first && deadSince.plus(LONG_DEAD).isBefore(wall);
    free = lease.holder().isEmpty() || lease.holder().equals(candidate) || longDead;
  }

  /** What to write now to lead, or to go on leading; empty while somebody else holds the lease. */
  Optional<LeaseRecord> proposal(long now, Instant wall) {
    if (seen == null) {
      return Optional.of(new LeaseRecord(candidate, terms.lease(), wall, wall, 0, ""));
    }
    if (!free && expiresIn(now) > 0) {
      return Optional.empty();
    }
    boolean same = seen.holder().equals(candidate);
    return Optional.of(
        new LeaseRecord(
            candidate,
            terms.lease(),
            same ? seen.acquired() : wall,
            wall,
            same ? seen.transitions() : seen.transitions() + 1,
            seen.resourceVersion()));
  }

  /** A proposal was accepted; leadership counts from before it was sent. */
  void accepted(LeaseRecord stored, long sentAt) {
    seen = stored;
    changedAt = sentAt;
    free = true;
    holding = true;
    until = sentAt + terms.renewDeadline().toNanos();
  }

  /** Somebody else has written the lease, or leadership is given up. */
  void lost() {
    holding = false;
  }

  /**
   * What to write to let the next candidate take over at once; empty when there is nothing to give
   * up.
   */
  Optional<LeaseRecord> release(Instant wall) {
    if (seen == null || !seen.holder().equals(candidate)) {
      return Optional.empty();
    }
    return Optional.of(
        new LeaseRecord(
            "", Duration.ofSeconds(1), wall, wall, seen.transitions(), seen.resourceVersion()));
  }

  /**
   * How long to wait before the next step: never past the moment when something changes by itself.
   */
  Duration pause(long now) {
    long pause = terms.retry().toNanos();
    if (leading(now)) {
      pause = Math.min(pause, until - now);
    } else if (seen != null && !free) {
      pause = Math.min(pause, Math.max(expiresIn(now), 1));
    }
    return Duration.ofNanos(pause);
  }

  private long expiresIn(long now) {
    Duration duration = seen == null ? Duration.ZERO : seen.duration();
    return changedAt + duration.toNanos() - now;
  }
}
