package dev.windfall.policies;

import java.util.Map;

/**
 * What a pod takes of a machine besides GPUs, as the scheduler counts it.
 *
 * @param milliCpu thousandths of a processor
 * @param memory bytes
 */
public record Needs(long milliCpu, long memory) {
  public static final Needs NONE = new Needs(0, 0);

  /** What is said by resource, as text; what cannot be read counts as none. */
  public static Needs of(Map<String, String> resources) {
    return new Needs(
        Quantity.lenient(resources.getOrDefault("cpu", ""), 1_000),
        Quantity.lenient(resources.getOrDefault("memory", ""), 1));
  }

  public Needs plus(Needs more) {
    return new Needs(Tally.sum(milliCpu, more.milliCpu), Tally.sum(memory, more.memory));
  }

  /** What is left when {@code taken} is; nothing is less than none. */
  public Needs minus(Needs taken) {
    return new Needs(Math.max(0, milliCpu - taken.milliCpu), Math.max(0, memory - taken.memory));
  }

  /** Whether {@code room} has as much of each. */
  public boolean within(Needs room) {
    return milliCpu <= room.milliCpu && memory <= room.memory;
  }
}
