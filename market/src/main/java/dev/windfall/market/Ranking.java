package dev.windfall.market;

import java.time.Duration;
import java.util.List;

/**
 * What rank makes of a book.
 *
 * @param bookVersion which book
 * @param offers from best to worst
 * @param refused by key, each with the first reason that speaks against it
 */
public record Ranking(String bookVersion, List<Ranked> offers, List<Refused> refused) {

  /**
   * An offer that may be used.
   *
   * @param usableGpus over how many GPUs the price is counted
   * @param age of the quote; zero when its source vouches for it now
   */
  public record Ranked(Offer offer, Index index, int usableGpus, Duration age) {}

  /** An offer that {@code criteria} refuse, and the first rule that speaks against it. */
  public record Refused(Offer offer, Criteria criteria, Rule rule) {

    /** Why, in words a person can act on. */
    public String reason() {
      return rule.reason(criteria, offer);
    }

    /** Whether only the age of its price speaks against it. */
    public boolean stale() {
      return rule == Rule.AGE;
    }
  }

  public Ranking {
    offers = List.copyOf(offers);
    refused = List.copyOf(refused);
  }
}
