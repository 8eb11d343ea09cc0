package dev.windfall.reconciler.launches;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Keys;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LiveRung;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * All that a plan is made from.
 *
 * @param claims those of rungs, by name
 * @param rungs by name
 * @param events in the order in which they happened
 * @param told what happened until then is in the history already
 */
record View(
    Map<String, LiveClaim> claims,
    Map<String, LiveRung> rungs,
    List<ClaimEvent> events,
    PriceBook book,
    Instant told,
    Instant now) {
  private static final int RANDOM = 5;
  private static final int LONGEST_BASE = 58;

  static View of(
      Collection<LiveClaim> claims,
      Collection<LiveRung> rungs,
      Collection<ClaimEvent> events,
      PriceBook book,
      Instant told,
      Instant now) {
    Map<String, LiveRung> byName = new TreeMap<>();
    rungs.stream()
        .filter(rung -> rung.pool().isPresent())
        .forEach(rung -> byName.put(rung.name(), rung));
    Map<String, LiveClaim> own = new TreeMap<>();
    claims.stream()
        .filter(claim -> byName.containsKey(claim.nodePool()))
        .forEach(claim -> own.put(claim.name(), claim));
    return new View(
        own,
        byName,
        events.stream()
            .sorted(Comparator.comparing(ClaimEvent::at).thenComparing(ClaimEvent::name))
            .toList(),
        book,
        told,
        now);
  }

  /**
   * The rung that a claim of this name was made for: the API server puts five characters after the
   * rung's name and a hyphen, of which it keeps what then fits into a label.
   */
  Optional<LiveRung> rungOf(String claim) {
    String base = claim.substring(0, Math.max(0, claim.length() - RANDOM));
    List<LiveRung> fitting =
        rungs.values().stream()
            .filter(rung -> {
              String full = rung.name() + "-";
              return full.substring(0, Math.min(full.length(), LONGEST_BASE)).equals(base);
            })
            .toList();
    return fitting.size() == 1 ? Optional.of(fitting.getFirst()) : Optional.empty();
  }

  /**
   * All that a launch of {@code rung} for a claim could have become: where it says that there was
   * no capacity, there was none of any of them.
   */
  List<OfferKey> offersOf(LiveRung rung, LiveClaim.Asked asked) {
    Optional<OfferKey> exact = rung.offer();
    if (exact.isPresent()) {
      return List.of(exact.get());
    }
    List<OfferKey> offers = new ArrayList<>();
    for (String zone : required(rung, Keys.ZONE)) {
      for (String type : required(rung, Keys.INSTANCE_TYPE)) {
        for (String capacity : required(rung, Keys.CAPACITY_TYPE)) {
          Capacity.of(capacity)
              .map(kind -> new OfferKey(zone, type, kind))
              .filter(key -> asked.allows(key) && book.find(key).isPresent())
              .ifPresent(offers::add);
        }
      }
    }
    return offers;
  }

  private static List<String> required(LiveRung rung, String key) {
    List<String> values = new ArrayList<>();
    for (JsonNode requirement : rung.object().at("/spec/template/spec/requirements")) {
      if (requirement.path("key").asText().equals(key)) {
        requirement.path("values").forEach(value -> values.add(value.asText()));
      }
    }
    return values;
  }

  /** Its region; empty text where neither the book nor anybody else says it. */
  String region(OfferKey offer) {
    return book.find(offer).map(Offer::region).orElse("");
  }
}
