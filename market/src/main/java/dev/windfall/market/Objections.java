package dev.windfall.market;

import dev.windfall.policies.Capacity;
import dev.windfall.policies.Request;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.List;
import java.util.Optional;

/**
 * What a pod's wish has against running on an offer that is there already. How old its price is, or
 * whether more of it could be had, is no matter then.
 */
public final class Objections {
  private final Request request;
  private final Criteria criteria;
  private final List<Rule> rules;

  /** Those of {@code request}. */
  public Objections(Request request) {
    this.request = request;
    criteria = Criteria.of(request, ChronoUnit.FOREVER.getDuration());
    rules =
        Rule.forCriteria(criteria).stream()
            .filter(rule ->
                switch (rule) {
                  case PROVIDER, ZONE, CAPACITY, MODEL, MEMORY, PRICE -> true;
                  case MANUFACTURER,
                      REGION,
                      FAMILY,
                      GPUS,
                      DEMAND,
                      NODES,
                      BARRED,
                      PLACEMENT,
                      PASSED_OVER,
                      AGE ->
                      false;
                })
            .toList();
  }

  /**
   * Why a node that was rented as {@code key} will not do; empty: it will.
   *
   * @param key empty: nobody says what it was rented as
   */
  public Optional<String> to(Optional<OfferKey> key, PriceBook book) {
    Optional<Listing> listing = key.flatMap(book::listing);
    if (listing.isPresent()) {
      return Optional.ofNullable(Rule.first(rules, criteria, listing.get(), Instant.EPOCH))
          .map(rule -> rule.reason(criteria, listing.get().offer()));
    }
    // A machine of one's own is one that the market lists; else it only has no label.
    return key.filter(one -> one.capacity() != Capacity.OWNED)
        .map(this::toUnlisted)
        .orElseGet(this::toUnnamed);
  }

  private Optional<String> toUnlisted(OfferKey key) {
    if (!criteria.capacities().contains(key.capacity())) {
      return Optional.of("capacity " + key.capacity() + " is not what the pod asks for");
    }
    if (!criteria.zones().isEmpty() && !criteria.zones().contains(key.zone())) {
      return Optional.of("zone " + key.zone() + " is not what the pod asks for");
    }
    return request.wantsOffers() ? Optional.of("the market has no offer " + key) : Optional.empty();
  }

  private Optional<String> toUnnamed() {
    boolean onDemandWillDo = criteria.capacities().contains(Capacity.ON_DEMAND);
    return onDemandWillDo && !request.wantsOffers() && criteria.zones().isEmpty()
        ? Optional.empty()
        : Optional.of("its labels do not say what it was rented as");
  }
}
