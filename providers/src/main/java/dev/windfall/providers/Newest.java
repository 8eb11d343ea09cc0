package dev.windfall.providers;

import static java.util.Comparator.comparing;
import static java.util.Comparator.reverseOrder;

import dev.windfall.market.Offer;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;

/**
 * Of what several sources say about one offer, what was confirmed last. A price that its source
 * vouches for is confirmed now; of two that were confirmed at once, the first counts. So what is
 * published never takes the place of what this replica knows better.
 */
final class Newest {
  private Newest() {}

  /** By key. Sorted, as a map of them would take more memory than they do. */
  static List<Offer> of(List<Offer> offers) {
    Offer[] sorted = offers.toArray(Offer[]::new);
    Arrays.sort(sorted, comparing(Offer::key).thenComparing(Newest::confirmed, reverseOrder()));
    int once = 0;
    for (Offer offer : sorted) {
      if (once == 0 || !sorted[once - 1].key().equals(offer.key())) {
        sorted[once++] = offer;
      }
    }
    return Arrays.asList(sorted).subList(0, once);
  }

  private static Instant confirmed(Offer offer) {
    return offer.observedAt().orElse(Instant.MAX);
  }
}
