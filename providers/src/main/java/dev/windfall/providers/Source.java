package dev.windfall.providers;

import java.time.Duration;
import java.util.Optional;

/** Something that knows offers. Asked by one thread only, which belongs to it alone. */
public interface Source extends AutoCloseable {
  /** What people call it, such as {@code file market.yaml}. */
  String name();

  /** Whether only the leader asks it; the others have what the leader publishes. */
  default boolean leaderOnly() {
    return false;
  }

  /** How long it is left alone before it is asked again. */
  Duration every();

  /**
   * Asks for the offers of now.
   *
   * @return empty when what it said last still holds
   * @throws SourceException when it cannot say; what it said last then stays in force, and ages
   */
  Optional<Quotes> poll();

  /** Called by the same thread, after the last question. */
  @Override
  default void close() {}
}
