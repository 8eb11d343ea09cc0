package dev.windfall.kind.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.BufferedReader;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Creates pods with GPUs without a pause, and counts those that were not admitted and patched. */
final class Admissions implements AutoCloseable {
  private static final Duration EVERY = Duration.ofMillis(40);

  /** One in so many is really created; the others are dry runs. */
  private static final int REAL = 100;

  private static final String POD =
      """
      {"apiVersion": "v1", "kind": "Pod",
       "metadata": {"generateName": "load-", "annotations": {"windfall.dev/spot": "prefer"}},
       "spec": {"automountServiceAccountToken": false, "containers": [{"name": "main", "image": "train",
         "resources": {"limits": {"nvidia.com/gpu": "1"}}}]}}
      """;

  private final Process proxy;
  private final URI server;

  /** kubectl would pass on the offer of another protocol, and wait for that. */
  private final HttpClient http =
      HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();

  private final ScheduledExecutorService beats = Executors.newSingleThreadScheduledExecutor();
  private final ExecutorService calls = Executors.newVirtualThreadPerTaskExecutor();
  private final AtomicInteger begun = new AtomicInteger();
  private final AtomicInteger admitted = new AtomicInteger();
  private final Queue<String> failures = new ConcurrentLinkedQueue<>();

  /** Prepares, by way of {@code kubectl proxy}. */
  Admissions(Bed bed) throws IOException {
    proxy = bed.start("proxy", "--port=0");
    BufferedReader out = proxy.inputReader(StandardCharsets.UTF_8);
    String line = String.valueOf(out.readLine());
    Matcher address = Pattern.compile("127\\.0\\.0\\.1:[0-9]+").matcher(line);
    if (!address.find()) {
      throw new AssertionError("kubectl proxy says: " + line);
    }
    server = URI.create("http://" + address.group());
  }

  void begin() {
    var _ =
        beats.scheduleAtFixedRate(
            () -> calls.execute(this::create), 0, EVERY.toMillis(), TimeUnit.MILLISECONDS);
  }

  private void create() {
    int number = begun.getAndIncrement();
    String dry = number % REAL == 0 ? "" : "?dryRun=All";
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(server.resolve("/api/v1/namespaces/default/pods" + dry))
                  .header("Content-Type", "application/json")
                  .timeout(Duration.ofSeconds(20))
                  .POST(BodyPublishers.ofString(POD))
                  .build(),
              BodyHandlers.ofString());
      if (answer.statusCode() == 201 && patched(Bed.read(answer.body()))) {
        admitted.incrementAndGet();
      } else {
        failures.add(Instant.now() + " " + answer.statusCode() + " " + answer.body());
      }
    } catch (IOException e) {
      failures.add(Instant.now() + " " + e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static boolean patched(JsonNode pod) {
    for (JsonNode toleration : pod.at("/spec/tolerations")) {
      if (toleration.path("key").asText().equals("windfall.dev/rung")) {
        return true;
      }
    }
    return false;
  }

  int admitted() {
    return admitted.get();
  }

  /** What went wrong, oldest first. */
  Queue<String> failures() {
    return failures;
  }

  /** Begins no more, and waits for those under way. */
  void end() throws InterruptedException {
    beats.shutdown();
    if (!beats.awaitTermination(30, TimeUnit.SECONDS)) {
      throw new AssertionError("the load does not end");
    }
    calls.close();
  }

  @Override
  public void close() {
    beats.shutdownNow();
    calls.shutdownNow();
    http.close();
    proxy.destroy();
  }
}
