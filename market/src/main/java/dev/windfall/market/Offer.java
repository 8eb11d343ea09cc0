package dev.windfall.market;

import dev.windfall.policies.Architecture;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Usd;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * Something that can be rented.
 *
 * @param cpu virtual CPUs of the machine
 * @param memory of the machine
 * @param usdPerHour of the machine
 * @param observedAt when a source last confirmed the price, which may be long after it last
 *     changed; empty: the source vouches for it as long as it can be read
 * @param placementScore 1 (unlikely to be had) to 10; empty: unknown
 * @param interruption the advisor's band, such as {@code <5%}; empty: unknown
 */
public record Offer(
    String provider,
    String region,
    OfferKey key,
    Architecture architecture,
    Gpu gpu,
    int cpu,
    Memory memory,
    Usd usdPerHour,
    Optional<Instant> observedAt,
    OptionalInt placementScore,
    Optional<String> interruption) {

  /**
   * What it costs per useful GPU-hour; nothing is known of interruptions yet, so the expected loss
   * is zero. Nobody else makes an index.
   *
   * @param usableGpus how many of its GPUs would be used, 1 or more
   */
  public Index index(int usableGpus) {
    return new Index(usdPerHour.dollarsEach(usableGpus), 0);
  }

  /** The price over all its GPUs, rounded up to a millionth of a dollar. */
  public Usd usdPerGpuHour() {
    return usdPerHour.each(gpu.count());
  }

  /** The exact family: {@code g6} of {@code g6.xlarge}, and never of {@code g6e.xlarge}. */
  public String family() {
    String type = key.instanceType();
    int dot = type.indexOf('.');
    return dot < 0 ? type : type.substring(0, dot);
  }

  /** The same offer, its price last confirmed at {@code at}. */
  public Offer observedAt(Instant at) {
    return new Offer(
        provider,
        region,
        key,
        architecture,
        gpu,
        cpu,
        memory,
        usdPerHour,
        Optional.of(at),
        placementScore,
        interruption);
  }
}
