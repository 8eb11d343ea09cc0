package dev.windfall.reconciler.rungs;

import dev.windfall.market.Offer;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.SpotPool;

/** What a pool may take one for the other: machines with the same GPUs, rented alike. */
record Group(String pool, String model, int gpus, Capacity capacity, Architecture architecture) {

  static Group of(SpotPool pool, Offer offer) {
    return new Group(
        pool.name(),
        offer.gpu().model(),
        offer.gpu().count(),
        offer.key().capacity(),
        offer.architecture());
  }

  /** Tells it from the pool's others, and from every offer: {@code any-L4.1.spot.amd64}. */
  @Override
  public String toString() {
    String plain = model.replaceAll("[^A-Za-z0-9-]", "-");
    return "any-" + plain + "." + gpus + "." + capacity + "." + architecture;
  }
}
