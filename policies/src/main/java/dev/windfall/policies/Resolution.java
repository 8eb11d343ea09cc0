package dev.windfall.policies;

import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * What a pod's annotations come to.
 *
 * @param request empty when the pod is none of Windfall's business
 * @param warnings for whoever created the pod, each naming the annotation and its value
 */
public record Resolution(Optional<Request> request, List<String> warnings) {
  private static final Set<String> KNOWN =
      Set.of(Keys.SPOT, Keys.MAX_PRICE_PER_GPU, Keys.LOST_WORK, Keys.DECISION);

  /** Nothing that runs for longer between checkpoints belongs on spot. */
  private static final Duration MOST_LOST_WORK = Duration.ofDays(30);

  private static final Shape<Duration> LOST_WORK =
      text -> {
        Duration lost = Shape.DURATION.read(text);
        if (lost.compareTo(MOST_LOST_WORK) > 0) {
          throw new IllegalArgumentException("must be at most 720h");
        }
        return lost;
      };

  /** How many characters of a value that cannot be parsed are repeated. */
  private static final int SHOWN = 40;

  public Resolution {
    warnings = List.copyOf(warnings);
  }

  /** Resolves a pod. Without the annotation {@code windfall.dev/spot} there is no request. */
  public static Resolution of(Pod pod) {
    if (pod.gpus() == 0) {
      return new Resolution(Optional.empty(), List.of());
    }
    List<String> warnings = new ArrayList<>();
    pod.annotations().keySet().stream()
        .filter(key -> !KNOWN.contains(key))
        .sorted()
        .forEach(key ->
            warnings.add(
                "annotation \""
                    + key
                    + "\" is unknown and has no effect"
                    + Nearest.suggestion(key, KNOWN)));
    Optional<Spot> spot = read(pod.annotations(), Keys.SPOT, Spot::parse, warnings);
    Optional<Usd> cap = read(pod.annotations(), Keys.MAX_PRICE_PER_GPU, Usd::parse, warnings);
    Duration lostWork =
        read(pod.annotations(), Keys.LOST_WORK, LOST_WORK, warnings).orElse(Request.LOST_WORK);
    if (cap.isPresent() && !pod.annotations().containsKey(Keys.SPOT)) {
      warnings.add(Keys.MAX_PRICE_PER_GPU + " has no effect without " + Keys.SPOT);
    }
    if (cap.isPresent() && spot.equals(Optional.of(Spot.NEVER))) {
      warnings.add(
          "%s has no effect with %s \"%s\""
              .formatted(Keys.MAX_PRICE_PER_GPU, Keys.SPOT, pod.annotations().get(Keys.SPOT)));
      cap = Optional.empty();
    }
    Optional<Usd> granted = cap;
    return new Resolution(
        spot.map(wish -> new Request(pod.gpus(), wish, granted, lostWork)), warnings);
  }

  /**
   * How much work of {@code pod} an interruption throws away, whether Windfall admitted it or not.
   */
  public static Duration lostWork(Pod pod) {
    return read(pod.annotations(), Keys.LOST_WORK, LOST_WORK, new ArrayList<>())
        .orElse(Request.LOST_WORK);
  }

  private static <T> Optional<T> read(
      Map<String, String> annotations, String key, Shape<T> shape, List<String> warnings) {
    String text = annotations.get(key);
    if (text == null) {
      return Optional.empty();
    }
    try {
      return Optional.of(shape.read(text));
    } catch (IllegalArgumentException e) {
      warnings.add(key + " \"" + shown(text) + "\" " + e.getMessage() + "; it is ignored");
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
