package dev.windfall.server;

import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.KubeClient;
import dev.windfall.policies.UnreadableException;
import dev.windfall.policies.WindfallConfig;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;
import picocli.CommandLine.Unmatched;

/** {@code windfall serve}. */
@Command(
    name = "serve",
    sortOptions = false,
    customSynopsis = "windfall serve [--config FILE] [--KEY=VALUE]...",
    description = {
      "Runs the server: webhook, extender and reconciler, in one process or in several.",
      "",
      "Every key of the configuration is also a flag, such as --scheduler.port=8888, and an"
          + " environment variable, such as WINDFALL_SCHEDULER_PORT. A flag stands above a"
          + " variable, a variable above the file."
    },
    footer = {
      "",
      "The keys and their defaults:",
      "  cluster:    {kubeconfig: \"\", namespace: windfall-system, install: true}",
      "  roles:      [webhook, extender, reconciler]",
      "  admission:  {host: 0.0.0.0, port: 8443, service: \"\"}",
      "  scheduler:  {host: 127.0.0.1, port: 8888, assign: \"\"}",
      "  management: {host: 0.0.0.0, port: 9090}",
      "  log:        {format: text, level: info}        # format: text, json; level: error,"
          + " warning, info, debug",
      "  market:     {sources: [{type: file, path: market.yaml}]}   # sources: no default"
    })
final class ServeCommand implements Callable<Integer> {
  private static final Path DEFAULT_FILE = Path.of("windfall.yaml");

  private final Map<String, String> environment;

  @SuppressWarnings("NullAway.Init") // set by picocli
  @Spec
  private CommandSpec spec;

  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "the configuration; default: windfall.yaml here, if there is one")
  private @Nullable Path config;

  @Unmatched private final List<String> unmatched = new ArrayList<>();

  ServeCommand(Map<String, String> environment) {
    this.environment = environment;
  }

  @Override
  public Integer call() throws InterruptedException {
    WindfallConfig read = config();
    Logs.to(read.log(), System.err);
    Thread.setDefaultUncaughtExceptionHandler(
        new LastWords(() -> Runtime.getRuntime().halt(Windfall.FAILURE)));
    Server server = new Server(read, Clocks.SYSTEM);
    server.start(metrics -> KubeClient.connect(read.cluster().kubeconfig(), metrics));
    server.closeWhenTheProcessEnds();
    server.awaitClosed();
    return 0;
  }

  /** The configuration that file, environment and flags come to. */
  WindfallConfig config() {
    Path file = config == null ? DEFAULT_FILE : config;
    String text = config == null && !Files.exists(file) ? "" : RankCommand.text(file);
    try {
      return WindfallConfig.read(file, text, environment, flags());
    } catch (UnreadableException e) {
      throw FailureException.usage(String.valueOf(e.getMessage()));
    }
  }

  /**
   * The flags that picocli does not know, by dotted path: {@code --key=value} or {@code --key
   * value}.
   */
  private Map<String, String> flags() {
    Map<String, String> flags = new LinkedHashMap<>();
    for (int i = 0; i < unmatched.size(); i++) {
      String word = unmatched.get(i);
      if (!word.startsWith("--")) {
        throw new ParameterException(
            spec.commandLine(), "unexpected argument \"" + word + "\"; flags begin with --");
      }
      int equals = word.indexOf('=');
      if (equals > 0) {
        flags.put(word.substring(2, equals), word.substring(equals + 1));
      } else if (i + 1 < unmatched.size() && !unmatched.get(i + 1).startsWith("--")) {
        i++;
        flags.put(word.substring(2), unmatched.get(i));
      } else {
        throw new ParameterException(spec.commandLine(), "flag \"" + word + "\" needs a value");
      }
    }
    return flags;
  }
}
