package dev.windfall.market;

import dev.windfall.policies.Needs;

/**
 * What a machine has for pods: less than it is sold with, since its hypervisor, its system and its
 * kubelet take theirs. These are the shares that Karpenter reckons with on AWS (its
 * pkg/providers/instancetype/types.go), which are EKS's: 7.5 % of the memory before anything
 * starts, 255 MiB and 11 MiB for each pod that may run there, 100 MiB that are never given away; of
 * processors 6 % of the first, 1 % of the second, half a percent of the next two, a quarter of a
 * percent of the others.
 *
 * <p>How many pods may run there depends on the machine's network, which no offer says; it is taken
 * to be what Kubernetes allows if nobody says otherwise. Elsewhere the shares are others, of the
 * same order.
 */
public final class Allocatable {
  private static final long MIB = 1L << 20;
  private static final int PODS = 110;
  private static final long RESERVED = (255 + 11 * PODS + 100) * MIB;

  private Allocatable() {}

  /** Of an empty machine of {@code offer}. */
  public static Needs of(Offer offer) {
    long memory = offer.memory().bytes();
    Needs sold = new Needs(offer.cpu() * 1000L, memory - memory * 75 / 1000);
    return sold.minus(new Needs(reserved(offer.cpu()), RESERVED));
  }

  private static long reserved(int cpu) {
    double milli = 60;
    milli += cpu > 1 ? 10 : 0;
    milli += Math.clamp(cpu - 2, 0, 2) * 5;
    milli += Math.max(0, cpu - 4) * 2.5;
    return (long) Math.ceil(milli);
  }
}
