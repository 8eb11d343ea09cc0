package dev.windfall.policies;

import java.math.BigDecimal;
import java.util.regex.Pattern;

/**
 * Decimal numbers as people write them: digits and a point, no exponent, no more than twenty
 * characters.
 */
final class Decimals {
  private static final Pattern PLAIN = Pattern.compile("-?[0-9]+(\\.[0-9]+)?");
  private static final int MAX_LENGTH = 20;

  private Decimals() {}

  static BigDecimal parse(String text) {
    // The length is bounded before BigDecimal sees it: 1e999999999 costs memory, and so does a
    // million digits.
    if (text.length() > MAX_LENGTH || !PLAIN.matcher(text).matches()) {
      throw new IllegalArgumentException("must be a plain decimal number such as 0.40");
    }
    return new BigDecimal(text);
  }
}
