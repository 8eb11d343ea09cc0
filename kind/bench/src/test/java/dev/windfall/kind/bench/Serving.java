package dev.windfall.kind.bench;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** {@code windfall serve} as a process of its own, by the launcher, on free ports. */
final class Serving implements AutoCloseable {
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  private final HttpClient http = HttpClient.newHttpClient();
  private final Process process;
  private final Path log;
  private final long began = System.nanoTime();

  /** What the kernel says of the process's memory, in MiB. */
  record Memory(double resident, double peak) {}

  private Serving(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts it, and does not wait. */
  static Serving start(
      Bed bed, String roles, String sources, Path log, Map<String, String> environment)
      throws IOException {
    List<String> command =
        new ArrayList<>(
            List.of(
                Path.of(root().toString(), "windfall").toString(),
                "serve",
                "--roles=" + roles,
                "--cluster.kubeconfig=" + bed.kubeconfig(),
                "--market.sources=" + sources));
    for (String port : List.of("admission", "scheduler", "management")) {
      command.add("--" + port + ".host=127.0.0.1");
      command.add("--" + port + ".port=0");
    }
    ProcessBuilder builder =
        new ProcessBuilder(command).redirectErrorStream(true).redirectOutput(log.toFile());
    // Nobody's cloud shall be asked with somebody's credentials.
    builder.environment().put("AWS_EC2_METADATA_DISABLED", "true");
    builder.environment().put("AWS_ACCESS_KEY_ID", "nobody");
    builder.environment().put("AWS_SECRET_ACCESS_KEY", "nobody's");
    builder.environment().putAll(environment);
    return new Serving(builder.start(), log);
  }

  static Path root() {
    Path root = Path.of("").toAbsolutePath();
    while (!Files.exists(root.resolve("mvnw"))) {
      root = root.getParent();
    }
    return root;
  }

  /** Waits until it says that it is ready, and returns how long that took from its start. */
  Duration awaitReady() throws IOException, InterruptedException {
    URI ready = address("management").resolve("/readyz");
    while (get(ready).statusCode() != 200) {
      pause();
    }
    return Duration.ofNanos(System.nanoTime() - began);
  }

  /** Where one of its ports is, once it says so in its log. */
  URI address(String port) throws IOException, InterruptedException {
    Pattern line = Pattern.compile(port + " listens on 127\\.0\\.0\\.1:([0-9]+)");
    while (true) {
      Matcher found = line.matcher(Files.readString(log));
      if (found.find()) {
        return URI.create("http://127.0.0.1:" + found.group(1));
      }
      pause();
    }
  }

  private void pause() throws IOException, InterruptedException {
    boolean late = System.nanoTime() - began > PATIENCE.toNanos();
    if (late || process.waitFor(20, TimeUnit.MILLISECONDS)) {
      throw new IllegalStateException(
          (late ? "not ready after " + PATIENCE.toSeconds() + " s" : "it ended")
              + "; its log says:\n"
              + Files.readString(log));
    }
  }

  private HttpResponse<String> get(URI uri) throws IOException, InterruptedException {
    return http.send(HttpRequest.newBuilder(uri).build(), BodyHandlers.ofString());
  }

  /** One value of its metrics, by the beginning of its line. */
  double metric(String name) throws IOException, InterruptedException {
    return get(address("management").resolve("/metrics"))
        .body()
        .lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElseThrow(() -> new IllegalStateException("there is no metric " + name));
  }

  /** Asks the extender as a scheduler would, and returns its answer. */
  String prioritize(List<String> nodes) throws IOException, InterruptedException {
    String body =
        """
        {"Pod":{"metadata":{"name":"next","namespace":"team-1"},
        "spec":{"containers":[{"name":"main","image":"train:1",
        "resources":{"limits":{"nvidia.com/gpu":"1"}}}]},"status":{}},
        "Nodes":null,"NodeNames":["%s"]}
        """
            .formatted(String.join("\",\"", nodes));
    HttpResponse<String> answer =
        http.send(
            HttpRequest.newBuilder(address("scheduler").resolve("/scheduler/prioritize"))
                .POST(BodyPublishers.ofString(body))
                .build(),
            BodyHandlers.ofString());
    if (answer.statusCode() != 200) {
      throw new IllegalStateException("prioritize is answered with " + answer.statusCode());
    }
    return answer.body();
  }

  Memory memory() throws IOException {
    String status = Files.readString(Path.of("/proc/" + process.pid() + "/status"));
    return new Memory(mebibytes(status, "VmRSS"), mebibytes(status, "VmHWM"));
  }

  private static double mebibytes(String status, String key) {
    Matcher found = Pattern.compile(key + ":\\s+([0-9]+) kB").matcher(status);
    if (!found.find()) {
      throw new IllegalStateException("/proc says nothing of " + key + "; this needs Linux");
    }
    return Long.parseLong(found.group(1)) / 1024.0;
  }

  long pid() {
    return process.pid();
  }

  String log() throws IOException {
    return Files.readString(log);
  }

  @Override
  public void close() throws IOException {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
    http.close();
  }
}
