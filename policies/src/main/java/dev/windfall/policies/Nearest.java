package dev.windfall.policies;

import java.util.Collection;
import java.util.Comparator;

/** The known name that a mistyped one was probably meant to be. */
final class Nearest {
  private static final int MAX_LENGTH = 80;

  private Nearest() {}

  /** {@code ; did you mean "maxZones"?}, or nothing when no known name is near. */
  static String suggestion(String given, Collection<String> known) {
    String start = given.length() > MAX_LENGTH ? given.substring(0, MAX_LENGTH) : given;
    return known.stream()
        .filter(name -> distance(start, name) <= far(start, name))
        .min(
            Comparator.<String>comparingInt(name -> distance(start, name))
                .thenComparing(Comparator.naturalOrder()))
        .map(name -> "; did you mean \"" + name + "\"?")
        .orElse("");
  }

  /**
   * The distance from which two names are strangers: a third of what follows their common
   * beginning. A long common prefix makes nothing of what follows it more alike.
   */
  private static int far(String given, String known) {
    int common = 0;
    while (common < Math.min(given.length(), known.length())
        && given.charAt(common) == known.charAt(common)) {
      common++;
    }
    return Math.max(2, (given.length() - common) / 3);
  }

  /** Levenshtein's distance, cases apart: the edits that turn one name into the other. */
  private static int distance(String a, String known) {
    int[] previous = new int[known.length() + 1];
    for (int j = 0; j <= known.length(); j++) {
      previous[j] = j;
    }
    for (int i = 1; i <= a.length(); i++) {
      int[] row = new int[known.length() + 1];
      row[0] = i;
      for (int j = 1; j <= known.length(); j++) {
        boolean same =
            Character.toLowerCase(a.charAt(i - 1)) == Character.toLowerCase(known.charAt(j - 1));
        row[j] = Math.min(previous[j - 1] + (same ? 0 : 1), Math.min(previous[j], row[j - 1]) + 1);
      }
      previous = row;
    }
    return previous[known.length()];
  }
}
