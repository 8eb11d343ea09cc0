package dev.windfall.server;

import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import java.io.ByteArrayOutputStream;
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
 * connection. And what has arrived of all bodies may together only be so long: their callers are
 * many, and the heap is small. What has not arrived counts for nothing, so that who announces much
 * and sends little takes no room from others.
 */
final class Bodies implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  /** How long what has arrived waits for room; whoever calls has two seconds in all. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  /** The most that is read at once, in bytes. */
  private static final int STEP = 8 << 10;

  private final int maxBody;
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
    ByteArrayOutputStream body = new ByteArrayOutputStream(STEP);
    try {
      if (readAll(request, body)) {
        answer.to(body.toByteArray());
      } else {
        response.status(Status.SERVICE_UNAVAILABLE_503).send();
      }
    } finally {
      room.release(body.size());
    }
  }

  /** Whether there was room for all of it. What {@code body} holds has room, whatever happens. */
  private boolean readAll(ServerRequest request, ByteArrayOutputStream body) {
    Watch reading = new Watch(Thread.currentThread());
    ScheduledFuture<?> due = watch.schedule(reading, deadline.toNanos(), TimeUnit.NANOSECONDS);
    try (InputStream in = request.content().inputStream()) {
      byte[] arrived = new byte[STEP];
      for (int length = in.read(arrived); length >= 0; length = in.read(arrived)) {
        if (!room.tryAcquire(length, PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
          return false;
        }
        body.write(arrived, 0, length);
      }
      return true;
    } catch (InterruptedException e) {
      return false;
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
