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

  /** As their texts compare, which a sort of many would otherwise make again and again. */
  @Override
  public int compareTo(OfferKey other) {
    int length = length();
    int otherLength = other.length();
    for (int i = same(zone, other.zone); i < Math.min(length, otherLength); i++) {
      int difference = charAt(i) - other.charAt(i);
      if (difference != 0) {
        return difference;
      }
    }
    return length - otherLength;
  }

  /** How many characters are surely the same: those of a zone that both have. */
  private static int same(String one, String other) {
    return one.equals(other) ? one.length() : 0;
  }

  private int length() {
    return zone.length() + 1 + instanceType.length() + 1 + capacity.text().length();
  }

  private char charAt(int index) {
    int type = index - zone.length() - 1;
    if (type < 0) {
      return type == -1 ? '.' : zone.charAt(index);
    }
    int last = type - instanceType.length() - 1;
    if (last < 0) {
      return last == -1 ? '.' : instanceType.charAt(type);
    }
    return capacity.text().charAt(last);
  }

  @Override
  public String toString() {
    return zone + "." + instanceType + "." + capacity;
  }
}
