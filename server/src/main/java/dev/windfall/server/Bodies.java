package dev.windfall.server;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;

/**
 * Reads the bodies of a listener's calls, within bounds of time and memory.
 *
 * <p>Helidon's read timeout is for each read, so a sender of one byte a second passes it for ever.
 * Here a body has a deadline as a whole: whoever misses it is interrupted, which closes the
 * connection. And the bodies that are read at once may together only be so long: their callers are
 * many, and the heap is small.
 */
final class Bodies implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  private final int maxBody;
  private final int maxTogether;
  private final Duration deadline;
  private final Semaphore room;
  private final ScheduledExecutorService watch;

  /** Reviews: the API server takes no object above 3 MiB. */
  static Bodies ofAdmission() {
    return new Bodies(4 << 20, 16 << 20, DEADLINE);
  }

  /** Extender calls: the names of 5,000 nodes are 220 KB. */
  static Bodies ofScheduler() {
    return new Bodies(8 << 20, 16 << 20, DEADLINE);
  }

  /**
   * A reader of bodies.
   *
   * @param maxBody in bytes; Helidon refuses a longer one
   * @param maxTogether in bytes, of all calls under way
   * @param deadline from the first byte of a body to its last
   */
  Bodies(int maxBody, int maxTogether, Duration deadline) {
    this.maxBody = maxBody;
    this.maxTogether = maxTogether;
    this.deadline = deadline;
    this.room = new Semaphore(maxTogether, true);
    this.watch =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("deadlines").factory());
  }

  int maxBody() {
    return maxBody;
  }

  /** Works on a body; its memory counts until this returns. */
  @FunctionalInterface
  interface Answer {
    void to(byte[] body);
  }

  /** Reads the body of a call and hands it on, or answers 503 when there is no room for it. */
  void read(
      ServerRequest request, io.helidon.webserver.http.ServerResponse response, Answer answer) {
    int length = (int) Math.min(request.headers().contentLength().orElse(maxBody), maxTogether);
    if (!acquire(length)) {
      response.status(Status.SERVICE_UNAVAILABLE_503).send();
      return;
    }
    try {
      answer.to(bytes(request));
    } finally {
      room.release(length);
    }
  }

  private boolean acquire(int length) {
    try {
      return room.tryAcquire(length, deadline.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  private byte[] bytes(ServerRequest request) {
    Watch reading = new Watch(Thread.currentThread());
    ScheduledFuture<?> due = watch.schedule(reading, deadline.toNanos(), TimeUnit.NANOSECONDS);
    try (InputStream in = request.content().inputStream()) {
      return in.readAllBytes();
    } catch (IOException e) {
      throw new UncheckedIOException("reading a body", e);
    } finally {
      due.cancel(false);
      reading.end();
    }
  }

  /** Interrupts a thread unless it has come to an end before; never after that. */
  private static final class Watch implements Runnable {
    private final Thread reader;
    private boolean ended;

    Watch(Thread reader) {
      this.reader = reader;
    }

    @Override
    public synchronized void run() {
      if (!ended) {
        reader.interrupt();
      }
    }

    synchronized void end() {
      ended = true;
      var _ = Thread.interrupted();
    }
  }

  @Override
  public void close() {
    watch.shutdownNow();
  }
}
