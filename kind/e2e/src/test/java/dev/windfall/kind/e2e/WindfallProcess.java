package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The server, started by its launcher, with no more rights than it is documented to need. */
final class WindfallProcess {
  private static final HttpClient HTTP = HttpClient.newHttpClient();

  private final Process process;
  private final URI management;
  private final Path log;
  private final Map<String, String> environment;
  private final List<String> arguments;

  private WindfallProcess(
      Process process,
      URI management,
      Path log,
      Map<String, String> environment,
      List<String> arguments) {
    this.process = process;
    this.management = management;
    this.log = log;
    this.environment = environment;
    this.arguments = arguments;
  }

  /** Starts it against the bed and waits until it is ready. */
  static WindfallProcess start(Bed bed) {
    return start(bed, Map.of());
  }

  /**
   * The same, with settings of its own.
   *
   * @param settings environment variables, which go before those of the bed
   */
  static WindfallProcess start(Bed bed, Map<String, String> settings) {
    Map<String, String> environment = new TreeMap<>(bed.environment());
    environment.put("KUBECONFIG", bed.kubeconfigOfWindfall().toString());
    environment.putAll(settings);
    return start(bed.log(), environment, List.of());
  }

  /**
   * Starts it with nothing but its environment and its arguments, and waits until it is ready.
   *
   * @param environment has {@code WINDFALL_MANAGEMENT_PORT}
   */
  static WindfallProcess start(Path log, Map<String, String> environment, List<String> arguments) {
    WindfallProcess windfall = launch(log, environment, arguments);
    try {
      windfall.awaitReady();
    } catch (RuntimeException | AssertionError e) {
      windfall.kill();
      throw e;
    }
    return windfall;
  }

  private static WindfallProcess launch(
      Path log, Map<String, String> environment, List<String> arguments) {
    try {
      List<String> words =
          new ArrayList<>(List.of(Command.root().resolve("windfall").toString(), "serve"));
      words.addAll(arguments);
      ProcessBuilder builder =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()));
      builder.environment().putAll(environment);
      String port = environment.getOrDefault("WINDFALL_MANAGEMENT_PORT", "missing");
      URI management = URI.create("http://127.0.0.1:" + port);
      return new WindfallProcess(builder.start(), management, log, environment, arguments);
    } catch (IOException e) {
      throw new AssertionError("starting Windfall", e);
    }
  }

  /** Starts the same anew when this one has ended. Does not wait until it is ready. */
  WindfallProcess again() {
    return launch(log, environment, arguments);
  }

  void awaitReady() {
    await("Windfall is ready")
        .atMost(Duration.ofMinutes(4))
        .pollInterval(Duration.ofMillis(200))
        .failFast(() -> {
          if (!process.isAlive()) {
            throw new AssertionError("Windfall ended:\n" + log());
          }
        })
        .ignoreExceptions()
        .until(() -> fetch("/readyz").statusCode() == 200);
  }

  private String log() {
    try {
      List<String> lines = Files.readAllLines(log);
      return String.join("\n", lines.subList(Math.max(0, lines.size() - 40), lines.size()));
    } catch (IOException e) {
      return e.toString();
    }
  }

  boolean alive() {
    return process.isAlive();
  }

  /** Whether it says so now. */
  boolean ready() {
    try {
      return process.isAlive() && fetch("/readyz").statusCode() == 200;
    } catch (UncheckedIOException e) {
      return false;
    }
  }

  boolean leads() {
    return metric("windfall_leader") == 1;
  }

  /** The sum of a metric over all its labels; zero when it is not there yet. */
  double metric(String name) {
    return lines(name).mapToDouble(WindfallProcess::value).sum();
  }

  /** The sum of a metric over those of its labels that have this value; NaN when there are none. */
  double metric(String name, String label) {
    return lines(name)
        .filter(line -> line.contains("=\"" + label + "\""))
        .mapToDouble(WindfallProcess::value)
        .reduce(Double::sum)
        .orElse(Double.NaN);
  }

  /** How often it asked the API server to change something other than a Lease. */
  double writesButOfLeases() {
    return writes()
        .filter(line -> !line.contains("resource=\"leases\""))
        .mapToDouble(WindfallProcess::value)
        .sum();
  }

  /** The same of one resource, such as {@code nodepools}. */
  double writesOf(String resource) {
    return writes()
        .filter(line -> line.contains("resource=\"" + resource + "\""))
        .mapToDouble(WindfallProcess::value)
        .sum();
  }

  private Stream<String> writes() {
    return lines("windfall_kubernetes_requests_total")
        .filter(line -> !line.matches(".*verb=\"(get|list|watch)\".*"));
  }

  /** What it asked the API server for, as {@code list pods}. */
  Set<String> asked() {
    Pattern labels = Pattern.compile("[{].*resource=\"(.*?)\".*verb=\"(.*?)\".*");
    return lines("windfall_kubernetes_requests_total")
        .map(line -> labels.matcher(line.substring(line.indexOf('{'))))
        .filter(Matcher::matches)
        .map(match -> match.group(2) + " " + match.group(1))
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private Stream<String> lines(String metric) {
    return fetch("/metrics")
        .body()
        .lines()
        .filter(line -> line.startsWith(metric + " ") || line.startsWith(metric + "{"));
  }

  private static double value(String line) {
    return Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1));
  }

  /** SIGKILL. */
  void kill() {
    process.destroyForcibly();
    awaitEnd();
  }

  /** SIGTERM, as on a roll-out. */
  void stop() {
    process.destroy();
    awaitEnd();
  }

  private void awaitEnd() {
    try {
      if (!process.waitFor(40, TimeUnit.SECONDS)) {
        throw new AssertionError("Windfall did not end:\n" + log());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }

  private HttpResponse<String> fetch(String path) {
    try {
      HttpRequest request =
          HttpRequest.newBuilder(management.resolve(path)).timeout(Duration.ofSeconds(5)).build();
      return HTTP.send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
