package dev.windfall.server;

import dev.windfall.policies.SpotPool;
import dev.windfall.providers.aws.AwsSource;
import java.util.List;
import java.util.function.Supplier;

/**
 * For how many machines placement scores are asked: the highest {@code targetCount} of a region's
 * SpotPools, or the usual number where there are none.
 */
final class ScoredNodes {
  private static final String PROVIDER = "aws";

  private volatile Supplier<List<SpotPool>> pools = List::of;

  /** Has it look at these from now on. */
  void follow(Supplier<List<SpotPool>> known) {
    pools = known;
  }

  int in(String region) {
    return pools.get().stream()
        .filter(pool -> pool.provider().equals(PROVIDER) && pool.region().equals(region))
        .mapToInt(SpotPool::targetCount)
        .max()
        .orElse(AwsSource.SCORED_NODES);
  }
}
