package dev.windfall.policies;

import java.time.Duration;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Kubernetes and Go write them: {@code 30s}, {@code 1h30m}. */
public final class Durations {
  private static final Pattern WHOLE = Pattern.compile("([0-9]{1,9}(ms|s|m|h))+");
  private static final Pattern PART = Pattern.compile("([0-9]{1,9})(ms|s|m|h)");

  private Durations() {}

  static Duration parse(String text) {
    if (text.length() > 30 || !WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException("must be a duration such as 30s, 5m or 1h30m");
    }
    Duration total = Duration.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      long amount = Long.parseLong(part.group(1));
      total =
          total.plus(
              switch (part.group(2)) {
                case "ms" -> Duration.ofMillis(amount);
                case "s" -> Duration.ofSeconds(amount);
                case "m" -> Duration.ofMinutes(amount);
                default -> Duration.ofHours(amount);
              });
    }
    return total;
  }

  /** The shortest text that is read as the same: {@code 1h30m}. */
  public static String text(Duration duration) {
    return duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }
}
