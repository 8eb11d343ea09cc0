package dev.windfall.policies;

import java.time.Duration;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * What one pod wants of the market, after namespace and policies.
 *
 * @param gpus as the scheduler counts them, 1 or more
 * @param onDemand whether on-demand capacity is allowed at all
 * @param maxPricePerGpu USD per hour for each GPU the pod uses
 * @param gpuModels exact names; empty: any
 * @param minGpuMemory of each GPU
 * @param providers as the market names them; empty: any
 * @param zones empty: any
 * @param lostWork how much work an interruption throws away
 * @param own the nodes that the pod's own selector and affinity allow
 */
public record Request(
    int gpus,
    Spot spot,
    boolean onDemand,
    Optional<Usd> maxPricePerGpu,
    List<String> gpuModels,
    Optional<Memory> minGpuMemory,
    List<String> providers,
    List<String> zones,
    Duration lostWork,
    NodeTerms own) {
  /** What an interruption throws away where nobody says: half an hour between checkpoints. */
  public static final Duration LOST_WORK = Duration.ofMinutes(30);

  public Request {
    gpuModels = List.copyOf(gpuModels);
    providers = List.copyOf(providers);
    zones = List.copyOf(zones);
  }

  /** A request for {@code gpus} GPUs that says no more than this. */
  public static Request of(int gpus, Spot spot) {
    return new Request(
        gpus,
        spot,
        true,
        Optional.empty(),
        List.of(),
        Optional.empty(),
        List.of(),
        List.of(),
        LOST_WORK,
        NodeTerms.ANY);
  }

  /** The same with another cap, or without. */
  public Request capped(Optional<Usd> cap) {
    return new Request(
        gpus, spot, onDemand, cap, gpuModels, minGpuMemory, providers, zones, lostWork, own);
  }

  /** The capacity that will do. */
  public Set<Capacity> capacities() {
    Set<Capacity> allowed =
        switch (spot) {
          case REQUIRE -> EnumSet.of(Capacity.SPOT);
          case PREFER -> EnumSet.allOf(Capacity.class);
          case NEVER -> EnumSet.complementOf(EnumSet.of(Capacity.SPOT));
        };
    if (!onDemand) {
      allowed.remove(Capacity.ON_DEMAND);
    }
    return allowed;
  }

  /** Whether no label but that of the offer says exactly what is wanted. */
  public boolean wantsOffers() {
    return maxPricePerGpu.isPresent()
        || !gpuModels.isEmpty()
        || minGpuMemory.isPresent()
        || !providers.isEmpty();
  }

  /** Whether more than its price is wished of an offer. */
  public boolean wishesBesidesCap() {
    return !zones.isEmpty() || capped(Optional.empty()).wantsOffers();
  }
}
