package dev.windfall.market;

import dev.windfall.policies.Capacity;
import java.util.Optional;

/**
 * What tells one offer from every other: {@code <zone>.<type>.<capacity>}, a valid value of a
 * Kubernetes label.
 *
 * @param zone without a dot
 * @param instanceType may hold dots
 */
public record OfferKey(String zone, String instanceType, Capacity capacity)
    implements Comparable<OfferKey> {

  /** Takes a label's value apart; empty when it is no key of ours. */
  public static Optional<OfferKey> parse(String text) {
    int first = text.indexOf('.');
    int last = text.lastIndexOf('.');
    if (first <= 0 || last <= first + 1) {
      return Optional.empty();
    }
    return Capacity.of(text.substring(last + 1))
        .map(capacity ->
            new OfferKey(text.substring(0, first), text.substring(first + 1, last), capacity));
  }

  @Override
  public int compareTo(OfferKey other) {
    return toString().compareTo(other.toString());
  }

  @Override
  public String toString() {
    return zone + "." + instanceType + "." + capacity;
  }
}
