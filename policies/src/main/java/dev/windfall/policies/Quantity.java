package dev.windfall.policies;

import java.math.BigDecimal;
import java.math.RoundingMode;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Kubernetes quantities: {@code 24Gi}, {@code 500m}, {@code 1e3}. */
final class Quantity {
  private static final int MAX_LENGTH = 256;
  private static final BigDecimal MOST = BigDecimal.valueOf(1L << 60);
  private static final Pattern FORM =
      Pattern.compile(
          "\\+?([0-9]+\\.?[0-9]*|\\.[0-9]+)"
              + "(?:([eE][+-]?0*[0-9]{1,3})|(Ki|Mi|Gi|Ti|Pi|Ei|n|u|m|k|M|G|T|P|E))?");
  private static final Map<String, BigDecimal> UNITS =
      Map.ofEntries(
          Map.entry("n", new BigDecimal("0.000000001")),
          Map.entry("u", new BigDecimal("0.000001")),
          Map.entry("m", new BigDecimal("0.001")),
          Map.entry("k", BigDecimal.TEN.pow(3)),
          Map.entry("M", BigDecimal.TEN.pow(6)),
          Map.entry("G", BigDecimal.TEN.pow(9)),
          Map.entry("T", BigDecimal.TEN.pow(12)),
          Map.entry("P", BigDecimal.TEN.pow(15)),
          Map.entry("E", BigDecimal.TEN.pow(18)),
          Map.entry("Ki", BigDecimal.valueOf(1L << 10)),
          Map.entry("Mi", BigDecimal.valueOf(1L << 20)),
          Map.entry("Gi", BigDecimal.valueOf(1L << 30)),
          Map.entry("Ti", BigDecimal.valueOf(1L << 40)),
          Map.entry("Pi", BigDecimal.valueOf(1L << 50)),
          Map.entry("Ei", BigDecimal.valueOf(1L << 60)));

  private static final Pattern PLAIN = Pattern.compile("[0-9]{1,9}");

  private Quantity() {}

  /**
   * A quantity that only adds to a sum, in units of one {@code parts}th, rounded up. What is no
   * quantity adds nothing, as the API server refuses it; what is too large is as much as can be.
   */
  static long lenient(String text, int parts) {
    if (PLAIN.matcher(text).matches()) {
      return Long.parseLong(text) * parts;
    }
    try {
      return parse(text)
          .multiply(BigDecimal.valueOf(parts))
          .min(MOST)
          .setScale(0, RoundingMode.CEILING)
          .longValueExact();
    } catch (IllegalArgumentException e) {
      return 0;
    }
  }

  /**
   * A quantity in whole units, rounded up as Kubernetes does; at most 2^60.
   *
   * @throws IllegalArgumentException when {@code text} is no quantity, is negative or is too large
   */
  static long whole(String text) {
    BigDecimal value = parse(text);
    if (value.compareTo(MOST) > 0) {
      throw new IllegalArgumentException("is too large");
    }
    return value.setScale(0, RoundingMode.CEILING).longValueExact();
  }

  private static BigDecimal parse(String text) {
    Matcher form = text.length() > MAX_LENGTH ? null : FORM.matcher(text);
    if (form == null || !form.matches()) {
      throw new IllegalArgumentException("must be a quantity such as 24Gi");
    }
    String number = form.group(2) == null ? form.group(1) : form.group(1) + form.group(2);
    BigDecimal unit =
        form.group(3) == null ? BigDecimal.ONE : UNITS.getOrDefault(form.group(3), BigDecimal.ONE);
    return new BigDecimal(number).multiply(unit);
  }
}
