package dev.windfall.policies;

import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * How far a pod may go, whatever it says.
 *
 * @param maxPricePerGpu USD per hour for each GPU the pod uses
 * @param maxGpusPerPod as the scheduler counts them
 * @param providers as the market names them; empty: any
 * @param onDemand whether a pod may run on demand
 */
public record Bounds(
    Optional<Usd> maxPricePerGpu,
    OptionalInt maxGpusPerPod,
    List<String> providers,
    boolean onDemand) {

  /** No bounds. */
  public static final Bounds NONE =
      new Bounds(Optional.empty(), OptionalInt.empty(), List.of(), true);

  public Bounds {
    providers = List.copyOf(providers);
  }

  static Bounds read(Section section) {
    List<String> providers = Wish.names(section, "providers");
    if (providers.isEmpty() && section.has("providers")) {
      section.reject("providers", "providers must name at least one; leave it out to allow any");
    }
    Bounds bounds =
        new Bounds(
            section.value("maxPricePerGpu", Usd::parse),
            section
                .value("maxGpusPerPod", Shape.integer(0, 1_000_000))
                .map(OptionalInt::of)
                .orElse(OptionalInt.empty()),
            providers,
            section.value("onDemand", Shape.FLAG, true));
    section.refuseUnknown();
    return bounds;
  }

  /** Whether a pod has to be held to some nodes for them, rather than counted only. */
  public boolean holdNodes() {
    return needOffers() || !onDemand;
  }

  /** Whether only the label of an offer says what is within them. */
  public boolean needOffers() {
    return maxPricePerGpu.isPresent() || !providers.isEmpty();
  }

  /**
   * Both at once. Where the two allow no provider in common, those of this one remain.
   *
   * @param other of a policy that comes after
   */
  Bounds and(Bounds other) {
    return new Bounds(
        least(maxPricePerGpu, other.maxPricePerGpu),
        least(maxGpusPerPod, other.maxGpusPerPod),
        common(providers, other.providers).orElse(providers),
        onDemand && other.onDemand);
  }

  private static Optional<Usd> least(Optional<Usd> one, Optional<Usd> other) {
    return one.isPresent() && other.isPresent() && one.get().compareTo(other.get()) > 0
        ? other
        : one.or(() -> other);
  }

  private static OptionalInt least(OptionalInt one, OptionalInt other) {
    if (one.isEmpty() || other.isEmpty()) {
      return one.isPresent() ? one : other;
    }
    return OptionalInt.of(Math.min(one.getAsInt(), other.getAsInt()));
  }

  /**
   * What two lists of names allow, where an empty one allows any.
   *
   * @return empty when they allow nothing in common
   */
  static Optional<List<String>> common(List<String> one, List<String> other) {
    if (one.isEmpty() || other.isEmpty()) {
      return Optional.of(one.isEmpty() ? other : one);
    }
    List<String> both = one.stream().filter(other::contains).toList();
    return both.isEmpty() ? Optional.empty() : Optional.of(both);
  }
}
