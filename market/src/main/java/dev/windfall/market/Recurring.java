package dev.windfall.market;

import java.util.List;

/**
 * Of offers that are read again and again, what is as it was in the reading before: while one price
 * book takes the place of another, both are in memory. Belongs to one thread.
 */
public final class Recurring {
  /** Whoever writes offers keeps their order; so many in a row may have gone. */
  private static final int AHEAD = 16;

  private final List<Offer> before;

  /** Where in those of before the next is expected. */
  private int next;

  /**
   * Has seen none yet.
   *
   * @param before what the reading before came to, in its order
   */
  public Recurring(List<Offer> before) {
    this.before = before;
  }

  /** What is kept in the place of {@code offer}, which it equals. */
  public Offer of(Offer offer) {
    for (int i = next; i < Math.min(next + AHEAD, before.size()); i++) {
      Offer known = before.get(i);
      if (known.key().equals(offer.key())) {
        next = i + 1;
        return known.equals(offer) ? known : offer.sharing(known);
      }
    }
    return offer;
  }
}
