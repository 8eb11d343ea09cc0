package dev.windfall.server;

import dev.windfall.providers.PriceFeed;
import java.util.concurrent.CountDownLatch;

/**
 * Prices that are being read, beside all else that is waited for.
 *
 * @param there opens when there is a price
 * @param warmUp then warms up calls that use it, and ends
 */
record Priced(PriceFeed feed, CountDownLatch there, Thread warmUp) implements AutoCloseable {
  /**
   * Starts the feed.
   *
   * @param read says meanwhile which source cannot be read, and why
   * @param asked whether schedulers will ask
   */
  static Priced start(PriceFeed feed, Readiness.Step read, boolean asked) {
    CountDownLatch there = Prices.start(feed, read);
    Thread warmUp = Thread.ofPlatform().name("warm-up").start(() -> warmUp(feed, there, asked));
    return new Priced(feed, there, warmUp);
  }

  private static void warmUp(PriceFeed feed, CountDownLatch there, boolean asked) {
    try {
      there.await();
      if (asked) {
        Warmup.extender(feed::book);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  /** Waits until there is a price, and calls are warmed up. */
  void await() throws InterruptedException {
    there.await();
    warmUp.join();
  }

  /** Waits for nothing any more. */
  @Override
  public void close() {
    warmUp.interrupt();
  }
}
