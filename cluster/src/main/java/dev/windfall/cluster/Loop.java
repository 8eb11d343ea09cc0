package dev.windfall.cluster;

import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import java.util.random.RandomGenerator;

/**
 * Repeats a piece of work on a thread of its own: soon after it is woken, at the latest after a
 * while, never too often, and never twice at once. Wakes during a pass lead to one more pass. A
 * pass that throws is logged, counted and tried again with growing delay; it never ends the loop.
 * That of a write which lost to another's is no fault, and is told apart.
 */
public final class Loop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(Loop.class.getName());
  private static final Duration CLOSE = Duration.ofSeconds(10);

  /** One round of work. */
  @FunctionalInterface
  public interface Pass {
    void run() throws Exception;
  }

  private final String name;
  private final ClusterMetrics metrics;
  private final Pass pass;
  private final Thread thread;

  /** Guards the schedule: wakes come from any thread. */
  private final ReentrantLock lock = new ReentrantLock();

  private final Condition changed = lock.newCondition();
  private final Schedule schedule;
  private boolean closed;

  private Loop(
      String name, Duration atLeastEvery, Duration atMostEvery, ClusterMetrics metrics, Pass pass) {
    this.name = name;
    this.metrics = metrics;
    this.pass = pass;
    this.schedule =
        new Schedule(atLeastEvery, atMostEvery, RandomGenerator.getDefault(), System.nanoTime());
    this.thread = Thread.ofPlatform().daemon().name(name).unstarted(this::run);
  }

  /**
   * Starts a loop; its first pass comes at once.
   *
   * @param name of the thread, and the meter's label
   * @param atLeastEvery the longest time between the beginnings of two passes
   * @param atMostEvery the shortest time between the beginnings of two passes; zero for none
   * @throws IllegalArgumentException if the shortest is longer than the longest
   */
  public static Loop start(
      String name, Duration atLeastEvery, Duration atMostEvery, ClusterMetrics metrics, Pass pass) {
    Loop loop = new Loop(name, atLeastEvery, atMostEvery, metrics, pass);
    loop.thread.start();
    return loop;
  }

  /** Asks for a pass. Returns at once; any thread may ask, as often as it likes. */
  public void wake() {
    lock.lock();
    try {
      schedule.wake();
      changed.signal();
    } finally {
      lock.unlock();
    }
  }

  /** Ends the loop. A pass under way is interrupted, and waited for up to 10 seconds. */
  @Override
  public void close() {
    lock.lock();
    try {
      closed = true;
      changed.signal();
    } finally {
      lock.unlock();
    }
    thread.interrupt();
    if (Thread.currentThread().equals(thread)) {
      return;
    }
    try {
      thread.join(CLOSE);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    while (awaitDue()) {
      String outcome = "done";
      try {
        pass.run();
      } catch (InterruptedException e) {
        outcome = "failed";
      } catch (Exception e) {
        if (closing()) {
          LOG.log(Level.DEBUG, name + ": the pass under way was broken off", e);
          return;
        }
        boolean lost = e instanceof ClusterException refused && refused.isConflict();
        outcome = lost ? "lost" : "failed";
        if (lost) {
          LOG.log(Level.INFO, "{0}: {1}; the next pass begins anew", name, e.getMessage());
        } else {
          LOG.log(Level.WARNING, name + ": this pass failed, the next will try again", e);
        }
      }
      metrics.passes.labelValues(name, outcome).inc();
      lock.lock();
      try {
        schedule.ended(!outcome.equals("done"), System.nanoTime());
      } finally {
        lock.unlock();
      }
    }
  }

  private boolean closing() {
    lock.lock();
    try {
      return closed;
    } finally {
      lock.unlock();
    }
  }

  /** Waits until a pass is due; false when the loop is closed. */
  private boolean awaitDue() {
    lock.lock();
    try {
      while (!closed) {
        long wait = schedule.nanosUntilDue(System.nanoTime());
        if (wait <= 0) {
          schedule.began(System.nanoTime());
          return true;
        }
        long _ = changed.awaitNanos(wait);
      }
      return false;
    } catch (InterruptedException e) {
      return false;
    } finally {
      lock.unlock();
    }
  }
}
