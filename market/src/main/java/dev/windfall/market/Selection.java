package dev.windfall.market;

import dev.windfall.market.Ranking.Ranked;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.SpotPool;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;

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
    Map<Group, Map<String, Set<String>>> zonesByType = new HashMap<>();
    List<Ranked> chosen = new ArrayList<>();
    List<LeftOut> leftOut = new ArrayList<>();
    for (Ranked ranked : order) {
      Offer offer = ranked.offer();
      Group group = new Group(offer.gpu().model(), offer.gpu().count(), offer.key().capacity());
      Map<String, Set<String>> types = zonesByType.computeIfAbsent(group, g -> new HashMap<>());
      String type = offer.key().instanceType();
      if (!types.containsKey(type) && types.size() == pool.maxInstanceTypes()) {
        String reason =
            "%d better types with %d %s GPUs are enough (maxInstanceTypes)"
                .formatted(pool.maxInstanceTypes(), group.gpus(), group.model());
        leftOut.add(new LeftOut(ranked, reason));
        continue;
      }
      Set<String> zones = types.computeIfAbsent(type, t -> new LinkedHashSet<>());
      if (zones.size() == pool.maxZones()) {
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
}
