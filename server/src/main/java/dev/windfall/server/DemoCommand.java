package dev.windfall.server;

import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.KubeClient;
import dev.windfall.kind.demo.Demo;
import dev.windfall.kind.demo.DemoException;
import dev.windfall.policies.WindfallConfig;
import java.io.Console;
import java.net.URI;
import java.nio.file.Path;
import java.util.Map;
import java.util.OptionalInt;
import java.util.concurrent.Callable;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** {@code windfall demo}: the real server in a cluster of make-believe. */
@Command(
    name = "demo",
    sortOptions = false,
    description = {
      "Shows what Windfall does, without a cluster and without a cloud account.",
      "",
      "The server is the real one; the cluster is an API server in this process, in which market,"
          + " Karpenter, scheduler and kubelets are played. kubectl works with it."
    })
final class DemoCommand implements Callable<Integer> {
  private final Map<String, String> environment;

  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @Option(names = "--once", description = "one round, then the end")
  private boolean once;

  @Option(
      names = "--speed",
      paramLabel = "FACTOR",
      defaultValue = "1",
      description = "how fast prices move: 1 (default) is every four seconds")
  private double speed;

  @Option(
      names = "--seed",
      paramLabel = "N",
      defaultValue = "1",
      description = "another market; the same number moves it the same way")
  private long seed;

  @Option(
      names = "--port",
      paramLabel = "PORT",
      description = "of the API server; default: 8001, or another if that is taken")
  private @Nullable Integer port;

  DemoCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() {
    if (!(speed >= Demo.SLOWEST && speed <= Demo.FASTEST)) {
      throw new ParameterException(
          spec.commandLine(),
          "--speed \"%s\" must be between %s and %s".formatted(speed, Demo.SLOWEST, Demo.FASTEST));
    }
    if (port != null && (port < 0 || port > 65535)) {
      throw new ParameterException(
          spec.commandLine(), "--port \"%d\" must be between 0 and 65535".formatted(port));
    }
    OptionalInt chosen = port == null ? OptionalInt.empty() : OptionalInt.of(port);
    Demo demo =
        new Demo(
            new Demo.Settings(once, speed, seed, chosen),
            DemoCommand::start,
            spec.commandLine().getOut(),
            colour(),
            Clocks.SYSTEM.wall());
    Logs.to(
        new WindfallConfig.Log(WindfallConfig.Log.Format.TEXT, WindfallConfig.Log.Level.WARNING),
        System.err);
    CountDownLatch closed = endWithTheProcess();
    try {
      demo.run();
    } catch (InterruptedException e) {
      spec.commandLine().getOut().println("Ended.");
    } catch (DemoException e) {
      throw new FailureException(String.valueOf(e.getMessage()));
    } finally {
      closed.countDown();
    }
    return 0;
  }

  private static Demo.Windfall start(Map<String, String> configuration, URI apiServer)
      throws InterruptedException {
    WindfallConfig config = WindfallConfig.read(Path.of("demo"), "", Map.of(), configuration);
    Server server = new Server(config, Clocks.SYSTEM);
    server.start(metrics -> KubeClient.at(apiServer, metrics));
    return new Demo.Windfall(
        local(server, Wiring.Port.SCHEDULER), local(server, Wiring.Port.MANAGEMENT), server::close);
  }

  private static URI local(Server server, Wiring.Port port) {
    return URI.create("http://127.0.0.1:" + server.ports().getOrDefault(port, 0));
  }

  /** Where somebody looks at a terminal, unless they asked for none (https://no-color.org). */
  @SuppressWarnings("SystemConsoleNull") // its contract still allows null
  private boolean colour() {
    Console console = System.console();
    return console != null
        && console.isTerminal()
        && environment.getOrDefault("NO_COLOR", "").isEmpty()
        && !environment.getOrDefault("TERM", "dumb").equals("dumb");
  }

  /**
   * Interrupts this thread when the process is asked to end, and holds the end up until it has
   * closed what it opened.
   *
   * @return to be counted down then
   */
  private static CountDownLatch endWithTheProcess() {
    Thread running = Thread.currentThread();
    CountDownLatch closed = new CountDownLatch(1);
    Runnable end =
        () -> {
          running.interrupt();
          try {
            closed.await();
          } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
          }
        };
    Runtime.getRuntime().addShutdownHook(Thread.ofPlatform().name("shutdown").unstarted(end));
    return closed;
  }
}
