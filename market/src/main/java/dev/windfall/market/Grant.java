package dev.windfall.market;

import dev.windfall.market.NodeRequirement.Operator;
import dev.windfall.market.Ranking.Ranked;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Request;
import dev.windfall.policies.SpotPool;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.EnumSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.function.Predicate;
import java.util.stream.Stream;

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
   * @param offers those it was granted, the cheapest first; empty when well-known labels say all of
   *     it
   */
  record Bound(List<NodeRequirement> requirements, List<Ranked> offers) implements Grant {}

  /**
   * No offer is what was wished now, so the pod waits.
   *
   * @param lack what is missing
   * @param nearest the cheapest that would do but for what is missing; empty when there is none
   */
  record NothingFits(Request request, Lack lack, Optional<Ranked> nearest) implements Grant {

    /** What the person who waits should know. */
    public String reason() {
      String none =
          request
              .maxPricePerGpu()
              .map("no offer at or below %s USD/GPU·h; "::formatted)
              .orElse("no offer is as wished; ");
      return none
          + switch (lack) {
            case PRICE -> "nearest is " + nearest.map(NothingFits::spoken).orElse("unknown");
            case POOL ->
                "no SpotPool may buy one that fits; the market has "
                    + nearest.map(NothingFits::spoken).orElse("none");
            case FRESHNESS -> "the prices of all that fit are too old to count";
            case OFFER ->
                request.wishesBesidesCap()
                    ? "the market has none that fits at any price, with " + wished()
                    : "the market has none that fits at any price";
          };
    }

    private String wished() {
      List<String> wished = new ArrayList<>();
      if (!request.gpuModels().isEmpty()) {
        wished.add("model " + either(request.gpuModels()));
      }
      request.minGpuMemory().ifPresent(memory -> wished.add(memory + " a GPU"));
      if (!request.providers().isEmpty()) {
        wished.add("provider " + either(request.providers()));
      }
      if (!request.zones().isEmpty()) {
        wished.add("zone " + either(request.zones()));
      }
      return String.join(", ", wished);
    }

    private static String either(List<String> names) {
      return String.join(" or ", names);
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
   * @param pools what may be bought; with none, nothing fits where offers have to be named
   */
  static Grant of(Request request, List<SpotPool> pools, PriceBook book, Instant now) {
    return request.wantsOffers() ? offers(request, pools, book, now) : byLabels(request);
  }

  /** What well-known labels say of {@code request}: its capacity and its zones. */
  static Grant byLabels(Request request) {
    List<NodeRequirement> requirements = new ArrayList<>();
    capacity(request).ifPresent(requirements::add);
    if (!request.zones().isEmpty()) {
      List<String> zones = request.zones().stream().distinct().sorted().toList();
      requirements.add(new NodeRequirement(Keys.ZONE, Operator.IN, zones));
    }
    return requirements.isEmpty() ? new AnyRung() : new Bound(requirements, List.of());
  }

  /**
   * The capacity that {@code request} allows. Where a bound excludes on-demand nodes, what remains
   * is named: a node without the label may be one.
   */
  private static Optional<NodeRequirement> capacity(Request request) {
    if (!request.onDemand()) {
      return Optional.of(oneOf(request.capacities()));
    }
    List<String> spot = List.of(Capacity.SPOT.text());
    return switch (request.spot()) {
      case PREFER -> Optional.empty();
      case REQUIRE -> Optional.of(new NodeRequirement(Keys.CAPACITY_TYPE, Operator.IN, spot));
      case NEVER -> Optional.of(new NodeRequirement(Keys.CAPACITY_TYPE, Operator.NOT_IN, spot));
    };
  }

  /** What a pod has to require where a bound excludes on-demand nodes. */
  static NodeRequirement withoutOnDemand() {
    return oneOf(EnumSet.complementOf(EnumSet.of(Capacity.ON_DEMAND)));
  }

  private static NodeRequirement oneOf(Set<Capacity> capacities) {
    List<String> allowed = capacities.stream().map(Capacity::text).sorted().toList();
    return new NodeRequirement(Keys.CAPACITY_TYPE, Operator.IN, allowed);
  }

  private static Grant offers(Request request, List<SpotPool> pools, PriceBook book, Instant now) {
    Criteria criteria = Criteria.of(request, quoteAge(pools));
    Buyers buyers = Buyers.of(pools, request, now);
    List<Ranked> buyable =
        Rank.cheapest(MAX_OFFERS, criteria, buyers::mayBuy, book.listings(), now);
    if (buyable.isEmpty()) {
      return nothingFits(request, criteria, buyers, book, now);
    }
    List<Ranked> offers = withAlreadyPaid(buyable, criteria, book, now);
    // The key of an offer says its capacity and zone, so those need no requirement of their own.
    // Values are sorted so that another order of the same offers is no change of the pod.
    List<String> keys =
        offers.stream().map(ranked -> ranked.offer().key().toString()).sorted().toList();
    return new Bound(List.of(new NodeRequirement(Keys.OFFER, Operator.IN, keys)), offers);
  }

  /**
   * Adds what is there anyway, for the nodes that an administrator labelled as such. At least half
   * of the room is left to what can be bought, since nobody knows whether such nodes are there.
   */
  private static List<Ranked> withAlreadyPaid(
      List<Ranked> buyable, Criteria criteria, PriceBook book, Instant now) {
    int room = MAX_OFFERS - Math.min(buyable.size(), MAX_OFFERS / 2);
    List<Ranked> paid = Rank.cheapest(room, criteria, any -> true, book.alreadyPaid(), now);
    return Stream.concat(paid.stream(), buyable.stream().limit(MAX_OFFERS - paid.size()))
        .sorted(Rank.ORDER)
        .toList();
  }

  private static NothingFits nothingFits(
      Request request, Criteria criteria, Buyers buyers, PriceBook book, Instant now) {
    Criteria atAnyPrice = criteria.withoutCap();
    Optional<Ranked> nearest = cheapest(atAnyPrice, buyers::mayBuy, book, now);
    if (nearest.isPresent()) {
      return new NothingFits(request, Lack.PRICE, nearest);
    }
    Criteria atAnyAge = atAnyPrice.atAnyAge();
    if (cheapest(atAnyAge, buyers::mightBuy, book, now).isPresent()) {
      return new NothingFits(request, Lack.FRESHNESS, Optional.empty());
    }
    if (buyers.pools().isEmpty() || cheapest(atAnyAge, any -> true, book, now).isPresent()) {
      return new NothingFits(
          request,
          Lack.POOL,
          cheapest(atAnyPrice, offer -> !offer.capacity().alreadyPaid(), book, now));
    }
    return new NothingFits(request, Lack.OFFER, Optional.empty());
  }

  private static Optional<Ranked> cheapest(
      Criteria criteria, Predicate<Listing> also, PriceBook book, Instant now) {
    return Rank.cheapest(1, criteria, also, book.listings(), now).stream().findFirst();
  }

  /** What the pools may buy for one request now. */
  record Buyers(List<Sieve> pools, List<Sieve> poolsAtAnyAge) {
    static Buyers of(List<SpotPool> pools, Request request, Instant now) {
      List<Criteria> criteria =
          pools.stream().map(pool -> Criteria.of(pool, Demand.pod(request.gpus()))).toList();
      return new Buyers(
          criteria.stream().map(pool -> Sieve.of(pool, now)).toList(),
          criteria.stream().map(pool -> Sieve.of(pool.atAnyAge(), now)).toList());
    }

    boolean mayBuy(Listing listing) {
      return admit(pools, listing);
    }

    /** Whether at most the age of its price speaks against it. */
    boolean mightBuy(Listing listing) {
      return admit(poolsAtAnyAge, listing);
    }

    private static boolean admit(List<Sieve> pools, Listing listing) {
      for (Sieve pool : pools) {
        if (pool.admits(listing)) {
          return true;
        }
      }
      return false;
    }
  }

  static Duration quoteAge(List<SpotPool> pools) {
    return pools.stream()
        .map(pool -> pool.ranking().maxQuoteAge())
        .max(Comparator.naturalOrder())
        .orElse(Criteria.DEFAULT_QUOTE_AGE);
  }
}
