package dev.windfall.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import io.kubernetes.client.openapi.ApiClient;
import io.kubernetes.client.openapi.ApiException;
import io.kubernetes.client.openapi.Pair;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import okhttp3.OkHttpClient;
import okhttp3.Protocol;
import okhttp3.Request;
import okhttp3.Response;
import org.jspecify.annotations.Nullable;

/**
 * Sends one request once, with client-java's credentials and content types of our own, and turns
 * every way of failing into one exception. Watches use the same connections without a bound on the
 * whole call.
 */
final class Transport {
  private static final String[] AUTHENTICATION = {"BearerToken"};
  private static final long ERROR_BODY = 64 << 10;
  private static final Duration CONNECT = Duration.ofSeconds(10);

  private final ApiClient api;
  private final OkHttpClient http;
  private final ClusterMetrics metrics;

  Transport(ApiClient api, ClusterMetrics metrics) {
    this.api = api;
    this.metrics = metrics;
    // OkHttp would repeat a POST by itself on a connection that turned out to be stale; whether
    // that is safe is ours to say.
    this.http =
        api.getHttpClient()
            .newBuilder()
            .connectTimeout(CONNECT)
            .retryOnConnectionFailure(false)
            .build();
  }

  ClusterMetrics metrics() {
    return metrics;
  }

  /**
   * Reads a whole answer with a function, within a bound on everything from connecting to the last
   * byte.
   */
  <T> T exchange(Call call, Duration timeout, Reader<T> reader) {
    OkHttpClient bounded = http.newBuilder().callTimeout(timeout).readTimeout(timeout).build();
    try (Response response = send(call, bounded.newCall(request(call)))) {
      return reader.read(response.body().byteStream());
    } catch (IOException e) {
      throw unanswered(call, e);
    }
  }

  /**
   * Prepares a request whose answer is a stream that lasts.
   *
   * @param silence how long no byte may come before reading fails
   */
  Streaming stream(Call call, Duration silence) {
    // On a connection of its own a watch is read by the thread that decodes it. Over HTTP/2 another
    // reads for it, and wakes it for every frame.
    OkHttpClient endless =
        http.newBuilder()
            .protocols(List.of(Protocol.HTTP_1_1))
            .callTimeout(Duration.ZERO)
            .readTimeout(silence)
            .build();
    return new Streaming(call, endless.newCall(request(call)));
  }

  /** A stream that any thread can end. */
  final class Streaming {
    private final Call call;
    private final okhttp3.Call sent;

    private Streaming(Call call, okhttp3.Call sent) {
      this.call = call;
      this.sent = sent;
    }

    /** Sends the request and waits for the answer to begin. Closing the stream is the caller's. */
    InputStream open() {
      return send(call, sent).body().byteStream();
    }

    /** Ends the stream; whoever reads it gets an IOException. */
    void cancel() {
      sent.cancel();
    }
  }

  void close() {
    http.dispatcher().cancelAll();
    http.dispatcher().executorService().shutdown();
    http.connectionPool().evictAll();
  }

  /** Reads an answer off its stream. */
  interface Reader<T> {
    T read(InputStream body) throws IOException;
  }

  private Response send(Call call, okhttp3.Call sent) {
    Response response;
    try {
      response = sent.execute();
    } catch (IOException | RuntimeException e) {
      // Credentials are fetched by an interceptor, which throws what it likes.
      throw unanswered(call, e);
    }
    count(call, response.code());
    if (response.isSuccessful()) {
      return response;
    }
    try (response) {
      throw refused(call, response);
    }
  }

  private Request request(Call call) {
    List<Pair> query = new ArrayList<>();
    call.query().forEach((name, value) -> query.add(new Pair(name, value)));
    Map<String, String> headers = new HashMap<>();
    headers.put("Accept", "application/json");
    if (!call.contentType().isEmpty()) {
      headers.put("Content-Type", call.contentType());
    }
    try {
      return api.buildRequest(
          api.getBasePath(),
          call.path(),
          call.method(),
          query,
          List.of(),
          call.body().isMissingNode() ? null : Json.bytes(call.body()),
          headers,
          new HashMap<>(),
          new HashMap<>(),
          AUTHENTICATION,
          null);
    } catch (ApiException e) {
      throw new ClusterException(0, "", Duration.ZERO, call.doing() + ": " + e.getMessage(), e);
    }
  }

  private ClusterException unanswered(Call call, Exception e) {
    if (e instanceof ClusterException already) {
      return already;
    }
    count(call, 0);
    String why = e.getMessage() == null ? e.getClass().getSimpleName() : e.getMessage();
    return new ClusterException(0, "", Duration.ZERO, call.doing() + ": no answer: " + why, e);
  }

  private static ClusterException refused(Call call, Response response) {
    String reason = "";
    String message = "";
    try {
      byte[] body = response.body().byteStream().readNBytes((int) ERROR_BODY);
      JsonNode status = Json.MAPPER.readTree(body);
      if (status != null && status.isObject()) {
        reason = status.path("reason").asText("");
        message = status.path("message").asText("");
      }
    } catch (IOException e) {
      // A proxy answers in HTML; the status says enough.
    }
    return refused(
        call.doing(), response.code(), reason, message, retryAfter(response.header("Retry-After")));
  }

  static ClusterException refused(
      String doing, int code, String reason, String message, Duration retryAfter) {
    String sentence =
        doing + ": " + code + " " + phrase(code) + (message.isEmpty() ? "" : ": " + message);
    return new ClusterException(code, reason, retryAfter, sentence, null);
  }

  private static String phrase(int code) {
    return switch (code) {
      case 400 -> "Bad Request";
      case 401 -> "Unauthorized";
      case 403 -> "Forbidden";
      case 404 -> "Not Found";
      case 409 -> "Conflict";
      case 410 -> "Gone";
      case 415 -> "Unsupported Media Type";
      case 422 -> "Invalid";
      case 429 -> "Too Many Requests";
      case 500 -> "Internal Server Error";
      case 503 -> "Service Unavailable";
      case 504 -> "Gateway Timeout";
      default -> "";
    };
  }

  /** Only seconds: the API server never sends a date here. */
  static Duration retryAfter(@Nullable String header) {
    if (header == null
        || header.isEmpty()
        || header.length() > 6
        || !header.chars().allMatch(c -> c >= '0' && c <= '9')) {
      return Duration.ZERO;
    }
    return Duration.ofSeconds(Integer.parseInt(header));
  }

  private void count(Call call, int status) {
    metrics
        .requests
        .labelValues(
            call.verb().toLowerCase(Locale.ROOT),
            call.resource().plural(),
            Integer.toString(status))
        .inc();
  }
}
