package dev.windfall.market;

import dev.windfall.policies.Usd;
import java.time.Duration;

/**
 * What is expected of an offer beside its price.
 *
 * @param interruptions to expect for each useful hour; zero while nothing is known
 * @param replacement what the same machine costs on demand, USD per hour; where nobody offers that,
 *     what it costs itself, which is the least that lost work costs
 * @param coldStart how long it is paid for before it is of use
 * @param because where the expectation comes from, to go after "expected loss"; empty text while
 *     nothing is known
 */
public record Outlook(double interruptions, Usd replacement, Duration coldStart, String because) {
  /** Nothing is known: the loss is zero, and the order is by price. */
  static final Outlook UNKNOWN = new Outlook(0, Usd.ZERO, Duration.ZERO, "");

  /**
   * What an offer costs per useful GPU-hour. Nobody else makes an index.
   *
   * @param micros what it costs, millionths of a dollar per hour
   * @param usableGpus how many of its GPUs would be used, 1 or more
   * @param lostWork how much work an interruption throws away
   */
  Index index(long micros, int usableGpus, Duration lostWork) {
    double price = Usd.dollarsEach(micros, usableGpus);
    if (interruptions == 0) {
      return new Index(price, 0);
    }
    double again = replacement.dollarsEach(usableGpus);
    double each = Risk.hours(lostWork) * again + Risk.hours(coldStart) * (again + price);
    return new Index(price, interruptions * each);
  }

  /** The index of a machine of which the whole costs this for each hour, over what is in use. */
  static Index index(double usdPerHour, double lossPerHour, double inUse) {
    return new Index(usdPerHour / inUse, lossPerHour / inUse);
  }
}
