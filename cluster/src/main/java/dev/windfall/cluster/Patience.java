package dev.windfall.cluster;

import java.time.Duration;

/**
 * How patient a watcher is.
 *
 * @param silence how long no byte may arrive: bookmarks come about once a minute
 * @param firstDelay before the second attempt
 * @param mostDelay between attempts, at most
 */
record Patience(Duration silence, Duration firstDelay, Duration mostDelay) {
  static final Patience DEFAULT =
      new Patience(Duration.ofMinutes(3), Duration.ofMillis(500), Duration.ofSeconds(30));
}
