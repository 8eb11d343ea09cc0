package dev.windfall.market;

import java.time.Instant;
import java.util.List;

/** Lets through what criteria admit at one moment, and asks only those rules that may refuse. */
record Sieve(Criteria criteria, List<Rule> rules, Instant now) {
  static Sieve of(Criteria criteria, Instant now) {
    return new Sieve(criteria, Rule.forCriteria(criteria), now);
  }

  /** Whether {@link Rank#rank} would rank it. */
  boolean admits(Listing listing) {
    return Rule.first(rules, criteria, listing, now) == null;
  }
}
