package dev.windfall.market;

import dev.windfall.market.Ranking.Ranked;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.ToDoubleFunction;

/**
 * Keeps an order steady: a lead below the hysteresis changes nothing.
 *
 * <p>Offers are taken in the order they stood in, newcomers after them in the order of the ranking.
 * Each moves up to just before the first offer that it undercuts by more than the band, and
 * otherwise stays where it is. So nothing that comes later in the result undercuts anything before
 * it by more than the band, and an order for which that holds already is returned as it is,
 * whatever prices did inside the band. Comparing neighbours only would not do: many small leads,
 * each below the band, add up to a large one. An offer that does not undercut the dearest so far
 * undercuts nobody, which spares nearly all of them the search.
 */
public final class Hold {
  private Hold() {}

  /**
   * The order to act on.
   *
   * @param previous the order acted on before; offers no longer ranked lose their place at once
   * @param hysteresis the lead that changes nothing, as a fraction of the price undercut: 0 to 1
   */
  public static List<Ranked> hold(List<OfferKey> previous, Ranking ranking, double hysteresis) {
    Map<OfferKey, Ranked> ranked = new HashMap<>();
    ranking.offers().forEach(r -> ranked.put(r.offer().key(), r));
    List<Ranked> before = new ArrayList<>();
    Set<OfferKey> placed = new HashSet<>();
    for (OfferKey key : previous) {
      Ranked known = ranked.get(key);
      if (known != null && placed.add(key)) {
        before.add(known);
      }
    }
    ranking.offers().stream().filter(r -> !placed.contains(r.offer().key())).forEach(before::add);

    return steady(before, r -> r.index().value(), hysteresis);
  }

  /**
   * The same for whatever has an index, such as the offers of several pools in one order.
   *
   * @param before the order that stood, newcomers after it in the order of their indexes
   * @param index USD per useful GPU-hour
   * @param hysteresis the lead that changes nothing, as a fraction of the index undercut: 0 to 1
   */
  public static <T> List<T> steady(List<T> before, ToDoubleFunction<T> index, double hysteresis) {
    List<T> order = new ArrayList<>(before.size());
    double dearest = 0;
    for (T next : before) {
      double bid = index.applyAsDouble(next);
      int place = order.size();
      if (undercuts(bid, dearest, hysteresis)) {
        place = 0;
        while (!undercuts(bid, index.applyAsDouble(order.get(place)), hysteresis)) {
          place++;
        }
      }
      order.add(place, next);
      dearest = Math.max(dearest, bid);
    }
    return List.copyOf(order);
  }

  private static boolean undercuts(double bid, double holder, double hysteresis) {
    return bid < holder * (1 - hysteresis);
  }
}
