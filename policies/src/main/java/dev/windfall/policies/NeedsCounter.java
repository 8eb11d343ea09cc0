package dev.windfall.policies;

import java.io.IOException;
import java.util.OptionalLong;

/**
 * Counts what a pod takes of a machine besides GPUs: its containers', unless it says itself what
 * they take together, and what its runtime takes beside them.
 */
final class NeedsCounter {
  private final Tally cpu = new Tally();
  private final Tally memory = new Tally();
  private final Asks ofPod = new Asks();
  private final Asks overhead = new Asks();

  /** What one container, or the pod as a whole, says under {@code resources}. */
  static final class Asks {
    private OptionalLong cpu = OptionalLong.empty();
    private OptionalLong memory = OptionalLong.empty();
    private OptionalLong cpuLimit = OptionalLong.empty();
    private OptionalLong memoryLimit = OptionalLong.empty();

    /** Reads the value of {@code resource}; one that it does not count is left. */
    void request(String resource, JsonPull json) throws IOException {
      switch (resource) {
        case "cpu" -> cpu = OptionalLong.of(Quantity.lenient(json.text(), 1_000));
        case "memory" -> memory = OptionalLong.of(Quantity.lenient(json.text(), 1));
        default -> {}
      }
    }

    void limit(String resource, JsonPull json) throws IOException {
      switch (resource) {
        case "cpu" -> cpuLimit = OptionalLong.of(Quantity.lenient(json.text(), 1_000));
        case "memory" -> memoryLimit = OptionalLong.of(Quantity.lenient(json.text(), 1));
        default -> {}
      }
    }

    /** The API server takes a limit for the request that is not there. */
    private OptionalLong milliCpu() {
      return cpu.isPresent() ? cpu : cpuLimit;
    }

    private OptionalLong bytes() {
      return memory.isPresent() ? memory : memoryLimit;
    }
  }

  /** What the pod says of all its containers together. */
  Asks ofPod() {
    return ofPod;
  }

  /** What the pod's runtime class takes. */
  Asks overhead() {
    return overhead;
  }

  void container(Asks asks) {
    cpu.container(asks.milliCpu().orElse(0));
    memory.container(asks.bytes().orElse(0));
  }

  void initContainer(Asks asks, boolean sidecar) {
    cpu.initContainer(asks.milliCpu().orElse(0), sidecar);
    memory.initContainer(asks.bytes().orElse(0), sidecar);
  }

  Needs needs() {
    Needs needs =
        new Needs(ofPod.milliCpu().orElseGet(cpu::total), ofPod.bytes().orElseGet(memory::total))
            .plus(new Needs(overhead.milliCpu().orElse(0), overhead.bytes().orElse(0)));
    return needs.equals(Needs.NONE) ? Needs.NONE : needs;
  }
}
