package dev.windfall.server;

import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.KubeClient;
import dev.windfall.policies.UnreadableException;
import dev.windfall.policies.WindfallConfig;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;

/**
 * What {@code windfall serve} does, and a way to it without picocli. Picocli's class files are too
 * old for an ahead-of-time cache, and whoever uses one of them has every jar opened that stands
 * before it: a server would be ready later by the time that takes.
 */
final class Serve {
  private static final Path DEFAULT_FILE = Path.of("windfall.yaml");

  private Serve() {}

  /**
   * The configuration that plain words say: {@code serve}, and then {@code --key=value} each. Empty
   * for all other words, and for those that something is wrong with: they are picocli's to read,
   * and to explain.
   */
  static Optional<WindfallConfig> plain(String[] words, Map<String, String> environment) {
    if (words.length == 0 || !words[0].equals("serve")) {
      return Optional.empty();
    }
    Map<String, String> flags = new LinkedHashMap<>();
    for (String word : Arrays.asList(words).subList(1, words.length)) {
      int equals = word.indexOf('=');
      boolean flag = word.startsWith("--") && equals > 2;
      if (!flag || flags.put(word.substring(2, equals), word.substring(equals + 1)) != null) {
        return Optional.empty();
      }
    }
    String file = flags.remove("config");
    if (flags.containsKey("help") || "".equals(file)) {
      return Optional.empty();
    }
    try {
      return Optional.of(config(Optional.ofNullable(file).map(Path::of), environment, flags));
    } catch (FailureException e) {
      return Optional.empty();
    }
  }

  /**
   * The configuration that file, environment and flags come to.
   *
   * @param named empty: the file of the usual name, if there is one
   */
  static WindfallConfig config(
      Optional<Path> named, Map<String, String> environment, Map<String, String> flags) {
    Path file = named.orElse(DEFAULT_FILE);
    String text = named.isEmpty() && !Files.exists(file) ? "" : DocumentFiles.required(file);
    try {
      return WindfallConfig.read(file, text, environment, flags);
    } catch (UnreadableException e) {
      throw FailureException.usage(String.valueOf(e.getMessage()));
    }
  }

  /** Starts the server, and returns when it has closed. */
  static void run(WindfallConfig config, PrintStream log) throws InterruptedException {
    Logs.to(config.log(), log);
    Thread.setDefaultUncaughtExceptionHandler(
        new LastWords(() -> Runtime.getRuntime().halt(Windfall.FAILURE)));
    OldGeneration.lookAfter();
    Server server = new Server(config, Clocks.SYSTEM);
    server.start(metrics -> KubeClient.connect(config.cluster().kubeconfig(), metrics));
    server.closeWhenTheProcessEnds();
    server.awaitClosed();
  }
}
