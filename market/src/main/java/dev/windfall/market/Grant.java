package dev.windfall.market;

import dev.windfall.market.NodeRequirement.Operator;
import dev.windfall.market.Ranking.Ranked;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Request;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What a request comes to at one moment. */
public sealed interface Grant {
  /** At most this many offers are named in a pod; Karpenter sends no more instance types to EC2. */
  int MAX_OFFERS = 60;

  /** Any rung will do: a toleration is all it takes, and the rungs' weights do the rest. */
  record AnyRung() implements Grant {}

  /**
   * Only some nodes will do.
   *
   * @param requirements all of which hold together
   * @param offers those it was granted, the cheapest first; empty when any of the wished capacity
   *     will do
   */
  record Bound(List<NodeRequirement> requirements, List<Ranked> offers) implements Grant {}

  /**
   * No offer is at or below the cap now, so the pod waits.
   *
   * @param lack what is missing
   * @param nearest the cheapest that would do but for what is missing; empty when there is none
   */
  record NothingFits(Usd cap, Lack lack, Optional<Ranked> nearest) implements Grant {

    /** What the person who waits should know. */
    public String reason() {
      String none = "no offer at or below %s USD/GPU·h; ".formatted(cap);
      return none
          + switch (lack) {
            case PRICE -> "nearest is " + nearest.map(NothingFits::spoken).orElse("unknown");
            case POOL ->
                "no SpotPool may buy one that fits; the market has "
                    + nearest.map(NothingFits::spoken).orElse("none");
            case FRESHNESS -> "the prices of all that fit are too old to count";
            case OFFER -> "the market has none that fits at any price";
          };
    }

    private static String spoken(Ranked ranked) {
      Offer offer = ranked.offer();
      return "%s in %s at %s"
          .formatted(
              offer.key().instanceType(),
              offer.key().zone(),
              offer.usdPerHour().each(ranked.usableGpus()));
    }
  }

  /** Why nothing fits. */
  enum Lack {
    /** There are offers, and all are dearer. */
    PRICE,
    /** There are offers, and no pool may buy one. */
    POOL,
    /** There are offers, and nobody knows what they cost now. */
    FRESHNESS,
    /** There is no offer for such a pod. */
    OFFER
  }

  /**
   * What {@code request} comes to.
   *
   * @param pools what may be bought; with none, whatever the book has is taken to exist already
   */
  static Grant of(Request request, List<SpotPool> pools, PriceBook book, Instant now) {
    if (request.maxPricePerGpu().isPresent()) {
      return capped(request, request.maxPricePerGpu().get(), pools, book, now);
    }
    return switch (request.spot()) {
      case PREFER -> new AnyRung();
      case REQUIRE -> capacity(Operator.IN);
      case NEVER -> capacity(Operator.NOT_IN);
    };
  }

  private static Grant capacity(Operator operator) {
    return new Bound(
        List.of(new NodeRequirement(Keys.CAPACITY_TYPE, operator, List.of(Capacity.SPOT.text()))),
        List.of());
  }

  private static Grant capped(
      Request request, Usd cap, List<SpotPool> pools, PriceBook book, Instant now) {
    Criteria criteria = Criteria.of(request, quoteAge(pools));
    Set<OfferKey> obtainable = obtainable(request, pools, book, now);
    List<Ranked> offers =
        Rank.rank(criteria, book, now).offers().stream()
            .filter(ranked -> obtainable.contains(ranked.offer().key()))
            .limit(MAX_OFFERS)
            .toList();
    if (offers.isEmpty()) {
      return nothingFits(cap, Rank.rank(criteria.withoutCap(), book, now), obtainable);
    }
    // The key of an offer says its capacity, so the wish for spot needs no requirement of its own.
    // Values are sorted so that another order of the same offers is no change of the pod.
    List<String> keys =
        offers.stream().map(ranked -> ranked.offer().key().toString()).sorted().toList();
    return new Bound(List.of(new NodeRequirement(Keys.OFFER, Operator.IN, keys)), offers);
  }

  private static NothingFits nothingFits(Usd cap, Ranking atAnyPrice, Set<OfferKey> obtainable) {
    Optional<Ranked> nearest =
        atAnyPrice.offers().stream()
            .filter(ranked -> obtainable.contains(ranked.offer().key()))
            .findFirst();
    if (nearest.isPresent()) {
      return new NothingFits(cap, Lack.PRICE, nearest);
    }
    if (!atAnyPrice.offers().isEmpty()) {
      return new NothingFits(cap, Lack.POOL, atAnyPrice.offers().stream().findFirst());
    }
    boolean stale = atAnyPrice.refused().stream().anyMatch(Ranking.Refused::stale);
    return new NothingFits(cap, stale ? Lack.FRESHNESS : Lack.OFFER, Optional.empty());
  }

  /** What some pool may buy, and what is there anyway. */
  private static Set<OfferKey> obtainable(
      Request request, List<SpotPool> pools, PriceBook book, Instant now) {
    Set<OfferKey> keys = new HashSet<>();
    for (Offer offer : book.offers()) {
      if (pools.isEmpty() || offer.key().capacity().alreadyPaid()) {
        keys.add(offer.key());
      }
    }
    for (SpotPool pool : pools) {
      Criteria criteria = Criteria.of(pool, Demand.pod(request.gpus()));
      Rank.rank(criteria, book, now).offers().forEach(ranked -> keys.add(ranked.offer().key()));
    }
    return keys;
  }

  private static Duration quoteAge(List<SpotPool> pools) {
    return pools.stream()
        .map(pool -> pool.ranking().maxQuoteAge())
        .max(Comparator.naturalOrder())
        .orElse(Criteria.DEFAULT_QUOTE_AGE);
  }
}
