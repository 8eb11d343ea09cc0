package dev.windfall.extender;

/** A call that is none, or that asks for more than is answered. Its message is for a person. */
final class RejectedException extends Exception {
  private static final long serialVersionUID = 1;

  private final Kind kind;

  /** What is wrong, as a metric has it. */
  enum Kind {
    /** No JSON, or JSON that is cut off or beyond its bounds. */
    UNREADABLE("unreadable"),
    NO_POD("no-pod"),
    /** Whole nodes in place of their names. */
    WHOLE_NODES("whole-nodes"),
    TOO_MANY_NODES("too-many-nodes");

    private final String text;

    Kind(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  RejectedException(Kind kind, String message) {
    super(message);
    this.kind = kind;
  }

  Kind kind() {
    return kind;
  }
}
