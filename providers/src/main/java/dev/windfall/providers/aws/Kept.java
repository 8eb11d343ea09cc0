package dev.windfall.providers.aws;

import dev.windfall.market.SourceHealth;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * The last good answer to one question, and what became of the last attempt to renew it. A failure
 * leaves the answer in force.
 *
 * @param <T> the answer
 */
final class Kept<T> {
  /** What is not needed at once is not asked again at once: it may cost a long wait each time. */
  private static final Duration LEFT_ALONE = Duration.ofMinutes(5);

  private final Fact fact;
  private @Nullable T value;
  private @Nullable Instant readAt;
  private @Nullable Failure failure;
  private @Nullable Instant failedAt;

  Kept(Fact fact) {
    this.fact = fact;
  }

  Fact fact() {
    return fact;
  }

  /** Whether it is time to ask. */
  boolean due(Instant now) {
    if (failure != null && failedAt != null) {
      boolean needed = fact == Fact.SPOT || (fact == Fact.TYPES && value == null);
      return (needed && failure.kind() != Failure.Kind.DENIED) || past(failedAt, LEFT_ALONE, now);
    }
    return readAt == null || past(readAt, fact.every(), now);
  }

  private static boolean past(Instant then, Duration wait, Instant now) {
    // A clock that was set back must not silence the question until it has caught up.
    return now.isBefore(then) || !now.isBefore(then.plus(wait));
  }

  /** Asks, and keeps what is answered. */
  void renew(Instant now, Supplier<T> question) {
    try {
      value = question.get();
      readAt = now;
      failure = null;
      failedAt = null;
    } catch (RuntimeException e) {
      failure = Failure.of(fact, e);
      failedAt = now;
    }
  }

  Optional<T> value() {
    return Optional.ofNullable(value);
  }

  /** When it was last answered. */
  Optional<Instant> readAt() {
    return Optional.ofNullable(readAt);
  }

  /** Why the last attempt failed; empty when it did not. */
  Optional<Failure> failure() {
    return Optional.ofNullable(failure);
  }

  /** Whether AWS said last that Windfall may not ask it. */
  boolean denied() {
    return failure != null && failure.kind() == Failure.Kind.DENIED;
  }

  /** A sentence about the last attempt, when it failed. */
  Optional<String> trouble() {
    return failure()
        .map(why ->
            fact.call()
                + " "
                + why.sentence()
                + "; "
                + (value == null ? fact.without() : SourceHealth.STAYS));
  }
}
