package dev.windfall.server;

import java.io.Serial;

/** Why a command could not do its work, in a sentence for people; they need no stack trace. */
final class FailureException extends RuntimeException {
  @Serial private static final long serialVersionUID = 1L;

  private final int exitCode;

  private FailureException(int exitCode, String message) {
    super(message);
    this.exitCode = exitCode;
  }

  FailureException(String message) {
    this(Windfall.FAILURE, message);
  }

  /** The command was called wrongly. */
  static FailureException usage(String message) {
    return new FailureException(Windfall.USAGE, message);
  }

  int exitCode() {
    return exitCode;
  }
}
