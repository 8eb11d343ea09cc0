package dev.windfall.providers;

import dev.windfall.market.Offer;
import java.util.List;

/**
 * What a source says.
 *
 * @param offers at least one
 * @param leftOut what was wrong with single offers, a sentence each
 * @param troubles what could not be asked, while the rest was, a sentence each
 */
public record Quotes(List<Offer> offers, List<String> leftOut, List<String> troubles) {
  public Quotes {
    offers = List.copyOf(offers);
    leftOut = List.copyOf(leftOut);
    troubles = List.copyOf(troubles);
  }

  /** Of a source that is asked all at once, or not at all. */
  public Quotes(List<Offer> offers, List<String> leftOut) {
    this(offers, leftOut, List.of());
  }
}
