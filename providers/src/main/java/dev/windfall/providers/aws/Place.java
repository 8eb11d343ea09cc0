package dev.windfall.providers.aws;

import dev.windfall.market.OfferKey;
import dev.windfall.policies.Capacity;

/** An instance type in a zone. */
record Place(String type, String zone) {
  OfferKey key(Capacity capacity) {
    return new OfferKey(zone, type, capacity);
  }

  /** As a sentence names it. */
  @Override
  public String toString() {
    return type + " in " + zone;
  }
}
