package dev.windfall.server;

import static java.nio.charset.StandardCharsets.US_ASCII;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Surroundings;
import dev.windfall.webhook.Admission;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublisher;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Reviews as long as they may be, and longer, through the bounds that are in force. */
@Timeout(30)
class AdmissionRouteTest {
  /** The API server takes no object above it. */
  private static final int LARGEST_POD = 3 << 20;

  private static final int LARGEST_REVIEW = 4 << 20;

  private final Bodies bodies = Bodies.ofAdmission();
  private final Admission admission =
      new Admission(
          PriceBook::empty,
          List::of,
          () -> Surroundings.NONE,
          Optional::empty,
          () -> false,
          InstantSource.system(),
          new PrometheusRegistry());
  private final Listener listener =
      Listener.open(
          new Listener.Spec(
              "admission",
              "127.0.0.1",
              0,
              Optional.empty(),
              bodies.maxBody(),
              Routes.admission(admission, bodies)));
  private final HttpClient http = HttpClient.newHttpClient();

  @AfterEach
  void close() {
    http.close();
    listener.close();
    bodies.close();
  }

  private HttpResponse<byte[]> post(BodyPublisher body) throws Exception {
    return http.send(
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + listener.port() + "/mutate"))
            .POST(body)
            .build(),
        BodyHandlers.ofByteArray());
  }

  private static BodyPublisher chunked(byte[] body) {
    return BodyPublishers.ofInputStream(() -> new ByteArrayInputStream(body));
  }

  /** A review of exactly so many bytes: a script in an environment variable makes it so long. */
  private static byte[] review(int length) {
    String before =
        """
        {"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","request":{"uid":"a-review",
        "resource":{"group":"","version":"v1","resource":"pods"},"operation":"CREATE",
        "object":{"metadata":{"annotations":{"windfall.dev/spot":"prefer"}},"spec":{"containers":[
        {"resources":{"limits":{"nvidia.com/gpu":"1"}},"env":[{"name":"SCRIPT","value":"
        """
            .strip();
    String after = "\"}]}]}}}}";
    return (before + "x".repeat(length - before.length() - after.length()) + after)
        .getBytes(US_ASCII);
  }

  @Test
  void thePodOfThreeMebibytesIsAnsweredAsAnyOther() throws Exception {
    for (int length : new int[] {LARGEST_POD, LARGEST_REVIEW}) {
      byte[] review = review(length);
      assertEquals(length, review.length);
      for (BodyPublisher body :
          new BodyPublisher[] {BodyPublishers.ofByteArray(review), chunked(review)}) {
        HttpResponse<byte[]> answer = post(body);

        assertEquals(200, answer.statusCode());
        JsonNode response = new ObjectMapper().readTree(answer.body()).path("response");
        assertEquals("a-review", response.path("uid").asText());
        assertTrue(response.has("patch"), response.toString());
        assertTrue(answer.body().length < 4096, "the answer is as short as ever");
      }
    }
  }

  @Test
  void whatIsLongerThanAnyReviewIsRefusedAndTheNextIsAnswered() throws Exception {
    byte[] longer = review(LARGEST_REVIEW + 1);

    HttpResponse<byte[]> refused = refusal(() -> BodyPublishers.ofByteArray(longer));
    assertEquals(413, refused.statusCode());
    assertEquals(Optional.of("close"), refused.headers().firstValue("Connection"));
    assertEquals(413, refusal(() -> chunked(longer)).statusCode());
    assertEquals(200, post(BodyPublishers.ofByteArray(review(4096))).statusCode());
  }

  /**
   * The answer to what is refused before all of it was sent. The connection is closed then, and who
   * still sends at that moment may see that in place of the answer: TCP drops what was not read.
   */
  private HttpResponse<byte[]> refusal(Supplier<BodyPublisher> body) throws Exception {
    IOException cut = new IOException("never asked");
    for (int attempt = 0; attempt < 20; attempt++) {
      try {
        return post(body.get());
      } catch (IOException e) {
        cut = e;
      }
    }
    throw cut;
  }

  /** Ten of them are more than the room for all bodies together. */
  @Test
  void manyOfTheLongestAtOnceAreAnsweredOrTurnedAwayAndNoneIsLost() throws Exception {
    byte[] review = review(LARGEST_REVIEW);
    var answers =
        java.util.stream.IntStream.range(0, 10)
            .mapToObj(i ->
                http.sendAsync(
                    HttpRequest.newBuilder(
                            URI.create("http://127.0.0.1:" + listener.port() + "/mutate"))
                        .POST(BodyPublishers.ofByteArray(review))
                        .build(),
                    BodyHandlers.discarding()))
            .toList();
    int answered = 0;
    for (var answer : answers) {
      int status = answer.get().statusCode();
      assertTrue(status == 200 || status == 503, "status " + status);
      answered += status == 200 ? 1 : 0;
    }

    assertTrue(answered > 0, "all were turned away");
    assertEquals(200, post(BodyPublishers.ofByteArray(review)).statusCode());
  }
}
