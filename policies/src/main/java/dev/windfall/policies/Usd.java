package dev.windfall.policies;

import java.math.BigDecimal;

/**
 * An amount of US dollars, exact to a millionth, so that a price equal to a cap is never lost to
 * rounding.
 *
 * @param micros millionths of a dollar, 0 to {@value #MAX_MICROS}
 */
public record Usd(long micros) implements Comparable<Usd> {
  private static final long MICROS = 1_000_000;
  private static final long MAX_MICROS = 1_000_000 * MICROS;

  public static final Usd ZERO = new Usd(0);

  public Usd {
    if (micros < 0 || micros > MAX_MICROS) {
      throw new IllegalArgumentException("must be between 0 and 1000000");
    }
  }

  /**
   * Reads a plain decimal such as {@code 0.4021}.
   *
   * @throws IllegalArgumentException with a reason a person can act on
   */
  public static Usd parse(String text) {
    BigDecimal value = Decimals.parse(text);
    if (value.signum() < 0) {
      throw new IllegalArgumentException("must not be negative");
    }
    if (value.compareTo(BigDecimal.valueOf(MAX_MICROS / MICROS)) > 0) {
      throw new IllegalArgumentException("must be at most 1000000");
    }
    return new Usd(
        value.movePointRight(6).setScale(0, java.math.RoundingMode.HALF_UP).longValueExact());
  }

  /** Dollars as a number, for indexes and output. */
  public double dollars() {
    return (double) micros / MICROS;
  }

  /**
   * This price over {@code gpus} GPUs, as a number for indexes. Divided once, so that 0.30 over 3
   * is the same number as 0.10 over 1 and a tie stays a tie.
   */
  public double dollarsEach(int gpus) {
    return dollarsEach(micros, gpus);
  }

  /** The same of {@code micros} millionths, where there is no time to make a price of them. */
  public static double dollarsEach(long micros, int gpus) {
    return micros / ((double) gpus * MICROS);
  }

  /** This price over {@code gpus} GPUs, rounded up, so that it never looks cheaper than it is. */
  public Usd each(int gpus) {
    return new Usd(Math.ceilDiv(micros, gpus));
  }

  /** Whether this price for {@code gpus} GPUs is at or below {@code cap} for each of them. */
  public boolean atMost(Usd cap, int gpus) {
    return atMost(micros, cap, gpus);
  }

  /** The same of {@code micros} millionths, where there is no time to make a price of them. */
  public static boolean atMost(long micros, Usd cap, int gpus) {
    return micros <= Math.multiplyExact(cap.micros, (long) gpus);
  }

  @Override
  public int compareTo(Usd other) {
    return Long.compare(micros, other.micros);
  }

  /** A plain decimal with at least two places: {@code 0.90}, {@code 0.4021}. */
  @Override
  public String toString() {
    BigDecimal exact = BigDecimal.valueOf(micros, 6).stripTrailingZeros();
    return exact.setScale(Math.max(2, exact.scale())).toPlainString();
  }
}
