package dev.windfall.market;

import dev.windfall.policies.Architecture;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Memory;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Usd;
import java.time.Instant;
import java.util.Optional;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Something that can be rented.
 *
 * @param source the name of the source that knows it, such as {@code file market.yaml}
 * @param cpu virtual CPUs of the machine
 * @param memory of the machine
 * @param usdPerHour of the machine
 * @param basis how that price is known
 * @param observedAt when a source last confirmed the price, which may be long after it last
 *     changed; empty: the source vouches for it as long as it can be read
 * @param placementScore 1 (unlikely to be had) to 10; empty: unknown
 * @param interruption the advisor's band, such as {@code <5%}; empty: unknown
 * @param barred why it cannot be bought whatever it costs, such as a service quota, in words a
 *     person can act on; empty: nothing is known against it
 */
public record Offer(
    String source,
    String provider,
    String region,
    OfferKey key,
    Architecture architecture,
    Gpu gpu,
    int cpu,
    Memory memory,
    Usd usdPerHour,
    Basis basis,
    Optional<Instant> observedAt,
    OptionalInt placementScore,
    Optional<String> interruption,
    Optional<String> barred) {

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

  /** What its node has for a label among {@link NodeTerms#KNOWN}; null: that is not known. */
  public @Nullable String label(String label) {
    return switch (label) {
      case Keys.OFFER -> key.toString();
      case Keys.PROVIDER -> provider;
      case Keys.REGION -> region;
      case Keys.ZONE -> key.zone();
      case Keys.INSTANCE_TYPE -> key.instanceType();
      case Keys.ARCHITECTURE -> architecture.toString();
      case Keys.CAPACITY_TYPE -> key.capacity().text();
      default -> null;
    };
  }

  /** The same offer, its price last confirmed at {@code at}. */
  public Offer observedAt(Instant at) {
    return new Offer(
        source,
        provider,
        region,
        key,
        architecture,
        gpu,
        cpu,
        memory,
        usdPerHour,
        basis,
        Optional.of(at),
        placementScore,
        interruption,
        barred);
  }

  /**
   * The same offer, of the key and the price of {@code known}, which has the same key, and maybe
   * the same price.
   */
  Offer sharing(Offer known) {
    return new Offer(
        source,
        provider,
        region,
        known.key,
        architecture,
        gpu,
        cpu,
        memory,
        usdPerHour.equals(known.usdPerHour) ? known.usdPerHour : usdPerHour,
        basis,
        observedAt,
        placementScore,
        interruption,
        barred);
  }
}
