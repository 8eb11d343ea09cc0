package dev.windfall.providers;

import java.util.Set;

/** A source could not say what it offers. The message says why, for people. */
public final class SourceException extends RuntimeException {
  private static final long serialVersionUID = 2;

  /** Nobody writes exceptions down in Java's own form. */
  private final transient Set<String> denied;

  public SourceException(String message, Throwable cause) {
    super(message, cause);
    this.denied = Set.of();
  }

  public SourceException(String message) {
    this(message, Set.of());
  }

  /**
   * The same.
   *
   * @param denied the rights that Windfall was told it lacks
   */
  public SourceException(String message, Set<String> denied) {
    super(message);
    this.denied = Set.copyOf(denied);
  }

  Set<String> denied() {
    return denied;
  }
}
