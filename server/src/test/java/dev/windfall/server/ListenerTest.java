package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import io.helidon.webserver.http.HttpRouting;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.InetAddress;
import java.net.Socket;
import java.net.SocketException;
import java.net.SocketTimeoutException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(30)
class ListenerTest {
  private static final int MAX_BODY = 1024;

  private final HttpClient http = HttpClient.newHttpClient();
  private final Bodies bodies =
      new Bodies(MAX_BODY, 0, 4 * MAX_BODY, Duration.ofMillis(300), refusal -> {});
  private final CountDownLatch entered = new CountDownLatch(1);
  private final CountDownLatch leave = new CountDownLatch(1);
  private final Listener listener = open(0);

  private Listener open(int port) {
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .post("/echo", (request, response) -> bodies.read(request, response, response::send))
            .get(
                "/slow",
                (request, response) -> {
                  entered.countDown();
                  leave.await();
                  response.send("done");
                });
    return Listener.open(
        new Listener.Spec("scheduler", "127.0.0.1", port, Optional.empty(), MAX_BODY, routing));
  }

  @AfterEach
  void close() {
    leave.countDown();
    listener.close();
    bodies.close();
    http.close();
  }

  private HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + path));
  }

  private HttpResponse<String> post(BodyPublisher body) throws Exception {
    return http.send(request("/echo").POST(body).build(), BodyHandlers.ofString());
  }

  private static BodyPublisher chunked(int length) {
    return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(new byte[length]));
  }

  @Test
  void everyAnswerHasAContentLength() throws Exception {
    HttpResponse<String> echoed = post(BodyPublishers.ofString("hello"));
    HttpResponse<String> unknown = http.send(request("/nowhere").build(), BodyHandlers.ofString());

    assertEquals("hello", echoed.body());
    assertEquals("5", echoed.headers().firstValue("content-length").orElse("none"));
    assertEquals(404, unknown.statusCode());
    assertEquals("0", unknown.headers().firstValue("content-length").orElse("none"));
  }

  @Test
  void aBodyAsLongAsAllowedIsRead() throws Exception {
    assertEquals(MAX_BODY, post(BodyPublishers.ofByteArray(new byte[MAX_BODY])).body().length());
    assertEquals(MAX_BODY, post(chunked(MAX_BODY)).body().length());
  }

  @Test
  void aLongerBodyIsRefusedWithoutABody() throws Exception {
    for (BodyPublisher body :
        new BodyPublisher[] {
          BodyPublishers.ofByteArray(new byte[MAX_BODY + 1]), chunked(MAX_BODY + 1)
        }) {
      HttpResponse<String> refused = post(body);

      assertEquals(413, refused.statusCode());
      assertEquals("0", refused.headers().firstValue("content-length").orElse("none"));
    }
  }

  @Test
  void aBodyThatDoesNotEndInTimeIsCutOff() throws IOException {
    assertEquals("", answerToAnUnfinishedBody());
  }

  /** Each byte renewed the timeout of a read, so that such a call held its place for ever. */
  @Test
  void aBodyThatTricklesInIsCutOffAtItsDeadline() throws IOException {
    try (Socket socket = beginning(listener, "Content-Length: 1000\r\n\r\n")) {
      socket.setSoTimeout(20);
      int sent = 0;
      while (!cutOff(socket)) {
        sent += trickle(socket);
      }

      assertTrue(sent > 1, "it was cut off before it had begun to trickle");
      assertTrue(sent < 1000, "it was read to its end");
    }
  }

  /** Whether the connection ends before the socket's timeout, without an answer. */
  private static boolean cutOff(Socket socket) throws IOException {
    try {
      assertEquals(-1, socket.getInputStream().read(), "it was answered");
      return true;
    } catch (SocketTimeoutException e) {
      return false;
    } catch (SocketException e) {
      return true;
    }
  }

  /** Sends one byte; how many were taken. */
  private static int trickle(Socket socket) throws IOException {
    try {
      socket.getOutputStream().write('h');
      return 1;
    } catch (SocketException e) {
      return 0;
    }
  }

  private String answerToAnUnfinishedBody() throws IOException {
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      socket
          .getOutputStream()
          .write(
              "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 10\r\n\r\nh"
                  .getBytes(StandardCharsets.US_ASCII));
      return untilTheEnd(socket);
    }
  }

  /** What is answered before the connection ends, in whichever way it does. */
  private static String untilTheEnd(Socket socket) throws IOException {
    try (InputStream in = socket.getInputStream()) {
      return new String(in.readAllBytes(), StandardCharsets.US_ASCII);
    } catch (SocketException e) {
      return "";
    }
  }

  /** Each had taken the room of the longest body, and the fifth caller waited. */
  @Test
  void callersThatSendLittleLeaveRoomForOthers() throws Exception {
    CountDownLatch begun = new CountDownLatch(4);
    List<Socket> slow = new ArrayList<>();
    try (Bodies patient =
            new Bodies(MAX_BODY, 0, 4 * MAX_BODY, Duration.ofSeconds(20), refusal -> {});
        Listener crowded = echo(patient, begun::countDown)) {
      try {
        for (int i = 0; i < 4; i++) {
          slow.add(beginning(crowded, "Transfer-Encoding: chunked\r\n\r\n1\r\nh\r\n"));
        }
        assertTrue(begun.await(10, TimeUnit.SECONDS));

        assertEquals("hello", post(crowded, "hello").body());
      } finally {
        for (Socket socket : slow) {
          socket.close();
        }
      }
    }
  }

  @Test
  void aBodyForWhichThereIsNoRoomIsRefusedSoon() throws Exception {
    try (Bodies small = new Bodies(MAX_BODY, 0, 8, Duration.ofSeconds(20), refusal -> {});
        Listener crowded = echo(small, () -> {})) {
      assertEquals("too long", post(crowded, "too long").body());
      assertEquals(503, post(crowded, "much too long").statusCode());
      assertEquals("too long", post(crowded, "too long").body());
    }
  }

  /** Three callers with long bodies took all the room there was, for as long as they had. */
  @Test
  void whoTakesAllTheRoomLeavesSomeForShortBodies() throws Exception {
    try (Bodies crowded =
            new Bodies(MAX_BODY, 16, MAX_BODY, Duration.ofSeconds(20), refusal -> {});
        Listener listening = echo(crowded, () -> {});
        Socket greedy = beginning(listening, "Content-Length: 1024\r\n\r\n" + "x".repeat(1000))) {
      assertTrue(greedy.isConnected());
      String longer = "y".repeat(100);
      while (post(listening, longer).statusCode() == 200) {
        Thread.onSpinWait();
      }

      assertEquals("hello", post(listening, "hello").body());
    }
  }

  private static Listener echo(Bodies bodies, Runnable begun) {
    HttpRouting.Builder routing =
        HttpRouting.builder()
            .post(
                "/echo",
                (request, response) -> {
                  begun.run();
                  bodies.read(request, response, response::send);
                });
    return Listener.open(
        new Listener.Spec("scheduler", "127.0.0.1", 0, Optional.empty(), MAX_BODY, routing));
  }

  private HttpResponse<String> post(Listener to, String body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + to.port() + "/echo"))
            .timeout(Duration.ofSeconds(10))
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private static Socket beginning(Listener to, String rest) throws IOException {
    Socket socket = new Socket(InetAddress.getLoopbackAddress(), to.port());
    socket
        .getOutputStream()
        .write(("POST /echo HTTP/1.1\r\nHost: x\r\n" + rest).getBytes(StandardCharsets.US_ASCII));
    return socket;
  }

  @Test
  void afterACutOffTheNextCallIsAnswered() throws Exception {
    assertEquals("", answerToAnUnfinishedBody());

    assertEquals("hello", post(BodyPublishers.ofString("hello")).body());
  }

  @Test
  void closingLetsACallUnderWayEnd() throws Exception {
    CompletableFuture<HttpResponse<String>> answer =
        http.sendAsync(request("/slow").build(), BodyHandlers.ofString());
    assertTrue(entered.await(10, TimeUnit.SECONDS));

    CompletableFuture<Void> closing = CompletableFuture.runAsync(listener::close);
    awaitRefusal();
    leave.countDown();

    assertEquals("done", answer.get(10, TimeUnit.SECONDS).body());
    closing.get(10, TimeUnit.SECONDS);
  }

  /**
   * Its caller closes the connection then. It was cut from here, and took the call along that was
   * just being sent.
   */
  @Test
  void whoIsLeavingAsksForTheEndOfEachConnectionWithItsNextAnswer() throws Exception {
    byte[] call =
        "POST /echo HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\nhi"
            .getBytes(StandardCharsets.US_ASCII);
    try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
      socket.getOutputStream().write(call);
      String before = answer(socket);

      listener.leave();
      socket.getOutputStream().write(call);
      String after = answer(socket);

      assertTrue(before.contains("Connection: keep-alive"), before);
      assertTrue(after.contains("Connection: close"), after);
    }
  }

  private static String answer(Socket socket) throws IOException {
    StringBuilder answer = new StringBuilder();
    while (!answer.toString().endsWith("hi")) {
      int next = socket.getInputStream().read();
      if (next < 0) {
        throw new IOException("the connection ended after: " + answer);
      }
      answer.append((char) next);
    }
    return answer.toString();
  }

  private void awaitRefusal() throws IOException {
    boolean refused = false;
    while (!refused) {
      try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), listener.port())) {
        refused = socket.isClosed();
      } catch (ConnectException e) {
        refused = true;
      }
    }
  }

  @Test
  void aPortThatIsTakenIsNamedWithTheKeyThatMovesIt() {
    FailureException failure = assertThrows(FailureException.class, () -> open(listener.port()));

    String message = String.valueOf(failure.getMessage());
    assertTrue(message.contains("127.0.0.1:" + listener.port()), message);
    assertTrue(message.contains("scheduler.port"), message);
  }
}
