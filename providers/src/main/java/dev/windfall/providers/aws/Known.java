package dev.windfall.providers.aws;

import dev.windfall.market.Basis;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferCheck;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Usd;
import dev.windfall.providers.aws.SpotPrices.Counted;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;

/**
 * What is known of a region, and the offers it comes to. Pure.
 *
 * @param zones ids by name; empty: unknown
 * @param offered where types are offered; empty: unknown
 * @param spot what each place costs as spot capacity, and when that was last confirmed
 * @param free where reserved capacity is free
 * @param freeAt when that was last confirmed
 * @param onDemand list prices by type
 * @param basis how those are known
 * @param scores of places, as far as known
 * @param bands of types, as far as known
 */
record Known(
    String source,
    String region,
    Map<String, Machine> machines,
    Map<String, String> zones,
    Set<Place> offered,
    Map<Place, Counted> spot,
    Set<Place> free,
    Optional<Instant> freeAt,
    Map<String, Usd> onDemand,
    Basis basis,
    Map<Place, Integer> scores,
    Quotas quotas,
    Map<String, String> bands) {
  private static final String PROVIDER = "aws";

  /**
   * The offers, held to what must be true of any.
   *
   * @param leftOut is given why a price is nobody's offer
   */
  List<Offer> offers(List<String> leftOut, Instant now) {
    List<Offer> offers = new ArrayList<>();
    spot.forEach((place, counted) -> {
      Machine machine = machines.get(place.type());
      if (machine == null) {
        return;
      }
      if (!zones.isEmpty() && !zones.containsKey(place.zone())) {
        leftOut.add(
            "%s has a spot price, but %s is no zone of %s; the offer is left out"
                .formatted(place, place.zone(), region));
      } else if (offered.isEmpty() || offered.contains(place)) {
        // A price without an offering is what remains of one that has ended.
        offers.add(spot(machine, place, counted));
      }
    });
    for (Place place : places()) {
      Machine machine = machines.get(place.type());
      Usd usd = onDemand.get(place.type());
      if (machine != null && machine.onDemand() && usd != null) {
        offers.add(onDemand(machine, place, usd));
      }
    }
    for (Place place : free) {
      Machine machine = machines.get(place.type());
      if (machine != null && (zones.isEmpty() || zones.containsKey(place.zone()))) {
        offers.add(reserved(machine, place));
      }
    }
    offers.removeIf(offer -> cannotBe(offer, leftOut, now));
    return offers;
  }

  /** Where on-demand capacity is offered; of spot prices, the best guess while that is unknown. */
  private Set<Place> places() {
    Set<Place> known = offered.isEmpty() ? spot.keySet() : offered;
    return known.stream()
        .filter(place -> zones.isEmpty() || zones.containsKey(place.zone()))
        .collect(java.util.stream.Collectors.toUnmodifiableSet());
  }

  private static boolean cannotBe(Offer offer, List<String> leftOut, Instant now) {
    Optional<String> problem = OfferCheck.problem(offer, now);
    problem.ifPresent(
        why -> leftOut.add("%s: %s; the offer is left out".formatted(offer.key(), why)));
    return problem.isPresent();
  }

  private Offer spot(Machine machine, Place place, Counted counted) {
    Integer score = scores.get(place);
    return offer(
        machine,
        place,
        Capacity.SPOT,
        counted.usd(),
        Basis.QUOTED,
        Optional.of(counted.at()),
        score == null ? OptionalInt.empty() : OptionalInt.of(score),
        Optional.ofNullable(bands.get(machine.type())),
        quotas.against(machine, region));
  }

  /** A list price holds until another is read: it does not age with the minute. */
  private Offer onDemand(Machine machine, Place place, Usd usd) {
    return offer(
        machine,
        place,
        Capacity.ON_DEMAND,
        usd,
        basis,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private Offer reserved(Machine machine, Place place) {
    return offer(
        machine,
        place,
        Capacity.RESERVED,
        Usd.ZERO,
        Basis.QUOTED,
        freeAt,
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private Offer offer(
      Machine machine,
      Place place,
      Capacity capacity,
      Usd usd,
      Basis how,
      Optional<Instant> observedAt,
      OptionalInt score,
      Optional<String> band,
      Optional<String> barred) {
    return new Offer(
        source,
        PROVIDER,
        region,
        place.key(capacity),
        machine.architecture(),
        machine.gpu(),
        machine.cpu(),
        machine.memory(),
        usd,
        how,
        observedAt,
        score,
        band,
        barred);
  }
}
