package dev.windfall.market;

import dev.windfall.policies.Bounds;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Request;
import dev.windfall.policies.SpotPool;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;

/**
 * What requests come to at one moment. A thousand pods of one job have one wish, so each is looked
 * up once. Safe for use by many threads.
 *
 * <p>The moment is a whole minute, so that whoever asks often can keep one of these for as long: a
 * price counts for up to a minute longer than it should, and a wish costs a look through the book
 * once a minute.
 */
public final class Grants {
  /** So many different wishes are remembered; a book is ranked anew for further ones. */
  private static final int MOST = 1_000;

  private final PriceBook book;
  private final List<SpotPool> pools;
  private final Instant now;
  private final Map<Request, Grant> known = new ConcurrentHashMap<>();
  private final Map<Request, Sieve> sieves = new ConcurrentHashMap<>();
  private final Map<Request, List<Offer>> buyable = new ConcurrentHashMap<>();

  /**
   * Grants of one moment.
   *
   * @param pools what may be bought
   */
  public Grants(PriceBook book, List<SpotPool> pools, Instant now) {
    this.book = book;
    this.pools = List.copyOf(pools);
    this.now = now.truncatedTo(ChronoUnit.MINUTES);
  }

  /** These, or new ones where the moment is another. */
  public Grants at(PriceBook newest, List<SpotPool> buying, Instant time) {
    boolean same =
        newest == book && time.truncatedTo(ChronoUnit.MINUTES).equals(now) && buying.equals(pools);
    return same ? this : new Grants(newest, buying, time);
  }

  public PriceBook book() {
    return book;
  }

  /** What {@code request} comes to. */
  public Grant of(Request request) {
    Grant grant = known.get(request);
    if (grant == null) {
      grant = Grant.of(request, pools, book, now);
      if (known.size() < MOST) {
        known.put(request, grant);
      }
    }
    return grant;
  }

  /**
   * Whether a pod with this wish may be on an offer now, whoever pays for it.
   *
   * <p>Unlike {@link #of} it answers for one offer, also where labels would say all of the wish.
   */
  public boolean admits(Request request, OfferKey offer) {
    Sieve known = sieves.get(request);
    Sieve sieve = known == null ? sieve(request) : known;
    if (known == null && sieves.size() < MOST) {
      sieves.put(request, sieve);
    }
    return book.listing(offer).filter(sieve::admits).isPresent();
  }

  private Sieve sieve(Request request) {
    return Sieve.of(Criteria.of(request, Grant.quoteAge(pools)), now);
  }

  /**
   * The offers that may be bought for this wish now, the cheapest for one such pod first; at most
   * {@value Grant#MAX_OFFERS}.
   */
  public List<Offer> buyable(Request request) {
    List<Offer> found = buyable.get(request);
    if (found == null) {
      Grant.Buyers buyers = Grant.Buyers.of(pools, request, now);
      found =
          Rank.cheapest(
                  Grant.MAX_OFFERS,
                  Criteria.of(request, Grant.quoteAge(pools)),
                  buyers::mayBuy,
                  book.listings(),
                  now)
              .stream()
              .map(Ranking.Ranked::offer)
              .toList();
      if (buyable.size() < MOST) {
        buyable.put(request, found);
      }
    }
    return found;
  }

  /**
   * Whether an offer that a pod names is beyond {@code bounds}, as far as that is known: of one
   * that the market does not have, the capacity counts, by which the value ends.
   *
   * @param value of the label {@code windfall.dev/offer}
   * @param gpus of the pod
   */
  public boolean beyond(Bounds bounds, String value, int gpus) {
    Optional<OfferKey> key = OfferKey.parse(value);
    if (key.isEmpty()) {
      return !bounds.onDemand() && value.endsWith("." + Capacity.ON_DEMAND);
    }
    if (!bounds.onDemand() && key.get().capacity() == Capacity.ON_DEMAND) {
      return true;
    }
    return book.find(key.get()).filter(offer -> beyond(bounds, offer, gpus)).isPresent();
  }

  private static boolean beyond(Bounds bounds, Offer offer, int gpus) {
    int usable = Demand.pod(gpus).usable(offer.gpu().count());
    return (!bounds.providers().isEmpty() && !bounds.providers().contains(offer.provider()))
        || bounds
            .maxPricePerGpu()
            .filter(cap -> !offer.usdPerHour().atMost(cap, usable))
            .isPresent();
  }
}
