package dev.windfall.server;

import java.time.Duration;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;

/**
 * Interrupts what takes too long. A virtual thread that is interrupted while it reads from a socket
 * or writes to one closes it, whatever its caller does.
 *
 * <p>One thread looks at all of them now and then, so that a call wakes no other thread when it
 * begins. Who is late is interrupted up to a quarter of a second after its time, and again with
 * each look, as somebody else may have taken the interrupt for its own.
 */
final class Deadlines implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(250);

  private final long deadline;
  private final Runnable missed;
  private final Set<One> underWay = ConcurrentHashMap.newKeySet();
  private final ScheduledExecutorService watch =
      Executors.newSingleThreadScheduledExecutor(
          Thread.ofPlatform().daemon().name("deadlines").factory());

  /**
   * Deadlines of {@code deadline} each.
   *
   * @param missed is told of each that was missed
   */
  Deadlines(Duration deadline, Runnable missed) {
    this.deadline = deadline.toNanos();
    this.missed = missed;
    var _ =
        watch.scheduleWithFixedDelay(
            this::look, LOOK.toNanos(), LOOK.toNanos(), TimeUnit.NANOSECONDS);
  }

  private void look() {
    long now = System.nanoTime();
    underWay.forEach(one -> one.lookedAt(now));
  }

  /** The deadline of what the current thread does from here to {@link One#close}. */
  One begin() {
    One one = new One(Thread.currentThread(), System.nanoTime() + deadline);
    underWay.add(one);
    return one;
  }

  /** Interrupts a thread unless it has come to an end before; never after that. */
  final class One implements AutoCloseable {
    private final Thread worker;
    private final long due;
    private boolean ended;
    private boolean late;

    private One(Thread worker, long due) {
      this.worker = worker;
      this.due = due;
    }

    private synchronized void lookedAt(long now) {
      if (!ended && now - due >= 0) {
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
      underWay.remove(this);
      if (late) {
        var _ = Thread.interrupted();
      }
    }
  }

  @Override
  public void close() {
    watch.shutdownNow();
  }
}
