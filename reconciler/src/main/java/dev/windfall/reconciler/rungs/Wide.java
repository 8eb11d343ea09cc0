package dev.windfall.reconciler.rungs;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingDouble;
import static java.util.Comparator.naturalOrder;

import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.market.Ranking;
import dev.windfall.market.Ranking.Ranked;
import dev.windfall.market.Ranking.Refused;
import dev.windfall.market.Rule;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Usd;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.NavigableSet;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * All that a pool may buy of one group: what its wide rung lists. In a drought of the few offers
 * that have rungs of their own, EC2 takes from it whatever is left.
 *
 * <p>A NodePool allows each of its types in each of its zones. So types and zones are left out
 * until every pair of them is an offer that the pool allows; what it does not allow is never
 * bought. Which those are does not depend on a price of today, since another set is another rung:
 * an offer over the cap closes the rung, and belongs to it. Only a type of which nobody expects a
 * spot price below the cap is left out.
 *
 * @param types of machines, each in each of {@code zones}
 * @param allowed members that may be bought now
 * @param passedOver members that could last not be had: that others can is what it is for
 * @param refused members that may not be bought
 */
record Wide(
    Group group,
    NavigableSet<String> types,
    NavigableSet<String> zones,
    List<Ranked> allowed,
    List<Refused> passedOver,
    List<Refused> refused) {

  /** A type that costs more than so many times the cap on demand is hardly ever below it. */
  private static final int HOPELESS = 3;

  /** So many names fit an event; a person reads no more. */
  private static final int NAMED = 8;

  private record Member(Offer offer, Optional<Ranked> ranked, Optional<Refused> refused) {
    Stream<Refused> refusal() {
      return refused.stream();
    }
  }

  /** What {@code pool} has of each group, where its bounds on exact rungs leave something out. */
  static List<Wide> of(SpotPool pool, Ranking ranking, PriceBook book) {
    Map<Group, List<Member>> groups = new HashMap<>();
    for (Ranked ranked : ranking.offers()) {
      Member member = new Member(ranked.offer(), Optional.of(ranked), Optional.empty());
      groups.computeIfAbsent(Group.of(pool, ranked.offer()), g -> new ArrayList<>()).add(member);
    }
    for (Refused refused : ranking.refused()) {
      if (onlyToday(refused.rule())) {
        Offer offer = refused.offer();
        Member member = new Member(offer, Optional.empty(), Optional.of(refused));
        groups.computeIfAbsent(Group.of(pool, offer), g -> new ArrayList<>()).add(member);
      }
    }
    List<Wide> wide = new ArrayList<>();
    groups.forEach((group, members) -> {
      members.removeIf(member -> hopeless(pool, member.offer(), book));
      Wide one = of(group, members);
      if (one.types.size() > pool.maxInstanceTypes() || one.zones.size() > pool.maxZones()) {
        wide.add(one);
      }
    });
    wide.sort(comparing(one -> one.group.toString()));
    return wide;
  }

  /** Whether a refusal may be over with the next price; the others say what an offer is. */
  private static boolean onlyToday(Rule rule) {
    return switch (rule) {
      case PLACEMENT, PRICE, PASSED_OVER, AGE -> true;
      case MANUFACTURER, PROVIDER, REGION, ZONE, CAPACITY, FAMILY -> false;
      case MODEL, GPUS, DEMAND, MEMORY, NODES, BARRED -> false;
    };
  }

  private static boolean hopeless(SpotPool pool, Offer offer, PriceBook book) {
    OfferKey key = offer.key();
    return key.capacity() == Capacity.SPOT
        && pool.maxPricePerGpu().isPresent()
        && book.find(new OfferKey(key.zone(), key.instanceType(), Capacity.ON_DEMAND))
            .map(listed -> listed.usdPerGpuHour().dollars())
            .filter(listed -> listed > HOPELESS * pool.maxPricePerGpu().get().dollars())
            .isPresent();
  }

  private static Wide of(Group group, List<Member> members) {
    NavigableMap<String, NavigableSet<String>> zonesOf = new TreeMap<>();
    members.forEach(member -> {
      OfferKey key = member.offer().key();
      zonesOf.computeIfAbsent(key.instanceType(), type -> new TreeSet<>()).add(key.zone());
    });
    NavigableSet<String> zones = new TreeSet<>();
    zonesOf.values().forEach(zones::addAll);
    while (leftOutOne(zonesOf, zones)) {
      zonesOf.values().forEach(own -> own.retainAll(zones));
      zonesOf.values().removeIf(NavigableSet::isEmpty);
    }
    NavigableSet<String> types = new TreeSet<>(zonesOf.keySet());
    List<Member> inside =
        members.stream()
            .filter(member ->
                types.contains(member.offer().key().instanceType())
                    && zones.contains(member.offer().key().zone()))
            .sorted(comparing(member -> member.offer().key()))
            .toList();
    return new Wide(
        group,
        types,
        zones,
        inside.stream().flatMap(member -> member.ranked().stream()).toList(),
        inside.stream().flatMap(Member::refusal).filter(Refused::forAWhile).toList(),
        inside.stream().flatMap(Member::refusal).filter(one -> !one.forAWhile()).toList());
  }

  /**
   * Leaves out the type or the zone that costs the fewest offers for each pair that is missing.
   *
   * @return whether any pair was missing
   */
  private static boolean leftOutOne(
      NavigableMap<String, NavigableSet<String>> zonesOf, NavigableSet<String> zones) {
    String worst = "";
    boolean isType = false;
    double least = Double.POSITIVE_INFINITY;
    for (Map.Entry<String, NavigableSet<String>> type : zonesOf.entrySet()) {
      int offers = type.getValue().size();
      double cost = (double) offers / (zones.size() - offers);
      if (cost < least) {
        worst = type.getKey();
        isType = true;
        least = cost;
      }
    }
    for (String zone : zones) {
      long offers = zonesOf.values().stream().filter(own -> own.contains(zone)).count();
      double cost = (double) offers / (zonesOf.size() - offers);
      if (cost < least) {
        worst = zone;
        isType = false;
        least = cost;
      }
    }
    if (worst.isEmpty()) {
      return false;
    }
    if (isType) {
      zonesOf.remove(worst);
    } else {
      zones.remove(worst);
    }
    return true;
  }

  /**
   * The member by which it stands in the order, since nobody knows which EC2 will take. Empty while
   * one may not be bought, and while none can be had.
   */
  Optional<Ranked> dearest() {
    return refused.isEmpty()
        ? allowed.stream().max(comparingDouble(ranked -> ranked.index().value()))
        : Optional.empty();
  }

  /** What one of its machines costs at most, also one that could last not be had. */
  Usd usdPerHour() {
    return Stream.concat(
            allowed.stream().map(Ranked::offer), passedOver.stream().map(Refused::offer))
        .map(Offer::usdPerHour)
        .max(naturalOrder())
        .orElse(Usd.ZERO);
  }

  /** Why it is closed. */
  String shut() {
    List<Refused> against = refused.isEmpty() ? passedOver : refused;
    return against.stream()
            .limit(1)
            .map(one -> one.offer().key() + ", which it could buy: " + one.reason())
            .collect(Collectors.joining())
        + (against.size() > 1 ? " (and " + (against.size() - 1) + " more)" : "");
  }

  /** What it lists, for a person. */
  String spoken() {
    return "any of " + named(types) + " in " + named(zones);
  }

  private static String named(NavigableSet<String> names) {
    return names.stream().limit(NAMED).collect(Collectors.joining(", "))
        + (names.size() > NAMED ? " and " + (names.size() - NAMED) + " more" : "");
  }
}
