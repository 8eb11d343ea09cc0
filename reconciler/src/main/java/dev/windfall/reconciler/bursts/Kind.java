package dev.windfall.reconciler.bursts;

import dev.windfall.policies.Needs;

/**
 * Machines that are all alike.
 *
 * @param gpus that are free on each
 * @param room for what pods take besides
 * @param price of one, millionths of a dollar an hour; zero: it is there, and costs nothing more
 * @param count how many there may be
 */
record Kind(int gpus, Needs room, long price, int count) {
  Kind {
    if (gpus < 0 || price < 0 || count < 0) {
      throw new IllegalArgumentException(
          "%d GPUs, price %d, %d machines".formatted(gpus, price, count));
    }
  }

  boolean holds(Size size) {
    return size.gpus() <= gpus && size.needs().within(room);
  }
}
