package dev.windfall.reconciler.bursts;

import dev.windfall.policies.Needs;

/**
 * Machines that are all alike.
 *
 * @param gpus that are free on each
 * @param room for what pods take besides
 * @param price of one, millionths of a dollar an hour; zero: it is there
 * @param share what each GPU that is used costs besides
 * @param count how many there may be
 */
record Kind(int gpus, Needs room, long price, long share, int count) {
  Kind {
    if (gpus < 0 || price < 0 || share < 0 || count < 0) {
      throw new IllegalArgumentException(
          "%d GPUs, price %d, share %d, %d machines".formatted(gpus, price, share, count));
    }
  }

  Kind(int gpus, Needs room, long price, int count) {
    this(gpus, room, price, 0, count);
  }

  /** What one costs of which so many GPUs are used. */
  long cost(int used) {
    return price + share * used;
  }

  Kind times(int machines) {
    return new Kind(gpus, room, price, share, machines);
  }

  boolean holds(Size size) {
    return size.gpus() <= gpus && size.needs().within(room);
  }
}
