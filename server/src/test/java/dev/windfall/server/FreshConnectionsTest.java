package dev.windfall.server;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;

import io.helidon.webserver.http.HttpRouting;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Each body of a scheduler's calls got old, once the old generation had been collected: there was a
 * long collection every 350 ms while it asked about 5,000 nodes.
 */
@Timeout(30)
class FreshConnectionsTest {
  private static final Duration PATIENCE = Duration.ofSeconds(20);
  private static final byte[] CALL = RawConnection.post("/", "hi".getBytes(UTF_8));

  private final AtomicLong collections = new AtomicLong(3);
  private final AtomicLong used = new AtomicLong(40 << 20);
  private final Listener listener =
      Listener.open(
          new Listener.Spec(
              "scheduler",
              "127.0.0.1",
              0,
              Optional.empty(),
              1024,
              HttpRouting.builder()
                  .addFilter(new FreshConnections(collections::get, used::get))
                  .post("/", (request, response) -> response.send("hello"))));

  @AfterEach
  void close() {
    listener.close();
  }

  private static String connectionAfterACall(RawConnection connection) throws IOException {
    connection.send(CALL);
    RawConnection.Answer answer = connection.answer();
    assertEquals("hello", answer.body());
    return answer.field("connection");
  }

  @Test
  void aConnectionIsKeptWhileNothingOldIsCollected() throws IOException {
    try (RawConnection connection = new RawConnection(listener.port(), PATIENCE)) {
      for (int call = 0; call < 5; call++) {
        assertEquals("keep-alive", connectionAfterACall(connection));
      }
    }
  }

  @Test
  void itsCallerIsAskedToEndItAfterACollectionAndTheNextIsKept() throws IOException {
    try (RawConnection connection = new RawConnection(listener.port(), PATIENCE)) {
      assertEquals("keep-alive", connectionAfterACall(connection));
      collections.incrementAndGet();

      assertEquals("close", connectionAfterACall(connection));
    }
    try (RawConnection connection = new RawConnection(listener.port(), PATIENCE)) {
      assertEquals("keep-alive", connectionAfterACall(connection));
      assertEquals("keep-alive", connectionAfterACall(connection));
    }
  }

  /** While a price book was read, each body got old again before the next collection. */
  @Test
  void itsCallerIsAskedToEndItWhenTheOldGenerationHasGrownAndTheNextIsKept() throws IOException {
    try (RawConnection connection = new RawConnection(listener.port(), PATIENCE)) {
      assertEquals("keep-alive", connectionAfterACall(connection));
      used.addAndGet(4 << 20);
      assertEquals("keep-alive", connectionAfterACall(connection));
      used.incrementAndGet();

      assertEquals("close", connectionAfterACall(connection));
    }
    try (RawConnection connection = new RawConnection(listener.port(), PATIENCE)) {
      assertEquals("keep-alive", connectionAfterACall(connection));
      assertEquals("keep-alive", connectionAfterACall(connection));
    }
  }
}
