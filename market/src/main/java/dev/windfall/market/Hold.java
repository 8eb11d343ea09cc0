package dev.windfall.market;

import java.util.ArrayList;
import java.util.List;
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
   * The order to act on, of whatever has an index, such as the offers of several pools.
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
