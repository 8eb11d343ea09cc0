package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** A kube-scheduler beside the bed's own processes. */
final class SchedulerProcess {
  private final Bed bed;
  private final Process process;
  private final int port;
  private final Path log;

  private SchedulerProcess(Bed bed, Process process, int port, Path log) {
    this.bed = bed;
    this.process = process;
    this.port = port;
    this.log = log;
  }

  /**
   * Starts it, and waits until it says that it is ready.
   *
   * @param name of its files in the bed
   * @param configuration its KubeSchedulerConfiguration
   * @param kubeconfig whose rights it has
   */
  static SchedulerProcess start(Bed bed, String name, String configuration, Path kubeconfig) {
    try {
      int port = Bed.freePort();
      Path file = Files.writeString(bed.directory().resolve(name + ".yaml"), configuration);
      Path log = bed.log(name);
      // The flags of a static pod of kubeadm, of which the file has to win over some; with no
      // certificate, it signs one for itself.
      List<String> words =
          new ArrayList<>(
              List.of(
                  Command.run(60, Map.of(), "", List.of("kind/program", "kube-scheduler")).strip(),
                  "--config=" + file,
                  "--authentication-kubeconfig=" + kubeconfig,
                  "--authorization-kubeconfig=" + kubeconfig,
                  "--kubeconfig=" + kubeconfig,
                  "--leader-elect=true",
                  "--bind-address=127.0.0.1",
                  "--secure-port=" + port));
      Process process =
          new ProcessBuilder(words)
              .redirectErrorStream(true)
              .redirectOutput(ProcessBuilder.Redirect.appendTo(log.toFile()))
              .start();
      SchedulerProcess scheduler = new SchedulerProcess(bed, process, port, log);
      try {
        scheduler.awaitReady();
      } catch (RuntimeException | AssertionError e) {
        scheduler.stop();
        throw e;
      }
      return scheduler;
    } catch (IOException e) {
      throw new AssertionError("starting a scheduler", e);
    }
  }

  private void awaitReady() {
    await("the scheduler is ready")
        .atMost(Duration.ofSeconds(30))
        .pollInterval(Duration.ofMillis(200))
        .failFast(() -> {
          if (!process.isAlive()) {
            throw new AssertionError("the scheduler ended:\n" + Files.readString(log));
          }
        })
        // It learns whose certificates to trust a moment after it says that it is ready.
        .until(() ->
            bed.attempt("", get("/readyz")).status() == 0
                && bed.attempt("", get("/configz")).status() == 0);
  }

  /** What it runs with, defaults included. */
  JsonNode configuration() {
    return Bed.read(bed.kubectl(get("/configz"))).path("componentconfig");
  }

  /** How long the pods took that it placed, seconds altogether. */
  double secondsOfScheduled() {
    return bed.kubectl(get("/metrics"))
        .lines()
        .filter(line -> line.startsWith("scheduler_scheduling_attempt_duration_seconds_sum"))
        .filter(line -> line.contains("result=\"scheduled\""))
        .mapToDouble(line -> Double.parseDouble(line.substring(line.lastIndexOf(' ') + 1)))
        .sum();
  }

  private String[] get(String path) {
    return new String[] {
      "get", "--raw", path, "--server", "https://127.0.0.1:" + port, "--insecure-skip-tls-verify"
    };
  }

  void stop() {
    process.destroy();
    try {
      if (!process.waitFor(20, TimeUnit.SECONDS)) {
        process.destroyForcibly();
        throw new AssertionError("the scheduler did not end; its log is " + log);
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new AssertionError(e);
    }
  }
}
