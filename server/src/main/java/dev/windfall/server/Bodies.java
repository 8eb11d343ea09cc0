package dev.windfall.server;

import io.helidon.http.HeaderValues;
import io.helidon.http.Status;
import io.helidon.webserver.http.ServerRequest;
import io.helidon.webserver.http.ServerResponse;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.time.Duration;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * Reads the bodies of a listener's calls, within bounds of time and memory.
 *
 * <p>Helidon's read timeout is for each read, so a sender of one byte a second passes it for ever.
 * Here a body has a deadline as a whole: whoever misses it is interrupted, which closes the
 * connection. And what has arrived of all bodies may together only be so long: their callers are
 * many, and the heap is small. What has not arrived counts for nothing, so that who announces much
 * and sends little takes no room from others; nor does the beginning of each body, so that the few
 * who send much leave room for those who send what is usual. What is made of a body may be much
 * longer, so few are worked on at once, and an answer takes room as a body does until it has been
 * sent.
 */
final class Bodies implements AutoCloseable {
  private static final Duration DEADLINE = Duration.ofSeconds(5);

  /** How long what has arrived waits for room; whoever calls has two seconds in all. */
  private static final Duration PATIENCE = Duration.ofMillis(500);

  /** The most that is read at once, in bytes. */
  private static final int STEP = 8 << 10;

  /** Calls that are worked on at once; each may take some ten times its body. */
  private static final int TURNS = 2;

  /** Of each body and answer: for 64 calls, as many as a listener lets in, 16 MiB. */
  private static final int FREE = 256 << 10;

  private final int maxBody;
  private final int free;
  private final Deadlines deadlines;
  private final Consumer<Refusal> refusals;
  private final Semaphore room;
  private final Semaphore turns = new Semaphore(TURNS, true);

  /** Reviews: the API server takes no object above 3 MiB. */
  static Bodies ofAdmission() {
    return new Bodies(4 << 20, FREE, 16 << 20, DEADLINE, refusal -> {});
  }

  /** Extender calls: the names of 5,000 nodes are 220 KB. */
  static Bodies ofScheduler(Consumer<Refusal> refusals) {
    return new Bodies(8 << 20, FREE, 16 << 20, DEADLINE, refusals);
  }

  /**
   * A reader of bodies.
   *
   * @param maxBody in bytes; Helidon refuses a longer one
   * @param free how many bytes of each call there is always room for
   * @param maxTogether in bytes, of all calls under way, beyond that
   * @param deadline from the first byte of a body to its last
   * @param refusals is told of each call that has no room, or is too slow
   */
  Bodies(int maxBody, int free, int maxTogether, Duration deadline, Consumer<Refusal> refusals) {
    this.maxBody = maxBody;
    this.free = free;
    this.deadlines = new Deadlines(deadline, () -> refusals.accept(Refusal.TOO_SLOW));
    this.refusals = refusals;
    this.room = new Semaphore(maxTogether, true);
  }

  int maxBody() {
    return maxBody;
  }

  /** Works on a body; its memory counts until this returns. */
  @FunctionalInterface
  interface Answer {
    void to(byte[] body);
  }

  /** Makes an answer, and takes its time and memory for that. */
  @FunctionalInterface
  interface Work<E extends Exception> {
    byte[] answer() throws E;
  }

  /** Reads the body of a call and hands it on, or answers 503 when there is no room for it. */
  void read(ServerRequest request, ServerResponse response, Answer answer) {
    try (Share share = new Share()) {
      Optional<byte[]> body = readAll(request, share);
      if (body.isPresent()) {
        answer.to(body.get());
      } else {
        refuse(response);
      }
    }
  }

  /**
   * Sends JSON that is long, or long in the making, or answers 503 when there is no room for it.
   */
  <E extends Exception> void send(ServerResponse response, Work<E> work) throws E {
    byte[] answer;
    if (!acquired(turns, 1)) {
      refuse(response);
      return;
    }
    try {
      answer = work.answer();
    } finally {
      turns.release();
    }
    try (Share share = new Share()) {
      if (share.has(answer.length)) {
        response.header(HeaderValues.CONTENT_TYPE_JSON);
        response.send(answer);
      } else {
        refuse(response);
      }
    }
  }

  /** What one body or answer takes of the room. */
  private final class Share implements AutoCloseable {
    private int taken;

    /** Whether there is room for {@code length} bytes in all. */
    boolean has(int length) {
      int more = Math.max(0, length - free) - taken;
      if (more > 0 && !acquired(room, more)) {
        return false;
      }
      taken += Math.max(0, more);
      return true;
    }

    @Override
    public void close() {
      room.release(taken);
    }
  }

  private void refuse(ServerResponse response) {
    refusals.accept(Refusal.NO_ROOM);
    response.status(Status.SERVICE_UNAVAILABLE_503).send();
  }

  private static boolean acquired(Semaphore semaphore, int permits) {
    try {
      return semaphore.tryAcquire(permits, PATIENCE.toNanos(), TimeUnit.NANOSECONDS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return false;
    }
  }

  /** All of it; empty when there was no room. */
  private Optional<byte[]> readAll(ServerRequest request, Share share) {
    long announced = request.headers().contentLength().orElse(Long.MAX_VALUE);
    try (Deadlines.One _ = deadlines.begin();
        InputStream in = request.content().inputStream()) {
      if (announced > free) {
        return readInSteps(in, share);
      }
      // There is room for as much of every call, whether it comes or not.
      byte[] body = new byte[(int) announced];
      int length = in.readNBytes(body, 0, body.length);
      return Optional.of(length == body.length ? body : Arrays.copyOf(body, length));
    } catch (IOException e) {
      throw new UncheckedIOException("reading a body", e);
    }
  }

  private Optional<byte[]> readInSteps(InputStream in, Share share) throws IOException {
    ByteArrayOutputStream body = new ByteArrayOutputStream(STEP);
    byte[] arrived = new byte[STEP];
    for (int length = in.read(arrived); length >= 0; length = in.read(arrived)) {
      if (!share.has(body.size() + length)) {
        return Optional.empty();
      }
      body.write(arrived, 0, length);
    }
    return Optional.of(body.toByteArray());
  }

  @Override
  public void close() {
    deadlines.close();
  }
}
