package dev.windfall.providers;

import java.time.Duration;
import java.util.Optional;

/** Something that knows offers. Asked by one thread only. */
public interface Source {
  /** What people call it, such as {@code file market.yaml}. */
  String name();

  /** How often it is asked. */
  Duration every();

  /**
   * Asks for the offers of now.
   *
   * @return empty when what it said last still holds
   * @throws SourceException when it cannot say; what it said last then stays in force, and ages
   */
  Optional<Quotes> poll();
}
