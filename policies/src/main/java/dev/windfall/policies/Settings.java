package dev.windfall.policies;

import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeSet;

/**
 * Flags above environment variables. It remembers what was asked for, so that a mistyped flag can
 * be refused.
 */
final class Settings implements Overrides {
  private final Map<String, String> environment;
  private final Map<String, String> flags;
  private final TreeSet<String> asked = new TreeSet<>();

  Settings(Map<String, String> environment, Map<String, String> flags) {
    this.environment = environment;
    this.flags = flags;
  }

  @Override
  public Optional<Stated> of(String path) {
    asked.add(path);
    String flag = flags.get(path);
    if (flag != null) {
      return Optional.of(new Stated("--" + path, flag));
    }
    String variable = "WINDFALL_" + path.toUpperCase(Locale.ROOT).replace('.', '_');
    return Optional.ofNullable(environment.get(variable))
        .filter(text -> !fromServiceLink(text))
        .map(text -> new Stated(variable, text));
  }

  /**
   * Kubernetes gives every pod a variable WINDFALL_SCHEDULER_PORT=tcp://10.0.0.7:8888 when a
   * Service windfall-scheduler stands in its namespace. That is nobody's setting.
   */
  private static boolean fromServiceLink(String text) {
    return text.startsWith("tcp://") || text.startsWith("udp://");
  }

  void refuseUnknownFlags(Section document) {
    for (String flag : flags.keySet()) {
      if (!asked.contains(flag)) {
        document.refuse("flag \"--" + flag + "\" is unknown" + Nearest.suggestion(flag, asked));
      }
    }
  }
}
