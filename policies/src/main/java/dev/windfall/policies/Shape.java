package dev.windfall.policies;

import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What one scalar must look like.
 *
 * @param <T> what it is read as
 */
@FunctionalInterface
interface Shape<T> {
  /**
   * Reads a value.
   *
   * @throws IllegalArgumentException whose message goes on after the name and the value: {@code
   *     must not be negative}
   */
  T read(String text);

  /** Whether {@code text} looks like it. */
  default boolean fits(String text) {
    try {
      var _ = read(text);
      return true;
    } catch (IllegalArgumentException e) {
      return false;
    }
  }

  Shape<String> TEXT = text -> text;

  Shape<String> SOME_TEXT = someText(4096);

  /** Empty for what says nothing. */
  Shape<Optional<String>> MAYBE = text -> Optional.of(text).filter(t -> !t.isBlank());

  Shape<Boolean> FLAG =
      text ->
          switch (text) {
            case "true" -> true;
            case "false" -> false;
            default -> throw new IllegalArgumentException("must be true or false");
          };

  Shape<Duration> DURATION = Durations::parse;

  Shape<Duration> SECOND_TO_HOUR =
      text -> {
        Duration every = DURATION.read(text);
        if (every.compareTo(Duration.ofSeconds(1)) < 0
            || every.compareTo(Duration.ofHours(1)) > 0) {
          throw new IllegalArgumentException("must be from 1s to 1h");
        }
        return every;
      };

  Shape<Instant> INSTANT =
      text -> {
        try {
          return Instant.parse(text);
        } catch (DateTimeParseException e) {
          throw new IllegalArgumentException("must be a time such as 2026-11-20T10:00:00Z", e);
        }
      };

  /** A percentage such as {@code 5%}, as a fraction from 0 to 1. */
  Shape<Double> PERCENT =
      text -> {
        Matcher percent = Pattern.compile("([0-9]{1,3}(?:\\.[0-9]{1,3})?)%").matcher(text);
        if (!percent.matches() || Double.parseDouble(percent.group(1)) > 100) {
          throw new IllegalArgumentException("must be a percentage from 0% to 100%");
        }
        return Double.parseDouble(percent.group(1)) / 100;
      };

  /** A value of a Kubernetes label: at most 63 letters, digits, dots, dashes and underscores. */
  Shape<String> LABEL_VALUE =
      matching("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?", "must be a valid label value");

  /** The key of a Kubernetes label. */
  Shape<String> LABEL_KEY =
      matching(
          "([a-z0-9]([a-z0-9.-]{0,251}[a-z0-9])?/)?[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?",
          "must be a valid label key");

  Shape<String> LABEL_VALUE_OR_NONE = text -> text.isEmpty() ? text : LABEL_VALUE.read(text);

  /** 87600h; far below 2,562,047 h, from which on Go, and so Karpenter, cannot read it. */
  Shape<Duration> DURATION_OF_TEN_YEARS =
      text -> {
        Duration wait = Durations.parse(text);
        if (wait.compareTo(Duration.ofDays(3650)) > 0) {
          throw new IllegalArgumentException("must not be above 87600h");
        }
        return wait;
      };

  static Shape<String> matching(String pattern, String otherwise) {
    Pattern compiled = Pattern.compile(pattern);
    return text -> {
      if (!compiled.matcher(text).matches()) {
        throw new IllegalArgumentException(otherwise);
      }
      return text;
    };
  }

  /** At most so many characters, and not blank. */
  static Shape<String> someText(int most) {
    return text -> {
      if (text.isBlank()) {
        throw new IllegalArgumentException("must not be empty");
      }
      if (text.length() > most) {
        throw new IllegalArgumentException("must have at most " + most + " characters");
      }
      return text;
    };
  }

  static Shape<Integer> integer(int least, int most) {
    return text -> {
      if (!text.matches("-?[0-9]{1,9}")
          || Integer.parseInt(text) < least
          || Integer.parseInt(text) > most) {
        throw new IllegalArgumentException("must be a whole number from " + least + " to " + most);
      }
      return Integer.parseInt(text);
    };
  }

  /** One of {@code values}, told apart by how they print; an error suggests the nearest. */
  @SafeVarargs
  static <T> Shape<T> oneOf(T... values) {
    return text -> {
      List<String> known = new ArrayList<>();
      for (T value : values) {
        if (value.toString().equals(text)) {
          return value;
        }
        known.add(value.toString());
      }
      throw new IllegalArgumentException(
          "is not one of " + String.join(", ", known) + Nearest.suggestion(text, known));
    };
  }

  /** A text as a message repeats it: not without end. */
  static String shown(String text) {
    return text.length() > 60 ? text.substring(0, 60) + "…" : text;
  }

  /** A comma list, as flags and variables have it. */
  static <T> List<T> commaList(String text, Shape<T> shape) {
    return Arrays.stream(text.split(",", -1))
        .map(String::strip)
        .filter(s -> !s.isEmpty())
        .map(shape::read)
        .toList();
  }
}
