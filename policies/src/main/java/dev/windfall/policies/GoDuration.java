package dev.windfall.policies;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.time.Duration;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Durations as Go's own parser takes them, fractions too: {@code 1.5h}. None is negative. */
final class GoDuration {
  private static final Pattern WHOLE =
      Pattern.compile("0|([0-9]{1,9}(\\.[0-9]{1,9})?(ns|us|ms|s|m|h))+");
  private static final Pattern PART =
      Pattern.compile("([0-9]{1,9}(?:\\.[0-9]{1,9})?)(ns|us|ms|s|m|h)");
  private static final Duration TEN_YEARS = Duration.ofDays(3650);

  private GoDuration() {}

  static Duration parse(String text) {
    if (text.length() > 30 || !WHOLE.matcher(text).matches()) {
      throw new IllegalArgumentException("must be a duration such as 2m, 1h30m or 1.5h");
    }
    BigDecimal nanos = BigDecimal.ZERO;
    Matcher part = PART.matcher(text);
    while (part.find()) {
      nanos =
          nanos.add(
              new BigDecimal(part.group(1)).multiply(BigDecimal.valueOf(unit(part.group(2)))));
    }
    if (nanos.compareTo(BigDecimal.valueOf(TEN_YEARS.toNanos())) > 0) {
      throw new IllegalArgumentException("must not be above 87600h");
    }
    return Duration.ofNanos(nanos.setScale(0, RoundingMode.DOWN).longValueExact());
  }

  private static long unit(String name) {
    return switch (name) {
      case "ns" -> 1L;
      case "us" -> 1_000L;
      case "ms" -> 1_000_000L;
      case "s" -> 1_000_000_000L;
      case "m" -> 60_000_000_000L;
      default -> 3_600_000_000_000L;
    };
  }
}
