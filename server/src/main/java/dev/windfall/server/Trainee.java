package dev.windfall.server;

import dev.windfall.kind.demo.Demo;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.management.ManagementFactory;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
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

/** A {@code windfall serve} that writes an ahead-of-time cache when it ends. */
final class Trainee {
  private static final Duration PATIENCE = Duration.ofMinutes(2);
  private static final Duration LOOK_AGAIN = Duration.ofMillis(50);

  private final Process process;
  private final Path log;
  private final long began = System.nanoTime();

  private Trainee(Process process, Path log) {
    this.process = process;
    this.log = log;
  }

  /** Starts it with the jar and the JVM flags of this process, since the cache is for no others. */
  static Trainee start(Map<String, String> configuration, URI apiServer, Path cache, Path log) {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(flag -> !flag.startsWith("-XX:AOT"))
        .forEach(command::add);
    command.add("-XX:AOTCacheOutput=" + cache);
    command.addAll(List.of("-jar", System.getProperty("java.class.path"), "serve"));
    try {
      Path kubeconfig = log.resolveSibling(log.getFileName() + ".kubeconfig");
      Files.writeString(
          kubeconfig,
          """
          {"apiVersion": "v1", "kind": "Config", "current-context": "here",
           "contexts": [{"name": "here", "context": {"cluster": "here", "user": "here"}}],
           "clusters": [{"name": "here", "cluster": {"server": "%s"}}],
           "users": [{"name": "here", "user": {}}]}
          """
              .formatted(apiServer));
      command.add("--cluster.kubeconfig=" + kubeconfig);
      configuration.forEach((key, value) -> command.add("--" + key + "=" + value));
      return new Trainee(
          new ProcessBuilder(command)
              .redirectErrorStream(true)
              .redirectOutput(log.toFile())
              .start(),
          log);
    } catch (IOException e) {
      throw new UncheckedIOException("starting " + command.getFirst(), e);
    }
  }

  /** Itself as the demo knows it, once it is ready. */
  Demo.Windfall windfall() throws InterruptedException {
    try (HttpClient http = HttpClient.newHttpClient()) {
      URI management = address("management");
      HttpRequest ready = HttpRequest.newBuilder(management.resolve("/readyz")).build();
      while (http.send(ready, BodyHandlers.discarding()).statusCode() != 200) {
        pause();
      }
      return new Demo.Windfall(address("scheduler"), management, this::end);
    } catch (IOException e) {
      throw new UncheckedIOException("asking whether the server is ready", e);
    }
  }

  private URI address(String port) throws IOException, InterruptedException {
    Pattern line = Pattern.compile(port + " listens on (127\\.0\\.0\\.1:[0-9]+)");
    while (true) {
      Matcher found = line.matcher(Files.readString(log));
      if (found.find()) {
        return URI.create("http://" + found.group(1));
      }
      pause();
    }
  }

  private void pause() throws InterruptedException {
    if (process.waitFor(LOOK_AGAIN.toMillis(), TimeUnit.MILLISECONDS)
        || System.nanoTime() - began > PATIENCE.toNanos()) {
      process.destroy();
      throw new FailureException("the server did not become ready; what it said is in " + log);
    }
  }

  /** Asks it to end, and waits while it writes. */
  private void end() {
    process.destroy();
    try {
      if (!process.waitFor(PATIENCE.toNanos(), TimeUnit.NANOSECONDS)) {
        process.destroyForcibly();
      }
    } catch (InterruptedException e) {
      process.destroyForcibly();
      Thread.currentThread().interrupt();
    }
  }
}
