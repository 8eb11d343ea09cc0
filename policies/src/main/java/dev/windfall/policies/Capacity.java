package dev.windfall.policies;

import java.util.List;
import java.util.Optional;

/**
 * How capacity is held: rented at the market's price, rented at the list price, or already paid
 * for.
 */
public enum Capacity {
  SPOT("spot"),
  ON_DEMAND("on-demand"),
  RESERVED("reserved"),
  OWNED("owned");

  private static final List<Capacity> ALL = List.of(values());

  private final String text;

  Capacity(String text) {
    this.text = text;
  }

  /** The value as files and the label {@code karpenter.sh/capacity-type} have it. */
  public String text() {
    return text;
  }

  /**
   * Whether it is there and paid for anyway, so that its price may be zero and no rung is made of
   * it.
   */
  public boolean alreadyPaid() {
    return this == RESERVED || this == OWNED;
  }

  /** The capacity that is written {@code text}, if there is one. */
  public static Optional<Capacity> of(String text) {
    for (Capacity capacity : ALL) {
      if (capacity.text.equals(text)) {
        return Optional.of(capacity);
      }
    }
    return Optional.empty();
  }

  @Override
  public String toString() {
    return text;
  }
}
