package dev.windfall.reconciler.nodes;

import dev.windfall.cluster.Reference;
import dev.windfall.market.OfferKey;
import dev.windfall.reconciler.LiveClaim;
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
   * Gives a machine back that never was of use. Of those in one plan the first that may go does.
   */
  record GiveUp(LiveNode node, LiveClaim claim, Optional<Reference> pool, String note)
      implements Action {}
}
