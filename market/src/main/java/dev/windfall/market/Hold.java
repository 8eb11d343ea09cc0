package dev.windfall.market;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BiPredicate;
import java.util.function.Predicate;
import java.util.function.ToDoubleFunction;

/**
 * Keeps an order steady: a lead below the hysteresis changes nothing, nor does a larger one that
 * has not lasted.
 *
 * <p>Offers are taken in the order they stood in, newcomers after them in the order of the ranking.
 * Each moves up to just before the first offer that it undercuts by more than the band, and has for
 * long enough; it passes nothing that is cheaper than itself, and otherwise stays where it is. So
 * of what has lasted nothing later undercuts anything before it by more than the band, and an order
 * for which that holds already is returned as it is, whatever prices did inside the band. Comparing
 * neighbours only would not do: many small leads, each below the band, add up to a large one. An
 * offer that does not undercut the dearest so far undercuts nobody, which spares nearly all of them
 * the search.
 *
 * <p>It has no memory: whoever asks keeps the {@link #leads} and says which have lasted.
 *
 * @param index USD per useful GPU-hour
 * @param hysteresis the lead that changes nothing, as a fraction of the index undercut: 0 to 1
 */
public record Hold<T>(ToDoubleFunction<T> index, double hysteresis) {

  /**
   * That {@code challenger} undercuts {@code holder}, which stands before it, by more than the
   * band.
   */
  public record Lead<T>(T challenger, T holder) {}

  /**
   * The order to act on, of whatever has an index, such as the offers of several pools.
   *
   * @param before the order that stood, newcomers after it in the order of their indexes
   * @param lasted whether the first of two undercuts the second for long enough; asked only of
   *     leads
   */
  public List<T> steady(List<T> before, BiPredicate<T, T> lasted) {
    List<T> order = new ArrayList<>(before.size());
    double dearest = 0;
    for (T next : before) {
      double bid = index.applyAsDouble(next);
      order.add(undercuts(bid, dearest) ? place(order, next, lasted) : order.size(), next);
      dearest = Math.max(dearest, bid);
    }
    return List.copyOf(order);
  }

  private int place(List<T> order, T next, BiPredicate<T, T> lasted) {
    double bid = index.applyAsDouble(next);
    int place = order.size();
    for (int i = order.size() - 1; i >= 0; i--) {
      double holder = index.applyAsDouble(order.get(i));
      if (holder < bid) {
        break;
      }
      if (undercuts(bid, holder) && lasted.test(next, order.get(i))) {
        place = i;
      }
    }
    return place;
  }

  /**
   * The leads that an order leaves standing, in the order of the challengers.
   *
   * @param held whether it can be a holder; whoever has only just come is none
   */
  public List<Lead<T>> leads(List<T> order, Predicate<T> held) {
    List<T> holders = new ArrayList<>();
    List<Lead<T>> leads = new ArrayList<>();
    for (T challenger : order) {
      double bid = index.applyAsDouble(challenger);
      for (T holder : holders) {
        if (undercuts(bid, index.applyAsDouble(holder))) {
          leads.add(new Lead<>(challenger, holder));
        }
      }
      if (held.test(challenger)) {
        holders.add(challenger);
      }
    }
    return leads;
  }

  private boolean undercuts(double bid, double holder) {
    return bid < holder * (1 - hysteresis);
  }
}
