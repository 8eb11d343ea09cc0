package dev.windfall.reconciler.rungs;

import dev.windfall.market.Offer;
import dev.windfall.policies.Needs;
import dev.windfall.policies.NodeTerms;
import java.util.Optional;
import java.util.Set;

/**
 * What a pod that waits asks of a machine. Pods that ask for the same are one.
 *
 * @param needs beside GPUs
 * @param own the nodes that its selector and affinity allow; the offers that it was granted are
 *     named there
 * @param zones where its volumes are; empty: anywhere
 */
record Ask(int gpus, Needs needs, NodeTerms own, Optional<Set<String>> zones) {

  /** Whether a machine of {@code offer} would do, empty but for its DaemonSets. */
  boolean servedBy(Offer offer, Daemons daemons) {
    return gpus <= offer.gpu().count()
        && (zones.isEmpty() || zones.get().contains(offer.key().zone()))
        && own.allow(offer::label)
        && (needs.equals(Needs.NONE) || needs.within(daemons.roomOn(offer)));
  }
}
