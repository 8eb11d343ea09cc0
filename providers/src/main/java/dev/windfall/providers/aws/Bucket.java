package dev.windfall.providers.aws;

import java.util.function.LongSupplier;

/**
 * A token for each call: twenty at once, four a second after that. EC2 counts the calls of a whole
 * account and region together, and Windfall leaves most of them to others. Belongs to one thread.
 */
final class Bucket {
  private static final int MOST = 20;
  private static final long NANOS_A_TOKEN = 250_000_000;

  private final LongSupplier nanos;
  private final Pause pause;

  /** When the bucket would be empty if it had no bottom: behind now by what is in it. */
  private long emptyAt;

  /** How time is spent. */
  @FunctionalInterface
  interface Pause {
    void nanos(long nanos) throws InterruptedException;
  }

  Bucket(LongSupplier nanos, Pause pause) {
    this.nanos = nanos;
    this.pause = pause;
    this.emptyAt = nanos.getAsLong() - MOST * NANOS_A_TOKEN;
  }

  /** Takes a token, after waiting for one if need be. */
  void take() {
    long now = nanos.getAsLong();
    emptyAt = Math.max(emptyAt, now - MOST * NANOS_A_TOKEN) + NANOS_A_TOKEN;
    if (emptyAt > now) {
      try {
        pause.nanos(emptyAt - now);
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new UnusableAnswerException("was not asked, since Windfall is ending");
      }
    }
  }
}
