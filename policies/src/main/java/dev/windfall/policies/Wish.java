package dev.windfall.policies;

import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * What one voice says about a pod: its annotations, those of its namespace, the defaults of a
 * policy. Each field is empty where it says nothing.
 *
 * @param maxPricePerGpu USD per hour for each GPU the pod uses
 * @param gpuModels exact names such as {@code L4}; an empty list: any
 * @param minGpuMemory of each GPU
 * @param providers as the market names them; an empty list: any
 * @param zones exact names; an empty list: any
 * @param lostWork how much work an interruption throws away
 * @param doNotDisrupt whether Karpenter is told to leave the pod's node
 */
public record Wish(
    Optional<Spot> spot,
    Optional<Usd> maxPricePerGpu,
    Optional<List<String>> gpuModels,
    Optional<Memory> minGpuMemory,
    Optional<List<String>> providers,
    Optional<List<String>> zones,
    Optional<Duration> lostWork,
    Optional<Boolean> doNotDisrupt) {

  /** Says nothing. */
  static final Wish NOTHING =
      new Wish(
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty(),
          Optional.empty());

  /** At most this many names in a list. */
  static final int MOST_NAMES = 50;

  /** Nothing that runs for longer between checkpoints belongs on spot. */
  private static final Duration MOST_LOST_WORK = Duration.ofDays(30);

  static final Shape<Duration> LOST_WORK =
      text -> {
        Duration lost = Shape.DURATION.read(text);
        if (lost.compareTo(MOST_LOST_WORK) > 0) {
          throw new IllegalArgumentException("must be at most 720h");
        }
        return lost;
      };

  /** A comma list, as annotations have it. */
  static final Shape<List<String>> NAMES =
      text -> {
        List<String> names = Shape.commaList(text, Shape.LABEL_VALUE);
        if (names.size() > MOST_NAMES) {
          throw new IllegalArgumentException("must name at most " + MOST_NAMES);
        }
        return names;
      };

  /** Reads the defaults of a policy. */
  static Wish read(Section section) {
    Wish wish =
        new Wish(
            section.value("spot", Shape.oneOf(Spot.values())),
            section.value("maxPricePerGpu", Usd::parse),
            given(section, "gpuModels"),
            section.value("minGpuMemory", Memory::parse),
            given(section, "providers"),
            given(section, "zones"),
            section.value("lostWork", LOST_WORK),
            section.value("doNotDisrupt", Shape.FLAG));
    section.refuseUnknown();
    return wish;
  }

  private static Optional<List<String>> given(Section section, String key) {
    List<String> names = names(section, key);
    return section.has(key) ? Optional.of(names) : Optional.empty();
  }

  /** A list of names; empty when it is absent. */
  static List<String> names(Section section, String key) {
    List<String> names = section.list(key, Shape.LABEL_VALUE);
    if (names.size() > MOST_NAMES) {
      section.reject(key, key + " must name at most " + MOST_NAMES);
    }
    return names;
  }
}
