package dev.windfall.providers.aws;

/** AWS answered, but not what was asked. The message goes on after the name of the call. */
final class UnusableAnswerException extends RuntimeException {
  private static final long serialVersionUID = 1;

  UnusableAnswerException(String message) {
    super(message);
  }
}
