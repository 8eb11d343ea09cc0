package dev.windfall.market;

import dev.windfall.market.Ranking.Ranked;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.SpotPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Predicate;

/**
 * The few offers of an order that a pool makes rungs of: for each GPU model and count, spot and on
 * demand apart, the first {@code maxInstanceTypes} types, and of each type the first {@code
 * maxZones} zones.
 *
 * @param chosen in order
 * @param leftOut in order, each with its reason
 */
public record Selection(List<Ranked> chosen, List<LeftOut> leftOut) {

  /** An offer that would do, were there not enough better ones. */
  public record LeftOut(Ranked ranked, String reason) {}

  private record Group(String model, int gpus, Capacity capacity) {}

  public static Selection of(List<Ranked> order, SpotPool pool) {
    return of(order, pool, any -> false);
  }

  /**
   * The same, with those that somebody waits for. They have their places before all others, and
   * more places than there are if need be.
   */
  public static Selection of(List<Ranked> order, SpotPool pool, Predicate<Ranked> needed) {
    Map<Group, Map<String, Set<String>>> zonesByType = new HashMap<>();
    List<Ranked> chosen = new ArrayList<>();
    List<LeftOut> leftOut = new ArrayList<>();
    Set<OfferKey> takes = new HashSet<>();
    for (Ranked ranked : order) {
      if (needed.test(ranked)) {
        Offer offer = ranked.offer();
        takes.add(offer.key());
        zonesByType
            .computeIfAbsent(group(offer), g -> new HashMap<>())
            .computeIfAbsent(offer.key().instanceType(), t -> new LinkedHashSet<>())
            .add(offer.key().zone());
      }
    }
    for (Ranked ranked : order) {
      if (takes.contains(ranked.offer().key())) {
        chosen.add(ranked);
        continue;
      }
      Offer offer = ranked.offer();
      Group group = group(offer);
      Map<String, Set<String>> types = zonesByType.computeIfAbsent(group, g -> new HashMap<>());
      String type = offer.key().instanceType();
      if (!types.containsKey(type) && types.size() >= pool.maxInstanceTypes()) {
        String reason =
            "%d better types with %d %s GPUs are enough (maxInstanceTypes)"
                .formatted(pool.maxInstanceTypes(), group.gpus(), group.model());
        leftOut.add(new LeftOut(ranked, reason));
        continue;
      }
      Set<String> zones = types.computeIfAbsent(type, t -> new LinkedHashSet<>());
      if (zones.size() >= pool.maxZones()) {
        leftOut.add(
            new LeftOut(
                ranked, "%d better zones are enough (maxZones)".formatted(pool.maxZones())));
        continue;
      }
      zones.add(offer.key().zone());
      chosen.add(ranked);
    }
    return new Selection(List.copyOf(chosen), List.copyOf(leftOut));
  }

  private static Group group(Offer offer) {
    return new Group(offer.gpu().model(), offer.gpu().count(), offer.key().capacity());
  }
}
