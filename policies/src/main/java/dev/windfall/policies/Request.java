package dev.windfall.policies;

import java.time.Duration;
import java.util.Optional;

/**
 * What one pod wants of the market.
 *
 * @param gpus as the scheduler counts them, 1 or more
 * @param maxPricePerGpu USD per hour for each GPU the pod uses
 * @param lostWork how much work an interruption throws away
 */
public record Request(int gpus, Spot spot, Optional<Usd> maxPricePerGpu, Duration lostWork) {
  /** What an interruption throws away where nobody says: half an hour between checkpoints. */
  public static final Duration LOST_WORK = Duration.ofMinutes(30);
}
