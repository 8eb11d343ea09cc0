package dev.windfall.reconciler.rungs;

import dev.windfall.market.Offer;
import dev.windfall.market.Ranking.Ranked;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import dev.windfall.reconciler.rungs.Shortlist.Slot;
import java.util.Optional;

/**
 * What one pool may make a rung of.
 *
 * @param ranked the offer; the dearest of the group's where it is wide
 * @param wide the offers of a wide rung; empty for an exact one
 * @param slot what tells it from all others
 */
record Candidate(SpotPool pool, Ranked ranked, Optional<Wide> wide, Slot slot) {

  static Candidate exact(SpotPool pool, Ranked ranked) {
    Slot slot = new Slot(pool.name(), ranked.offer().key().toString());
    return new Candidate(pool, ranked, Optional.empty(), slot);
  }

  /** Empty while one of its members may not be bought. */
  static Optional<Candidate> wide(SpotPool pool, Wide wide) {
    Slot slot = new Slot(pool.name(), wide.group().toString());
    return wide.dearest().map(ranked -> new Candidate(pool, ranked, Optional.of(wide), slot));
  }

  boolean isWide() {
    return wide.isPresent();
  }

  Offer offer() {
    return ranked.offer();
  }

  /** Whether only its pool's fallback buys it. */
  boolean fallback() {
    return offer().key().capacity() != pool.capacity();
  }

  Group group() {
    return Group.of(pool, offer());
  }

  double index() {
    return ranked.index().value();
  }

  /** What a machine costs; at most, where it is wide. */
  Usd usdPerHour() {
    return wide.map(Wide::usdPerHour).orElseGet(() -> offer().usdPerHour());
  }

  /** The same over all its GPUs. */
  Usd usdPerGpuHour() {
    return usdPerHour().each(offer().gpu().count());
  }

  /** What it buys and for how much, for a person. */
  String spoken() {
    String what =
        wide.map(one -> one.spoken() + " at up to ")
            .orElseGet(() -> offer().key().instanceType() + " in " + offer().key().zone() + " at ");
    return what + usdPerGpuHour() + " USD/GPU·h";
  }
}
