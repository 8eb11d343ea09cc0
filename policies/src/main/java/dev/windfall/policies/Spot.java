package dev.windfall.policies;

/** What a pod wishes of spot capacity. */
public enum Spot {
  /** Spot only. */
  REQUIRE,
  /** Spot rungs first, whatever else fits after. */
  PREFER,
  /** Anything but spot. */
  NEVER;

  /**
   * Reads the annotation's value; {@code true} and {@code false} stand for {@code prefer} and
   * {@code never}.
   *
   * @throws IllegalArgumentException with a reason a person can act on
   */
  static Spot parse(String text) {
    return switch (text) {
      case "require" -> REQUIRE;
      case "prefer", "true" -> PREFER;
      case "never", "false" -> NEVER;
      default ->
          throw new IllegalArgumentException("is not one of require, prefer, never, true, false");
    };
  }

  /** As the annotation has it. */
  @Override
  public String toString() {
    return name().toLowerCase(java.util.Locale.ROOT);
  }
}
