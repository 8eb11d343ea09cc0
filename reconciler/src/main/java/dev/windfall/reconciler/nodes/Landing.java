package dev.windfall.reconciler.nodes;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Needs;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.bursts.Room;
import dev.windfall.reconciler.nodes.Movable.Passenger;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The machines that Karpenter would buy for pods that are made anew, were there no other: for each
 * the heaviest open rung that may hold it, unless a machine just bought still has room. Only exact
 * rungs of the same pool count, with the taints and labels of the one that the pods run on.
 *
 * @param rungs one for each machine
 * @param offers the same, as they are rented
 */
record Landing(List<LiveRung> rungs, List<OfferKey> offers) {
  /** Larger pods first, as Karpenter packs them. */
  private static final Comparator<Passenger> LARGEST =
      Comparator.comparingInt((Passenger one) -> one.pod().gpus())
          .thenComparingLong(one -> one.pod().needs().milliCpu())
          .thenComparingLong(one -> one.pod().needs().memory())
          .reversed()
          .thenComparing(one -> one.pod().name());

  /** A machine that would be bought, with what is left of it. */
  private static final class Machine {
    private final LiveRung rung;
    private final Offer offer;
    private int gpus;
    private Needs room;

    Machine(LiveRung rung, Offer offer) {
      this.rung = rung;
      this.offer = offer;
      gpus = offer.gpu().count();
      room = Room.of(offer);
    }

    boolean holds(Passenger one) {
      return one.pod().gpus() <= gpus && one.pod().needs().within(room);
    }

    void take(Passenger one) {
      gpus -= one.pod().gpus();
      room = room.minus(one.pod().needs());
    }
  }

  Landing {
    rungs = List.copyOf(rungs);
    offers = List.copyOf(offers);
  }

  /**
   * Where they would go.
   *
   * @param from the rung of the machine that they run on
   * @param now what that was rented as
   * @return empty: one of them would find nothing
   */
  static Optional<Landing> of(Movable movable, LiveRung from, OfferKey now, View view) {
    List<Machine> kinds =
        view.rungs().values().stream()
            .filter(rung -> rung.pool().equals(from.pool()) && view.isOpen(rung.name()))
            .filter(rung -> alike(rung, from))
            .sorted(
                Comparator.comparingInt(Landing::weight).reversed().thenComparing(LiveRung::name))
            .flatMap(rung ->
                rung.offer().flatMap(view.book()::find).map(o -> new Machine(rung, o)).stream())
            .toList();
    List<Machine> bought = new ArrayList<>();
    Map<String, Integer> more = new HashMap<>();
    for (Passenger one : movable.pods().stream().sorted(LARGEST).toList()) {
      Optional<Machine> there =
          bought.stream().filter(it -> it.holds(one) && mayUse(one, it, now, view)).findFirst();
      if (there.isEmpty()) {
        there =
            kinds.stream()
                .filter(kind -> kind.holds(one) && mayUse(one, kind, now, view))
                .filter(kind -> more.getOrDefault(kind.rung.name(), 0) < view.room(kind.rung))
                .findFirst()
                .map(kind -> new Machine(kind.rung, kind.offer));
        there.ifPresent(machine -> {
          bought.add(machine);
          more.merge(machine.rung.name(), 1, Integer::sum);
        });
      }
      if (there.isEmpty()) {
        return Optional.empty();
      }
      there.get().take(one);
    }
    return Optional.of(
        new Landing(
            bought.stream().map(machine -> machine.rung).toList(),
            bought.stream().map(machine -> machine.offer.key()).toList()));
  }

  /** A volume may not follow into another zone, and nobody looks where it is. */
  private static boolean mayUse(Passenger one, Machine machine, OfferKey now, View view) {
    OfferKey offer = machine.offer.key();
    boolean reached = one.pod().claims().isEmpty() || offer.zone().equals(now.zone());
    return reached && view.grants().admits(one.request(), offer);
  }

  private static int weight(LiveRung rung) {
    return rung.object().at("/spec/weight").asInt(0);
  }

  /** Whether pods that may use nodes of the one may use nodes of the other, but for its offer. */
  private static boolean alike(LiveRung one, LiveRung other) {
    JsonNode mine = one.object().at("/spec/template");
    JsonNode theirs = other.object().at("/spec/template");
    return mine.at("/spec/taints").equals(theirs.at("/spec/taints"))
        && labels(mine).equals(labels(theirs));
  }

  private static Map<String, JsonNode> labels(JsonNode template) {
    Map<String, JsonNode> labels = new TreeMap<>();
    template
        .at("/metadata/labels")
        .properties()
        .forEach(label -> labels.put(label.getKey(), label.getValue()));
    // What tells one rung from another.
    labels.remove(Keys.OFFER);
    labels.remove(Keys.RUNG);
    return labels;
  }

  /** What would be bought, for a person. */
  String spoken() {
    Map<OfferKey, Integer> counts = new TreeMap<>();
    offers.forEach(offer -> counts.merge(offer, 1, Integer::sum));
    return String.join(
        " and ",
        counts.entrySet().stream()
            .map(e -> e.getValue() == 1 ? e.getKey() + "" : e.getValue() + " x " + e.getKey())
            .toList());
  }
}
