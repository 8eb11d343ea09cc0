package dev.windfall.kind.local;

import java.net.Inet6Address;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.LocalDate;
import java.time.OffsetDateTime;
import java.time.ZoneOffset;
import java.util.Base64;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The formats of strings that are checked. A format unknown to the API server is a remark only. */
final class Formats {
  /** What a real API server checks and this one does not. */
  static final Set<String> UNCHECKED =
      Set.of(
          "bsonobjectid",
          "uri",
          "email",
          "hostname",
          "cidr",
          "mac",
          "uuid3",
          "uuid4",
          "uuid5",
          "isbn",
          "isbn10",
          "isbn13",
          "creditcard",
          "ssn",
          "hexcolor",
          "rgbcolor");

  private static final Pattern UUID =
      Pattern.compile("(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}");
  private static final Pattern IPV4 =
      Pattern.compile("((25[0-5]|2[0-4][0-9]|1[0-9]{2}|[1-9]?[0-9])(\\.(?!$)|$)){4}");
  private static final Pattern DURATION_TERM =
      Pattern.compile("([0-9]+(?:\\.[0-9]*)?|\\.[0-9]+)(ns|us|µs|ms|s|m|h|d|w)");

  private Formats() {}

  static boolean holds(String format, String value) {
    return switch (format) {
      case "date-time" -> time(value).isPresent();
      case "date" -> date(value).isPresent();
      case "duration" -> duration(value).isPresent();
      case "byte" -> bytes(value).isPresent();
      case "uuid" -> UUID.matcher(value).matches();
      case "ipv4" -> IPV4.matcher(value).matches();
      case "ipv6" -> isIpv6(value);
      default -> true;
    };
  }

  static boolean isIp(String text) {
    return IPV4.matcher(text).matches() || isIpv6(text);
  }

  private static boolean isIpv6(String text) {
    try {
      return text.indexOf(':') >= 0
          && text.indexOf('%') < 0
          && Inet6Address.ofLiteral(text) instanceof Inet6Address;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  static Optional<Instant> time(String text) {
    try {
      return Optional.of(OffsetDateTime.parse(text.replace(' ', 'T')).toInstant());
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  static Optional<Instant> date(String text) {
    try {
      return Optional.of(LocalDate.parse(text).atStartOfDay().toInstant(ZoneOffset.UTC));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  static Optional<byte[]> bytes(String text) {
    try {
      return Optional.of(Base64.getDecoder().decode(text));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** As Go writes durations, such as {@code 1h30m}; days and weeks too. */
  static Optional<Duration> duration(String text) {
    boolean negative = text.startsWith("-");
    String rest = negative || text.startsWith("+") ? text.substring(1) : text;
    if (rest.equals("0")) {
      return Optional.of(Duration.ZERO);
    }
    double nanos = 0;
    Matcher term = DURATION_TERM.matcher(rest);
    int end = 0;
    while (end < rest.length() && term.find(end) && term.start() == end) {
      nanos += Double.parseDouble(term.group(1)) * nanosOf(term.group(2));
      end = term.end();
    }
    if (rest.isEmpty() || end < rest.length()) {
      return Optional.empty();
    }
    return Optional.of(Duration.ofNanos(Math.round(negative ? -nanos : nanos)));
  }

  private static double nanosOf(String unit) {
    return switch (unit) {
      case "ns" -> 1;
      case "us", "µs" -> 1e3;
      case "ms" -> 1e6;
      case "s" -> 1e9;
      case "m" -> 60e9;
      case "h" -> 3600e9;
      case "d" -> 24 * 3600e9;
      default -> 7 * 24 * 3600e9;
    };
  }
}
