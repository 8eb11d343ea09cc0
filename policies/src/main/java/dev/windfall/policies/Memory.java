package dev.windfall.policies;

/**
 * An amount of memory.
 *
 * @param bytes zero or more
 */
public record Memory(long bytes) implements Comparable<Memory> {
  private static final String[] BINARY_UNITS = {"", "Ki", "Mi", "Gi", "Ti"};

  public Memory {
    if (bytes < 0) {
      throw new IllegalArgumentException("must not be negative");
    }
  }

  /**
   * Reads a Kubernetes quantity such as {@code 24Gi}.
   *
   * @throws IllegalArgumentException with a reason a person can act on
   */
  public static Memory parse(String text) {
    return new Memory(Quantity.whole(text));
  }

  @Override
  public int compareTo(Memory other) {
    return Long.compare(bytes, other.bytes);
  }

  /** In the largest binary unit that says it exactly: {@code 24Gi}. */
  @Override
  public String toString() {
    long value = bytes;
    int unit = 0;
    while (unit < BINARY_UNITS.length - 1 && value != 0 && value % 1024 == 0) {
      value /= 1024;
      unit++;
    }
    return value + BINARY_UNITS[unit];
  }
}
