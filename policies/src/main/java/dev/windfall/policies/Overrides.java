package dev.windfall.policies;

import java.util.Optional;

/** Values that stand above those of a document, by dotted path: flags and environment variables. */
@FunctionalInterface
interface Overrides {
  Overrides NONE = path -> Optional.empty();

  /**
   * What stands above the value at {@code path}.
   *
   * @param path such as {@code scheduler.port}
   */
  Optional<Stated> of(String path);

  /**
   * One value from elsewhere.
   *
   * @param source what a problem calls it: {@code --scheduler.port}, {@code
   *     WINDFALL_SCHEDULER_PORT}
   */
  record Stated(String source, String text) {}
}
