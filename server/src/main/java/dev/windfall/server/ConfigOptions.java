package dev.windfall.server;

import dev.windfall.policies.WindfallConfig;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;

/** The options of a command that goes by the configuration: its file, and each of its keys. */
final class ConfigOptions {
  @Option(
      names = "--config",
      paramLabel = "FILE",
      description = "the configuration; default: windfall.yaml here, if there is one")
  private @Nullable Path config;

  /**
   * The configuration that file, environment and flags come to.
   *
   * @param unmatched what picocli does not know; it gives that to a command only, not to a mixin
   */
  WindfallConfig read(
      CommandLine command, Map<String, String> environment, List<String> unmatched) {
    return Serve.config(Optional.ofNullable(config), environment, flags(command, unmatched));
  }

  /** The flags by dotted path: {@code --key=value} or {@code --key value}. */
  private static Map<String, String> flags(CommandLine command, List<String> unmatched) {
    Map<String, String> flags = new LinkedHashMap<>();
    for (int i = 0; i < unmatched.size(); i++) {
      String word = unmatched.get(i);
      if (!word.startsWith("--")) {
        throw new ParameterException(
            command, "unexpected argument \"" + word + "\"; flags begin with --");
      }
      int equals = word.indexOf('=');
      if (equals > 0) {
        flags.put(word.substring(2, equals), word.substring(equals + 1));
      } else if (i + 1 < unmatched.size() && !unmatched.get(i + 1).startsWith("--")) {
        i++;
        flags.put(word.substring(2), unmatched.get(i));
      } else {
        throw new ParameterException(command, "flag \"" + word + "\" needs a value");
      }
    }
    return flags;
  }
}
