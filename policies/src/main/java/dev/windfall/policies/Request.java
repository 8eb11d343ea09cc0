package dev.windfall.policies;

import java.util.Optional;

/**
 * What one pod wants of the market.
 *
 * @param gpus as the scheduler counts them, 1 or more
 * @param maxPricePerGpu USD per hour for each GPU the pod uses
 */
public record Request(int gpus, Spot spot, Optional<Usd> maxPricePerGpu) {}
