package dev.windfall.policies;

/**
 * What is wrong with something a person wrote, and where.
 *
 * @param source the file, flag, variable or object that says it
 * @param line counted from 1; 0 where lines mean nothing, as in an object of the cluster
 * @param column counted from 1; 0 where columns mean nothing
 * @param message names the thing, the value and the way out
 */
public record Problem(String source, int line, int column, String message) {
  /** {@code market.yaml:14:17: usdPerHour "-0.40" must not be negative}. */
  @Override
  public String toString() {
    return line == 0
        ? source + ": " + message
        : source + ":" + line + ":" + column + ": " + message;
  }
}
