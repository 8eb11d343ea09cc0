package dev.windfall.server;

import java.time.Duration;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.TimeUnit;

/**
 * Interrupts what takes too long. A virtual thread that is interrupted while it reads from a socket
 * or writes to one closes it, whatever its caller does.
 */
final class Deadlines implements AutoCloseable {
  /** Who was interrupted in vain, as somebody else took the interrupt for its own, is again. */
  private static final Duration AGAIN = Duration.ofSeconds(1);

  private final Duration deadline;
  private final Runnable missed;
  private final ScheduledThreadPoolExecutor watch =
      new ScheduledThreadPoolExecutor(1, Thread.ofPlatform().daemon().name("deadlines").factory());

  /**
   * Deadlines of {@code deadline} each.
   *
   * @param missed is told of each that was missed
   */
  Deadlines(Duration deadline, Runnable missed) {
    this.deadline = deadline;
    this.missed = missed;
    // Else each call would be remembered for as long as it might have taken.
    watch.setRemoveOnCancelPolicy(true);
  }

  /** The deadline of what the current thread does from here to {@link One#close}. */
  One begin() {
    return new One(Thread.currentThread());
  }

  /** Interrupts a thread unless it has come to an end before; never after that. */
  final class One implements AutoCloseable, Runnable {
    private final Thread worker;
    private final ScheduledFuture<?> due;
    private boolean ended;
    private boolean late;

    private One(Thread worker) {
      this.worker = worker;
      due =
          watch.scheduleWithFixedDelay(
              this, deadline.toNanos(), AGAIN.toNanos(), TimeUnit.NANOSECONDS);
    }

    @Override
    public synchronized void run() {
      if (!ended) {
        if (!late) {
          missed.run();
        }
        late = true;
        worker.interrupt();
      }
    }

    @Override
    public synchronized void close() {
      ended = true;
      due.cancel(false);
      var _ = Thread.interrupted();
    }
  }

  @Override
  public void close() {
    watch.shutdownNow();
  }
}
