package dev.windfall.market;

/**
 * What one offer costs per useful GPU-hour.
 *
 * @param usdPerGpuHour price over the GPUs that would be used, USD per GPU-hour, never negative
 * @param expectedLoss what interruptions are expected to throw away, USD per GPU-hour; zero while
 *     nothing is known
 */
public record Index(double usdPerGpuHour, double expectedLoss) implements Comparable<Index> {
  public double value() {
    return usdPerGpuHour + expectedLoss;
  }

  @Override
  public int compareTo(Index other) {
    return Double.compare(value(), other.value());
  }
}
