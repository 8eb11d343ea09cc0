package dev.windfall.providers;

import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import java.time.Instant;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * Of what several sources say about one offer, what was confirmed last. A price that its source
 * vouches for is confirmed now; of two that were confirmed at once, the first counts. So what is
 * published never takes the place of what this replica knows better.
 */
final class Newest {
  private Newest() {}

  static Collection<Offer> of(List<Offer> offers) {
    Map<OfferKey, Offer> newest = LinkedHashMap.newLinkedHashMap(offers.size());
    for (Offer offer : offers) {
      newest.merge(offer.key(), offer, (a, b) -> confirmed(b).isAfter(confirmed(a)) ? b : a);
    }
    return newest.values();
  }

  private static Instant confirmed(Offer offer) {
    return offer.observedAt().orElse(Instant.MAX);
  }
}
