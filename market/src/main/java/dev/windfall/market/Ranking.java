package dev.windfall.market;

import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;

/**
 * What rank makes of a book.
 *
 * @param bookVersion which book
 * @param offers from best to worst; not to be changed
 * @param refused by key, each with the first reason that speaks against it; not to be changed
 */
public record Ranking(String bookVersion, List<Ranked> offers, List<Refused> refused) {

  /**
   * An offer that may be used.
   *
   * @param outlook what is expected of it beside its price
   * @param usableGpus over how many GPUs the price is counted
   * @param now when it was ranked
   */
  public record Ranked(Offer offer, Outlook outlook, Index index, int usableGpus, Instant now) {

    /** The age of the quote; zero when its source vouches for it now. */
    public Duration age() {
      return Rank.age(offer, now);
    }

    /** Why it stands where it stands, beside its price over all its GPUs; often nothing. */
    public List<String> reasons() {
      List<String> reasons = new ArrayList<>();
      if (usableGpus < offer.gpu().count()) {
        reasons.add("priced over %d of its %d GPUs".formatted(usableGpus, offer.gpu().count()));
      }
      if (index.expectedLoss() > 0) {
        reasons.add(
            String.format(
                Locale.ROOT, "%.4f expected loss %s", index.expectedLoss(), outlook.because()));
      }
      offer.placementScore().ifPresent(score -> reasons.add("placement score " + score));
      if (offer.basis() instanceof Basis.Listed listed) {
        reasons.add("price from a table of " + listed.asOf());
      }
      return reasons;
    }
  }

  /**
   * An offer that {@code criteria} refuse, and the first rule that speaks against it.
   *
   * @param passedOver why it could last not be had; empty: it could
   */
  public record Refused(Offer offer, Criteria criteria, Rule rule, String passedOver) {

    /** Why, in words a person can act on. */
    public String reason() {
      return forAWhile() ? passedOver : rule.reason(criteria, offer);
    }

    /** Whether nothing speaks against it but that it could last not be had. */
    public boolean forAWhile() {
      return rule == Rule.PASSED_OVER;
    }

    /** Whether only the age of its price speaks against it. */
    public boolean stale() {
      return rule == Rule.AGE;
    }
  }
}
