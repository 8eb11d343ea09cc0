package dev.windfall.market;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * Whether it pays to begin the work of a machine anew on others, USD over its remaining life.
 *
 * @param stay what it comes to where it is
 * @param go the same elsewhere: with the work that is lost, the start of the machines, and the one
 *     that is left until it goes
 */
public record Replacement(double stay, double go) {
  /** A smaller part of {@link #stay} is noise: of prices, and of what is expected to be lost. */
  private static final double MARGIN = 0.2;

  /** Nobody's work is ended for less. */
  private static final double LEAST_USD = 0.05;

  /**
   * The work of one machine.
   *
   * @param remaining how long it has still to run
   * @param lost how much of it is done again after an interruption, this one among them
   */
  public record Work(Duration remaining, Duration lost) {}

  /**
   * Compares.
   *
   * @param now what the machine was rented as
   * @param others the machines that would be bought instead, one or more
   * @param idle how long the machine is paid for once it is empty
   * @param maxQuoteAge the age from which a price does not count
   * @return empty while one of the prices is not known, or too old
   */
  public static Optional<Replacement> of(
      OfferKey now,
      List<OfferKey> others,
      Work work,
      Duration idle,
      PriceBook book,
      Instant at,
      Duration maxQuoteAge) {
    Optional<MachineCost> current = fresh(now, book, at, maxQuoteAge);
    if (current.isEmpty()) {
      return Optional.empty();
    }
    double lost = Risk.hours(work.lost());
    double stay = current.get().over(1, lost).value() * Risk.hours(work.remaining());
    double there = Risk.hours(work.remaining().plus(work.lost()).plus(Risk.DEFAULT.coldStart()));
    double go = current.get().usdPerHour() * Risk.hours(idle);
    for (OfferKey other : others) {
      Optional<MachineCost> cost = fresh(other, book, at, maxQuoteAge);
      if (cost.isEmpty()) {
        return Optional.empty();
      }
      go += cost.get().over(1, lost).value() * there;
    }
    return Optional.of(new Replacement(stay, go));
  }

  private static Optional<MachineCost> fresh(
      OfferKey key, PriceBook book, Instant at, Duration maxQuoteAge) {
    return book.listing(key)
        .filter(listing -> Rank.age(listing.offer(), at).compareTo(maxQuoteAge) <= 0)
        .map(MachineCost::of);
  }

  /** How much less it comes to elsewhere; negative where it is more. */
  public double saves() {
    return stay - go;
  }

  /** Whether that is enough to end work for. */
  public boolean pays() {
    return saves() >= LEAST_USD && saves() >= MARGIN * stay;
  }
}
