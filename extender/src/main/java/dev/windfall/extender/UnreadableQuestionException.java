package dev.windfall.extender;

/** A question that cannot be read. Its message is for whoever asked. */
public final class UnreadableQuestionException extends Exception {
  private static final long serialVersionUID = 1;

  UnreadableQuestionException(String message) {
    super(message);
  }
}
