package dev.windfall.providers.aws;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.io.OutputStream;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** A file of bands that does not end, and does not say how long it is. */
@Timeout(60)
class AdvisorTest {
  private final ExecutorService threads = Executors.newVirtualThreadPerTaskExecutor();
  private HttpServer server;

  @BeforeEach
  void serve() throws IOException {
    server = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    server.setExecutor(threads);
    byte[] more = "0,".repeat(1 << 15).getBytes(StandardCharsets.UTF_8);
    server.createContext(
        "/",
        exchange -> {
          exchange.sendResponseHeaders(200, 0);
          try (OutputStream body = exchange.getResponseBody()) {
            body.write("{\"ranges\": [".getBytes(StandardCharsets.UTF_8));
            while (true) {
              body.write(more);
            }
          }
        });
    server.start();
  }

  @AfterEach
  void stop() {
    server.stop(0);
    threads.shutdownNow();
  }

  @Test
  void isGivenUpWhenItIsLargerThanItCanBe() {
    assertEquals("is larger than a file of bands can be", failure(Duration.ofMinutes(1)));
  }

  @Test
  void isGivenUpWhenItTakesTooLong() {
    assertEquals("gives no answer in time", failure(Duration.ZERO));
  }

  private String failure(Duration most) {
    URI where = URI.create("http://127.0.0.1:" + server.getAddress().getPort() + "/bands.json");
    return String.valueOf(
        assertThrows(
                UnusableAnswerException.class, () -> Advisor.bands(where, "eu-central-1", most))
            .getMessage());
  }
}
