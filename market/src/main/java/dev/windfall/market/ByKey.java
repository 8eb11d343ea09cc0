package dev.windfall.market;

import org.jspecify.annotations.Nullable;

/**
 * Finds the listing of a key. A table of the listings alone: a map of the library would take an
 * object more for each, and a book has 100,000.
 */
final class ByKey {
  /** A power of two, and at most half of them taken. */
  private final @Nullable Listing[] slots;

  /** Finds {@code listings}, of which no two have one key. */
  ByKey(Listing[] listings) {
    slots = new Listing[Math.max(2, Integer.highestOneBit(listings.length) * 4)];
    for (Listing listing : listings) {
      slots[slot(listing.offer().key())] = listing;
    }
  }

  @Nullable Listing find(OfferKey key) {
    return slots[slot(key)];
  }

  /** Where it is, or would be. */
  private int slot(OfferKey key) {
    int hash = key.hashCode();
    int slot = (hash ^ hash >>> 16) & slots.length - 1;
    for (Listing there = slots[slot]; there != null; there = slots[slot]) {
      if (there.offer().key().equals(key)) {
        return slot;
      }
      slot = slot + 1 & slots.length - 1;
    }
    return slot;
  }
}
