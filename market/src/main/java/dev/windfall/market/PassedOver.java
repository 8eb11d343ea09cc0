package dev.windfall.market;

import java.time.Instant;

/**
 * Why an offer is not bought now, whatever it costs.
 *
 * @param until when it is tried again
 * @param why in words a person can act on
 */
record PassedOver(Instant until, String why) {
  boolean at(Instant now) {
    return now.isBefore(until);
  }
}
