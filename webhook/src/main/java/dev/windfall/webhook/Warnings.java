package dev.windfall.webhook;

import java.util.List;

/**
 * Fits sentences into what the API server passes on: 256 characters each, 4096 together, and no
 * control character, for which it drops the whole warning (apiserver's endpoints/filters/warning.go
 * and apimachinery's util/net/http.go). kubectl shows them on one line, so 120 are better.
 */
final class Warnings {
  private static final int MAX_LENGTH = 256;
  private static final int MAX_COUNT = 16;
  private static final int LONGEST_REFUSAL = 2048;

  private Warnings() {}

  static List<String> fitted(List<String> warnings) {
    return warnings.stream().limit(MAX_COUNT).map(Warnings::line).toList();
  }

  /** One printable line of a text that a user may have had a hand in. */
  static String line(String text) {
    return line(text, MAX_LENGTH);
  }

  /** The same for why a pod is refused, which may be longer than a warning. */
  static String refusal(String text) {
    return line(text, LONGEST_REFUSAL);
  }

  private static String line(String text, int most) {
    StringBuilder line = new StringBuilder();
    int length = 0;
    for (int i = 0; i < text.length(); ) {
      int c = text.codePointAt(i);
      i += Character.charCount(c);
      if (++length == most && i < text.length()) {
        return line.append('…').toString();
      }
      line.appendCodePoint(printable(c));
    }
    return line.toString();
  }

  private static int printable(int c) {
    return switch (Character.getType(c)) {
      case Character.CONTROL, Character.LINE_SEPARATOR, Character.PARAGRAPH_SEPARATOR -> ' ';
      case Character.SURROGATE -> '\ufffd';
      default -> c;
    };
  }
}
