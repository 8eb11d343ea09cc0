package dev.windfall.reconciler.nodes;

import dev.windfall.cluster.Reference;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.LiveClaim;
import java.util.List;
import java.util.Optional;

/** One thing to do about one node. */
sealed interface Action {
  LiveNode node();

  /** What a person reads in the event. */
  String note();

  /**
   * New work is kept off. What runs there goes on, and Karpenter removes the node when it is empty.
   */
  record Retire(LiveNode node, String note) implements Action {}

  /** It may get new work again. */
  record Return(LiveNode node, String note) implements Action {}

  /** Says what it was rented as, so that caps and scores cover it. */
  record Label(LiveNode node, OfferKey offer, String note) implements Action {}

  /**
   * Says that it is of no use.
   *
   * @param pool whom to tell too
   */
  record Warn(LiveNode node, Optional<Reference> pool, String note) implements Action {}

  /**
   * Begins to empty it for a cheaper machine, if every one of its pods may be evicted.
   *
   * @param pods all that run there and have GPUs
   */
  record Replace(LiveNode node, List<Pod> pods, Reference pool, Replacing replacing, String note)
      implements Action {}

  /** Evicts what still runs there. */
  record Evict(LiveNode node, List<Pod> pods, Reference pool, String note) implements Action {}

  /**
   * Ends what {@link Replace} began, and leaves what runs.
   *
   * @param unwanted whether it gets no new work for another reason
   */
  record Spare(LiveNode node, boolean unwanted, String note) implements Action {}

  /** Says what would be done if its pool acted. */
  record Suggest(LiveNode node, Reference pool, String note) implements Action {}

  /**
   * Gives a machine back that never was of use. Of those in one plan the first that may go does.
   */
  record GiveUp(LiveNode node, LiveClaim claim, Optional<Reference> pool, String note)
      implements Action {}
}
