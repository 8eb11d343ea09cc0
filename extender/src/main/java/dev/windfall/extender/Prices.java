package dev.windfall.extender;

import dev.windfall.market.MachineCost;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the offers of an index cost by one book. There are far fewer offers than nodes, so a call
 * finds by two array accesses what a node costs.
 */
final class Prices {
  private static final Prices NONE = new Prices(PriceBook.empty(), List.of());

  private final PriceBook book;

  /** Of the index, the very list. */
  private final List<OfferKey> offers;

  private final @Nullable MachineCost[] costs;

  private Prices(PriceBook book, List<OfferKey> offers) {
    this.book = book;
    this.offers = offers;
    costs =
        offers.stream()
            .map(offer -> book.machineCost(offer).orElse(null))
            .toArray(MachineCost[]::new);
  }

  static Prices none() {
    return NONE;
  }

  /** These, or others where book or nodes are others. */
  @SuppressWarnings("ReferenceEquality") // the same list, not an equal one
  Prices at(PriceBook newest, NodeIndex nodes) {
    return newest == book && nodes.offers() == offers ? this : new Prices(newest, nodes.offers());
  }

  /**
   * What an offer costs; null when the book does not have it.
   *
   * @param offer its number in the index; -1: not known
   */
  @Nullable MachineCost cost(int offer) {
    return offer < 0 ? null : costs[offer];
  }
}
