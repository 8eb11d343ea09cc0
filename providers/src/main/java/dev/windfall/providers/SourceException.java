package dev.windfall.providers;

/** A source could not say what it offers. The message says why, for people. */
public final class SourceException extends RuntimeException {
  private static final long serialVersionUID = 1;

  public SourceException(String message, Throwable cause) {
    super(message, cause);
  }

  public SourceException(String message) {
    super(message);
  }
}
