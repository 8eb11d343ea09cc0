package dev.windfall.providers;

import dev.windfall.market.Offer;
import java.util.List;
import java.util.Set;

/**
 * What a source says.
 *
 * @param offers at least one
 * @param leftOut what was wrong with single offers, a sentence each
 * @param troubles what could not be asked, while the rest was, a sentence each
 * @param denied the rights that Windfall was told it lacks, such as {@code pricing:GetProducts};
 *     each is in the troubles too
 */
public record Quotes(
    List<Offer> offers, List<String> leftOut, List<String> troubles, Set<String> denied) {
  public Quotes {
    offers = List.copyOf(offers);
    leftOut = List.copyOf(leftOut);
    troubles = List.copyOf(troubles);
    denied = Set.copyOf(denied);
  }

  /** Of a source that takes no rights. */
  public Quotes(List<Offer> offers, List<String> leftOut, List<String> troubles) {
    this(offers, leftOut, troubles, Set.of());
  }

  /** Of a source that is asked all at once, or not at all. */
  public Quotes(List<Offer> offers, List<String> leftOut) {
    this(offers, leftOut, List.of());
  }
}
