package dev.windfall.market;

import java.time.Duration;

/**
 * What a machine costs as a whole for each hour it is of use: a straight line in the work that an
 * interruption throws away, to be divided by the GPUs that are used. Who compares thousands of
 * nodes for one pod divides; {@link Index} is the same for one.
 *
 * @param usdPerHour its price
 * @param lossPerHour what interruptions are expected to cost beside that, whatever they throw away,
 *     USD per hour
 * @param lossPerLostHour the same for each hour of work that an interruption throws away
 * @param observedSecond of the epoch, in which its price was last confirmed; {@link
 *     Long#MAX_VALUE}: its source vouches for it
 */
public record MachineCost(
    double usdPerHour, double lossPerHour, double lossPerLostHour, long observedSecond) {

  static MachineCost of(Listing listing) {
    Index atOnce = listing.outlook().index(listing.micros(), 1, Duration.ZERO);
    Index anHour = listing.outlook().index(listing.micros(), 1, Duration.ofHours(1));
    return new MachineCost(
        atOnce.usdPerGpuHour(),
        atOnce.expectedLoss(),
        anHour.expectedLoss() - atOnce.expectedLoss(),
        listing.observedSecond());
  }

  /**
   * What the machine costs for each GPU, or share of one, that is in use.
   *
   * @param inUse how many are, above 0
   * @param lostHours of work that an interruption throws away
   */
  public Index over(double inUse, double lostHours) {
    return Outlook.index(usdPerHour, lossPerHour + lossPerLostHour * lostHours, inUse);
  }
}
