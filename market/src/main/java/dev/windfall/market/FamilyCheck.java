package dev.windfall.market;

import dev.windfall.policies.SpotPool;
import java.util.ArrayList;
import java.util.List;
import java.util.NavigableSet;
import java.util.TreeSet;

/** Finds families of a pool that nobody offers: families are exact, and a name may be cut short. */
public final class FamilyCheck {
  private FamilyCheck() {}

  /** A sentence for each such family; none where nothing of the pool's region is known. */
  public static List<String> unknown(SpotPool pool, PriceBook book) {
    if (pool.families().isEmpty()) {
      return List.of();
    }
    NavigableSet<String> offered = offered(pool, book);
    if (offered.isEmpty()) {
      return List.of();
    }
    List<String> sentences = new ArrayList<>();
    for (String family : pool.families()) {
      if (!offered.contains(family)) {
        List<String> longer =
            offered.tailSet(family, false).stream()
                .takeWhile(other -> other.startsWith(family))
                .toList();
        sentences.add(
            family
                + " is no family on offer in "
                + pool.region()
                + (longer.isEmpty()
                    ? ""
                    : "; " + String.join(", ", longer) + (longer.size() == 1 ? " is" : " are")));
      }
    }
    return sentences;
  }

  private static NavigableSet<String> offered(SpotPool pool, PriceBook book) {
    NavigableSet<String> offered = new TreeSet<>();
    for (Listing listing : book.listings()) {
      if (listing.nvidia()
          && listing.provider().equals(pool.provider())
          && listing.region().equals(pool.region())) {
        offered.add(listing.offer().family());
      }
    }
    return offered;
  }
}
