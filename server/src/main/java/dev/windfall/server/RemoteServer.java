package dev.windfall.server;

import java.io.IOException;
import java.net.ConnectException;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.http.HttpClient;
import java.net.http.HttpConnectTimeoutException;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.time.DateTimeException;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeFormatter;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.jspecify.annotations.Nullable;

/** A running server as a command asks it: over HTTP, within bounds of time and memory. */
record RemoteServer(URI uri) {
  private static final Duration CONNECT = Duration.ofSeconds(5);
  private static final Duration PATIENCE = Duration.ofSeconds(15);

  /** Some hundred bytes for each of more nodes than any table shows. */
  private static final int MOST_BYTES = 32 << 20;

  /**
   * What it answered.
   *
   * @param at its own time; empty when it did not say
   */
  record Answer(int status, String body, Optional<Instant> at) {}

  /**
   * The server at a URL that a person wrote.
   *
   * @throws IllegalArgumentException when it is none; the message is to follow the URL
   */
  static RemoteServer at(String url) {
    URI uri;
    try {
      uri = new URI(url);
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException("is no URL", e);
    }
    boolean web = "http".equals(uri.getScheme()) || "https".equals(uri.getScheme());
    boolean bare =
        uri.getRawUserInfo() == null
            && uri.getRawQuery() == null
            && uri.getRawFragment() == null
            && (uri.getRawPath() == null || uri.getRawPath().matches("/?"));
    if (!web || uri.getHost() == null || !bare) {
      throw new IllegalArgumentException("must be a URL such as http://127.0.0.1:8888");
    }
    return new RemoteServer(URI.create(url.replaceFirst("/$", "")));
  }

  Answer get(String path) throws IOException, InterruptedException {
    return send(HttpRequest.newBuilder(uri.resolve(path)).GET());
  }

  Answer post(String path, byte[] json) throws IOException, InterruptedException {
    return send(
        HttpRequest.newBuilder(uri.resolve(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofByteArray(json)));
  }

  /** The answer; else an exception whose message names the server and says what is wrong. */
  private Answer send(HttpRequest.Builder request) throws IOException, InterruptedException {
    try (HttpClient http =
        HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(CONNECT)
            .build()) {
      CompletableFuture<HttpResponse<byte[]>> sent =
          http.sendAsync(
              request.build(), BodyHandlers.limiting(BodyHandlers.ofByteArray(), MOST_BYTES));
      try {
        HttpResponse<byte[]> response = sent.get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        return new Answer(
            response.statusCode(),
            new String(response.body(), StandardCharsets.UTF_8),
            response.headers().firstValue("date").flatMap(RemoteServer::instant));
      } catch (ExecutionException e) {
        throw new IOException(uri + " cannot be asked: " + why(e.getCause()), e);
      } catch (TimeoutException e) {
        throw new IOException(
            "%s has not answered within %d s".formatted(uri, PATIENCE.toSeconds()), e);
      } finally {
        http.shutdownNow();
      }
    }
  }

  private static Optional<Instant> instant(String date) {
    try {
      return Optional.of(Instant.from(DateTimeFormatter.RFC_1123_DATE_TIME.parse(date)));
    } catch (DateTimeException e) {
      return Optional.empty();
    }
  }

  private static String why(@Nullable Throwable cause) {
    return switch (cause) {
      case null -> "no answer";
      case HttpConnectTimeoutException _ ->
          "no connection within %d s".formatted(CONNECT.toSeconds());
      case ConnectException refused when refused.getCause() instanceof UnresolvedAddressException ->
          "there is no such host";
      case ConnectException _ -> "nobody listens there";
      default -> Printable.of(String.valueOf(cause.getMessage()), 200);
    };
  }
}
