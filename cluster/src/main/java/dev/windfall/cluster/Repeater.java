package dev.windfall.cluster;

import java.time.Duration;
import java.util.random.RandomGenerator;

/**
 * Sends a call again when that may help and cannot hurt: what {@link KubeClient} promises.
 *
 * @param timeout for each attempt
 * @param attempts how often a call is sent at most
 */
record Repeater(Transport transport, Duration timeout, int attempts, Pause pause) {
  private static final Duration FIRST_DELAY = Duration.ofMillis(200);
  private static final Duration MOST_DELAY = Duration.ofSeconds(5);

  /** A longer wish is the caller's to fulfil: a call shall not block for minutes. */
  private static final Duration MOST_RETRY_AFTER = Duration.ofSeconds(30);

  /** How a repetition waits; tests count instead. */
  @FunctionalInterface
  interface Pause {
    void sleep(Duration duration) throws InterruptedException;
  }

  <T> T send(Call call, Transport.Reader<T> reader) {
    Backoff backoff = new Backoff(FIRST_DELAY, MOST_DELAY, RandomGenerator.getDefault());
    for (int attempt = 1; ; attempt++) {
      try {
        return transport.exchange(call, timeout, reader);
      } catch (ClusterException e) {
        boolean again =
            e.status() == 429 || (call.repeatable() && (e.status() == 0 || e.status() >= 500));
        if (!again || attempt >= attempts || e.retryAfter().compareTo(MOST_RETRY_AFTER) > 0) {
          throw e;
        }
        Duration delay = backoff.next();
        await(delay.compareTo(e.retryAfter()) > 0 ? delay : e.retryAfter(), e);
      }
    }
  }

  private void await(Duration delay, ClusterException failure) {
    try {
      pause.sleep(delay);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      failure.addSuppressed(e);
      throw failure;
    }
  }
}
