package dev.windfall.reconciler.bursts;

import dev.windfall.market.Allocatable;
import dev.windfall.market.Offer;
import dev.windfall.policies.Needs;

/**
 * What pods with GPUs may take of a machine besides them. The system, the kubelet and the pods of
 * DaemonSets take the rest; a machine that is filled to the brim would be bought for pods that then
 * do not fit it. Of a small machine the system takes more than these shares.
 */
public final class Room {
  private static final int CPU_PERCENT = 90;

  /** What a hypervisor, the kernel and the kubelet keep is most of it. */
  private static final int MEMORY_PERCENT = 85;

  private Room() {}

  /** Of an empty machine of {@code offer}. */
  public static Needs of(Offer offer) {
    Needs allocatable = Allocatable.of(offer);
    return new Needs(
        Math.min(offer.cpu() * 10L * CPU_PERCENT, allocatable.milliCpu()),
        Math.min(offer.memory().bytes() / 100 * MEMORY_PERCENT, allocatable.memory()));
  }
}
