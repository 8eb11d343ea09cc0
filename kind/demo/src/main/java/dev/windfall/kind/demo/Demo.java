package dev.windfall.kind.demo;

import dev.windfall.kind.demo.Page.Ink;
import dev.windfall.kind.local.LocalApiServer;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * Runs the demo: starts the cluster, has Windfall started in it, shows the tour, and goes on until
 * told to end.
 */
public final class Demo {
  /** How often prices move at speed 1. */
  static final Duration MOVE_EVERY = Duration.ofSeconds(4);

  /** Windfall looks at a market file twice a second, and takes one that looks the same twice. */
  public static final double FASTEST = 2.5;

  public static final double SLOWEST = 0.01;

  private static final int API_SERVER_PORT = 8001;
  private static final int MANAGEMENT_PORT = 9090;

  private final Settings settings;
  private final Starter starter;
  private final Page page;
  private final InstantSource clock;

  /**
   * What can be chosen.
   *
   * @param once one round, and then the end
   * @param speed of the market: 1 is a move every four seconds; {@value #SLOWEST} to {@value
   *     #FASTEST}
   * @param seed of the market
   * @param port of the API server; empty: 8001, or another if that is taken
   */
  public record Settings(boolean once, double speed, long seed, OptionalInt port) {}

  /** How Windfall is started. */
  @FunctionalInterface
  public interface Starter {
    /**
     * Starts it as {@code windfall serve} would, and returns when it is ready.
     *
     * @param configuration by key, such as {@code management.port}
     */
    Windfall start(Map<String, String> configuration, URI apiServer) throws InterruptedException;
  }

  /**
   * A Windfall that runs.
   *
   * @param scheduler where the extender listens
   * @param management where health and metrics are
   * @param closing ends it
   */
  public record Windfall(URI scheduler, URI management, Runnable closing) implements AutoCloseable {
    @Override
    public void close() {
      closing.run();
    }
  }

  /**
   * Nothing is started yet.
   *
   * @param colour whether {@code out} is a terminal that shows colours
   */
  public Demo(
      Settings settings, Starter starter, PrintWriter out, boolean colour, InstantSource clock) {
    this.settings = settings;
    this.starter = starter;
    this.page = new Page(out, colour);
    this.clock = clock;
  }

  /**
   * Shows everything once, and then, unless asked for one round, what happens until the thread is
   * interrupted. What was started is ended in any case.
   *
   * @throws DemoException when a port is taken, or when Windfall does not do what it should
   */
  public void run() throws InterruptedException {
    Instant begin = clock.instant();
    page.row(Ink.BOLD, "Windfall demo: no cluster, no cloud account.");
    page.words(
        Ink.PLAIN,
        "Webhook, extender and reconciler are the real ones; market, Karpenter, scheduler and"
            + " kubelets are played.");
    Path directory = temporary();
    try (LocalApiServer server = apiServer();
        HttpClient http = HttpClient.newHttpClient()) {
      Prices prices =
          new Prices(new SampleMarket(settings.seed()), directory.resolve("market.json"));
      Cluster cluster = new Cluster(server, http);
      try (Windfall windfall = starter.start(configuration(directory), server.uri())) {
        cluster.put(Samples.nodeClass());
        var _ = cluster.create("/apis/windfall.dev/v1alpha1/spotpools", Samples.spotPool());
        World world = World.of(cluster, prices, new Extender(windfall.scheduler(), http), clock);
        page.row(
            "Up after %s s. Seed %d; prices move every %s s."
                .formatted(
                    Page.seconds(Duration.between(begin, clock.instant())),
                    settings.seed(),
                    Page.seconds(every())));
        new Tour(world, page).run();
        further(server.uri(), windfall.management());
        if (!settings.once()) {
          new Ticker(world, page, every()).run();
        }
      }
    } finally {
      delete(directory);
    }
  }

  private Duration every() {
    return Duration.ofMillis(Math.round(MOVE_EVERY.toMillis() / settings.speed()));
  }

  private void further(URI apiServer, URI management) {
    page.section(
        "Look further",
        settings.once()
            ? "Without --once the demo goes on until Ctrl-C, and from another terminal:"
            : "The demo goes on until Ctrl-C. From another terminal:");
    page.row("  kubectl --server %s get spotpools,nodepools,nodes,pods".formatted(apiServer));
    page.row("  kubectl --server %s create -f examples/pod.yaml".formatted(apiServer));
    page.row("  kubectl --server %s describe pod sweep".formatted(apiServer));
    page.row("  curl %s".formatted(management.resolve("/metrics")));
    page.row("The next step is kind/up: the real control plane with Karpenter, on this machine.");
    page.blank();
  }

  private static Map<String, String> configuration(Path directory) {
    Map<String, String> keys = new TreeMap<>();
    keys.put("admission.host", "127.0.0.1");
    keys.put("admission.port", "0");
    keys.put("scheduler.host", "127.0.0.1");
    keys.put("scheduler.port", "0");
    keys.put("scheduler.assign", PlayedScheduler.NAME);
    keys.put("management.host", "127.0.0.1");
    keys.put("management.port", Integer.toString(free(MANAGEMENT_PORT) ? MANAGEMENT_PORT : 0));
    keys.put(
        "market.sources",
        "[{type: file, path: \"%s\"}]".formatted(directory.resolve("market.json")));
    return keys;
  }

  private LocalApiServer apiServer() {
    if (settings.port().isPresent()) {
      int port = settings.port().getAsInt();
      if (port != 0 && !free(port)) {
        throw new DemoException(
            "port %d is taken; --port names another, and 0 any that is free".formatted(port));
      }
      return LocalApiServer.start(clock, port);
    }
    return LocalApiServer.start(clock, free(API_SERVER_PORT) ? API_SERVER_PORT : 0);
  }

  private static boolean free(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
      return true;
    } catch (IOException e) {
      return false;
    }
  }

  private static Path temporary() {
    try {
      return Files.createTempDirectory("windfall-demo");
    } catch (IOException e) {
      throw new UncheckedIOException("making a directory for the market file", e);
    }
  }

  private static void delete(Path directory) {
    try (Stream<Path> found = Files.walk(directory)) {
      List<Path> innermostFirst = found.sorted(Comparator.reverseOrder()).toList();
      for (Path path : innermostFirst) {
        Files.deleteIfExists(path);
      }
    } catch (IOException e) {
      throw new UncheckedIOException("removing " + directory, e);
    }
  }
}
