package dev.windfall.reconciler.launches;

import dev.windfall.market.History;
import dev.windfall.market.OfferKey;
import dev.windfall.reconciler.LiveClaim;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What is news.
 *
 * @param news in the order in which it is to be remembered
 * @param memory for the next plan
 */
record Plan(List<History.Event> news, Memory memory) {
  Plan {
    news = List.copyOf(news);
  }

  /**
   * What the loop knows by having looked before. A restart loses what is not written.
   *
   * @param claims by name
   * @param heard the names of events that were taken into account
   */
  record Memory(Map<String, Seen> claims, Set<String> heard) {
    static final Memory NONE = new Memory(Map.of(), Set.of());

    Memory {
      claims = Map.copyOf(claims);
      heard = Set.copyOf(heard);
    }
  }

  /**
   * A claim that was seen.
   *
   * @param rung the name of its rung
   * @param offer what it was to be, or is; empty: any of a wide rung's that it asked for
   * @param first when it was first seen
   * @param launched whether its machine was there
   * @param registered since when its node was in the cluster; empty: never
   * @param counted up to when its time was counted; empty while it is of no use
   * @param deleting whether its deletion had begun, and was told
   * @param gone when it was first missed
   */
  record Seen(
      String rung,
      Optional<OfferKey> offer,
      LiveClaim.Asked asked,
      Instant first,
      boolean launched,
      Optional<Instant> registered,
      Optional<Instant> counted,
      boolean deleting,
      Optional<Instant> gone) {

    Seen countedTo(Instant at) {
      return new Seen(
          rung, offer, asked, first, launched, registered, Optional.of(at), deleting, gone);
    }

    Seen goneAt(Instant at) {
      return new Seen(
          rung, offer, asked, first, launched, registered, counted, deleting, Optional.of(at));
    }
  }
}
