package dev.windfall.providers;

import dev.windfall.market.Offer;
import java.util.List;

/**
 * What a source says.
 *
 * @param offers at least one
 * @param leftOut what was wrong with single offers, a sentence each
 */
public record Quotes(List<Offer> offers, List<String> leftOut) {
  public Quotes {
    offers = List.copyOf(offers);
    leftOut = List.copyOf(leftOut);
  }
}
