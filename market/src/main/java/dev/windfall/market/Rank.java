package dev.windfall.market;

import static java.util.Comparator.comparing;

import dev.windfall.market.Ranking.Ranked;
import dev.windfall.market.Ranking.Refused;
import java.time.Duration;
import java.time.Instant;
import java.util.AbstractList;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.PriorityQueue;
import java.util.RandomAccess;
import java.util.function.Predicate;

/**
 * Puts offers in order. Pure and without memory: the same criteria, book and time give the same
 * ranking anywhere.
 *
 * <p>The order is by index, then placement score with the higher first, then price per hour, type
 * name and zone. The index is the price over the GPUs that would be used, and what interruptions
 * are expected to throw away; where nothing is known of those, the order is by price.
 */
public final class Rank {
  static final Comparator<Ranked> ORDER =
      comparing(Ranked::index).thenComparing(Ranked::offer, PriceBook.AT_ONE_INDEX);

  private Rank() {}

  /**
   * Ranks a book.
   *
   * <p>A book may have 100,000 offers, so nothing is compared that a number can say: the book knows
   * each offer's place among offers of one index, and what is sorted are numbers whose high bits
   * are those of the index, and whose low bits are the place.
   */
  public static Ranking rank(Criteria criteria, PriceBook book, Instant now) {
    Listing[] listings = book.listings();
    List<Rule> rules = Rule.forBuying(criteria);
    List<Refused> refused = new ArrayList<>();
    double[] values = new double[listings.length];
    long[] keys = new long[listings.length];
    int bits = Math.max(1, Long.SIZE - Long.numberOfLeadingZeros(listings.length));
    int admitted = 0;
    for (Listing listing : listings) {
      Rule against = Rule.first(rules, criteria, listing, now);
      if (against != null) {
        PassedOver passed = listing.passedOver();
        String why = passed == null ? "" : passed.why();
        refused.add(new Refused(listing.offer(), criteria, against, why));
      } else {
        double value = index(criteria, listing).value();
        values[listing.place()] = value;
        // Of numbers that are not negative, the bits are in the same order as the numbers.
        keys[admitted++] = (Double.doubleToRawLongBits(value) >>> bits << bits) | listing.place();
      }
    }
    Arrays.sort(keys, 0, admitted);
    long place = (1L << bits) - 1;
    int[] order = new int[admitted];
    for (int i = 0; i < admitted; i++) {
      settle(keys, i, place, values);
    }
    for (int i = 0; i < admitted; i++) {
      order[i] = (int) (keys[i] & place);
    }
    return new Ranking(
        book.version(),
        new InOrder(criteria, book.byPlace(), order, now),
        Collections.unmodifiableList(refused));
  }

  /**
   * An order, of which each element is made when it is asked for: most who rank a large book look
   * at the first few.
   */
  private static final class InOrder extends AbstractList<Ranked> implements RandomAccess {
    private final Criteria criteria;
    private final Listing[] byPlace;
    private final int[] order;
    private final Instant now;

    InOrder(Criteria criteria, Listing[] byPlace, int[] order, Instant now) {
      this.criteria = criteria;
      this.byPlace = byPlace;
      this.order = order;
      this.now = now;
    }

    @Override
    public Ranked get(int index) {
      return ranked(criteria, byPlace[order[index]], now);
    }

    @Override
    public int size() {
      return order.length;
    }
  }

  /** Puts right what only the low bits of an index tell apart, which are cut off. */
  private static void settle(long[] keys, int from, long place, double[] values) {
    long key = keys[from];
    double value = values[(int) (key & place)];
    int at = from;
    while (at > 0
        && (keys[at - 1] & ~place) == (key & ~place)
        && values[(int) (keys[at - 1] & place)] > value) {
      keys[at] = keys[at - 1];
      at--;
    }
    keys[at] = key;
  }

  /**
   * The first {@code most} of what {@link #rank} would rank and {@code also} allows, which is asked
   * only of offers that would be among them.
   *
   * @param listings of a book: all of them, or some
   */
  static List<Ranked> cheapest(
      int most, Criteria criteria, Predicate<Listing> also, Listing[] listings, Instant now) {
    Sieve sieve = Sieve.of(criteria, now);
    PriorityQueue<Ranked> best = new PriorityQueue<>(ORDER.reversed());
    for (Listing listing : listings) {
      boolean full = best.size() == most;
      // The index is the quickest to ask, and speaks against most.
      if (full && index(criteria, listing).compareTo(best.element().index()) > 0) {
        continue;
      }
      if (sieve.admits(listing)
          && (!full || ORDER.compare(ranked(criteria, listing, now), best.element()) < 0)
          && also.test(listing)) {
        best.add(ranked(criteria, listing, now));
        if (full) {
          best.remove();
        }
      }
    }
    return best.stream().sorted(ORDER).toList();
  }

  private static Ranked ranked(Criteria criteria, Listing listing, Instant now) {
    int usable = criteria.demand().usable(listing.gpus());
    return new Ranked(listing.offer(), listing.outlook(), index(criteria, listing), usable, now);
  }

  private static Index index(Criteria criteria, Listing listing) {
    int usable = criteria.demand().usable(listing.gpus());
    return listing.outlook().index(listing.micros(), usable, criteria.lostWork());
  }

  /** How old the price is; zero when its source vouches for it, or is ahead of {@code now}. */
  static Duration age(Offer offer, Instant now) {
    Duration age = offer.observedAt().map(at -> Duration.between(at, now)).orElse(Duration.ZERO);
    return age.isNegative() ? Duration.ZERO : age;
  }
}
