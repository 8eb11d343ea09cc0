package dev.windfall.policies;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/** Reads the wish that the annotations of a pod or namespace say. */
final class Annotations {
  /** What the wish for spot is called without its prefix. */
  static final String SPOT = bare(Keys.SPOT);

  /** What the cap is called without its prefix. */
  static final String CAP = bare(Keys.MAX_PRICE_PER_GPU);

  /** How long a pod runs in all, if it says so and so that it can be read. */
  static Optional<Duration> restartable(Map<String, String> annotations) {
    try {
      return Optional.ofNullable(annotations.get(Keys.RESTARTABLE)).map(Restart.RUNS::read);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }

  /** What a person may write. */
  static final Set<String> WISHES =
      Set.of(
          Keys.SPOT,
          Keys.MAX_PRICE_PER_GPU,
          Keys.GPU_MODELS,
          Keys.MIN_GPU_MEMORY,
          Keys.PROVIDERS,
          Keys.ZONES,
          Keys.LOST_WORK,
          Keys.RESTARTABLE,
          Keys.DO_NOT_DISRUPT);

  /** How many characters of a value that cannot be parsed are repeated. */
  private static final int SHOWN = 40;

  private final Map<String, String> annotations;
  private final String of;
  private final List<String> unreadable = new ArrayList<>();
  private final Wish wish;

  /**
   * Reads them.
   *
   * @param of what comes before their names in a warning: empty for the pod's own, {@code namespace
   *     "a": }
   */
  Annotations(Map<String, String> annotations, String of) {
    this.annotations = annotations;
    this.of = of;
    wish =
        new Wish(
            read(Keys.SPOT, Spot::parse),
            read(Keys.MAX_PRICE_PER_GPU, Usd::parse),
            read(Keys.GPU_MODELS, Wish.NAMES),
            read(Keys.MIN_GPU_MEMORY, Memory::parse),
            read(Keys.PROVIDERS, Wish.NAMES),
            read(Keys.ZONES, Wish.NAMES),
            read(Keys.LOST_WORK, Wish.LOST_WORK),
            read(Keys.DO_NOT_DISRUPT, Shape.FLAG));
    if (of.isEmpty()) {
      // It is no wish: nodes and not offers depend on it. But who writes it wrong is told so.
      var _ = read(Keys.RESTARTABLE, Restart.RUNS);
    }
  }

  Wish wish() {
    return wish;
  }

  /** A sentence for each that nobody knows. */
  List<String> unknown() {
    return annotations.keySet().stream()
        .filter(key -> !isKnown(key))
        .sorted()
        .map(key -> of + "annotation \"" + key + "\" " + whyNot(key))
        .toList();
  }

  private boolean isKnown(String key) {
    return key.equals(Keys.DECISION) || (WISHES.contains(key) && !isOfPodsOnly(key));
  }

  private boolean isOfPodsOnly(String key) {
    return key.equals(Keys.RESTARTABLE) && !of.isEmpty();
  }

  private String whyNot(String key) {
    return isOfPodsOnly(key)
        ? "has no effect there; each pod says it for itself"
        : "is unknown and has no effect" + Nearest.suggestion(key, WISHES);
  }

  /** The beginning of a sentence for each whose value cannot be read. */
  List<String> unreadable() {
    return unreadable;
  }

  /** An annotation's name without its prefix. */
  static String bare(String key) {
    return key.substring(Keys.PREFIX.length());
  }

  private <T> Optional<T> read(String key, Shape<T> shape) {
    String text = annotations.get(key);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(shape.read(text));
    } catch (IllegalArgumentException e) {
      unreadable.add(of + key + " \"" + shown(text) + "\" " + e.getMessage());
      return Optional.empty();
    }
  }

  /** The beginning of a long text. Half a surrogate pair would make the warning unwritable. */
  private static String shown(String text) {
    return text.codePointCount(0, text.length()) > SHOWN
        ? text.substring(0, text.offsetByCodePoints(0, SHOWN)) + "…"
        : text;
  }
}
