package dev.windfall.server;

import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;

/**
 * What one server answered.
 *
 * @param server its URL
 * @param missing why it may not be asked, a sentence each; empty: it may
 * @param trouble why it could not be examined; its samples are none then
 * @param at by its own clock, to which its samples are compared
 */
record Examined(
    String server, List<String> missing, Optional<String> trouble, Samples samples, Instant at) {
  private static final Samples NOTHING = new Samples(List.of());

  Examined {
    missing = List.copyOf(missing);
  }

  /** Asks a server. */
  static Examined of(RemoteServer server, InstantSource clock) throws InterruptedException {
    String name = server.uri().toString();
    try {
      RemoteServer.Answer ready = server.get("/readyz");
      if (ready.status() != 200 && ready.status() != 503) {
        return failed(name, notOurs(name, "/readyz", ready), clock);
      }
      RemoteServer.Answer metrics = server.get("/metrics");
      Samples samples = Samples.read(metrics.body());
      return metrics.status() == 200 && samples.has("windfall_build_info")
          ? new Examined(
              name,
              missing(ready),
              Optional.empty(),
              samples,
              metrics.at().orElseGet(clock::instant))
          : failed(name, notOurs(name, "/metrics", metrics), clock);
    } catch (IOException e) {
      return failed(
          name,
          e.getMessage()
              + "; is the server running? One in a cluster is reached with: kubectl port-forward -n"
              + " windfall-system POD 9090",
          clock);
    } catch (IllegalArgumentException e) {
      return failed(name, name + " has a metric that cannot be read: " + e.getMessage(), clock);
    }
  }

  private static Examined failed(String name, String trouble, InstantSource clock) {
    return new Examined(name, List.of(), Optional.of(trouble), NOTHING, clock.instant());
  }

  private static String notOurs(String name, String path, RemoteServer.Answer answer) {
    return "%s answers %d to %s, but not as Windfall's management port does; scheduler and webhook have others"
        .formatted(name, answer.status(), path);
  }

  private static List<String> missing(RemoteServer.Answer ready) {
    if (ready.status() == 200) {
      return List.of();
    }
    List<String> said =
        ready
            .body()
            .lines()
            .filter(line -> line.startsWith("- "))
            .map(line -> line.substring(2))
            .limit(20)
            .toList();
    return said.isEmpty() ? List.of("it does not say what is missing") : said;
  }

  /** How long ago a time in seconds of the epoch was. */
  Duration since(double epochSecond) {
    Duration age = Duration.between(Instant.ofEpochMilli((long) (epochSecond * 1000)), at);
    return age.isNegative() ? Duration.ZERO : age;
  }

  /** Whether it has the role of an extender. */
  boolean hasExtender() {
    return samples.has("windfall_extender_nodes_known");
  }
}
