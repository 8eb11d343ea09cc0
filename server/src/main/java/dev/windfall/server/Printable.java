package dev.windfall.server;

/** Text of others, made safe for a terminal. */
final class Printable {
  private Printable() {}

  /**
   * The text without what a terminal would obey, or a reader could not see: such characters stand
   * as their numbers, and what is beyond {@code longest} is cut off.
   */
  static String of(String text, int longest) {
    StringBuilder printable = new StringBuilder();
    text.codePoints()
        .limit(longest)
        .forEach(point -> {
          if (obeyed(point)) {
            printable.append("\\u%04x".formatted(point));
          } else {
            printable.appendCodePoint(point);
          }
        });
    return printable.append(text.codePointCount(0, text.length()) > longest ? "…" : "").toString();
  }

  private static boolean obeyed(int point) {
    return switch (Character.getType(point)) {
      case Character.CONTROL,
          Character.FORMAT,
          Character.LINE_SEPARATOR,
          Character.PARAGRAPH_SEPARATOR,
          Character.SURROGATE,
          Character.PRIVATE_USE,
          Character.UNASSIGNED ->
          true;
      default -> false;
    };
  }
}
