package dev.windfall.policies;

import java.util.Collection;
import java.util.Comparator;

/** The known name that a mistyped one was probably meant to be. */
final class Nearest {
  private Nearest() {}

  /** {@code ; did you mean "maxZones"?}, or nothing when no known name is near. */
  static String suggestion(String given, Collection<String> known) {
    int far = Math.max(2, given.length() / 3);
    return known.stream()
        .filter(name -> distance(given, name) <= far)
        .min(
            Comparator.<String>comparingInt(name -> distance(given, name))
                .thenComparing(Comparator.naturalOrder()))
        .map(name -> "; did you mean \"" + name + "\"?")
        .orElse("");
  }

  /** Levenshtein's distance, cases apart: the edits that turn one name into the other. */
  private static int distance(String given, String known) {
    String a = given.length() > 80 ? given.substring(0, 80) : given;
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
