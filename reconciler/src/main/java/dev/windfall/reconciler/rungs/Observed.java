package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What would be done for a pool that only observes, and what that would save.
 *
 * <p>What is saved is counted machine by machine: those of the pool's own rungs, or, where it has
 * none, those that Karpenter launched with the same node class. Each is compared with the cheapest
 * machine with as many GPUs that the pool would have open. One that costs less already saves
 * nothing, and takes nothing away.
 */
final class Observed {
  /** It has no order of its own to hold steady, so it is worked out now and then. */
  private static final Duration EVERY = Duration.ofMinutes(1);

  private static final int MOST_ACTIONS = 50;

  private final View view;
  private final Costs costs;
  private final LivePool live;
  private final SpotPool pool;
  private final Decision would;

  Observed(View view, Costs costs, Supply.Offered supply, Decision would) {
    this.view = view;
    this.costs = costs;
    this.live = supply.live();
    this.pool = supply.pool();
    this.would = would;
  }

  /** As the status has it. */
  JsonNode json() {
    JsonNode before = live.status().path("observed");
    if (fresh(before)) {
      return before;
    }
    ObjectNode observed = JsonNodeFactory.instance.objectNode();
    ArrayNode actions = observed.putArray("actions");
    would.actions(live.name()).stream()
        .flatMap(action -> spoken(action).stream())
        .limit(MOST_ACTIONS)
        .forEach(actions::add);
    compare(observed, before);
    // The same again is not written again.
    if (before instanceof ObjectNode old && observed.equals(old.deepCopy().without("time"))) {
      return before;
    }
    return observed.put("time", view.now().toString());
  }

  private boolean fresh(JsonNode before) {
    boolean sameSpec = live.status().path("observedGeneration").asLong() == live.generation();
    try {
      Instant at = Instant.parse(before.path("time").asText());
      Duration age = Duration.between(at, view.now());
      return sameSpec && !age.isNegative() && age.compareTo(EVERY) < 0;
    } catch (DateTimeParseException e) {
      return false;
    }
  }

  /** Without prices, which move. */
  private static Optional<String> spoken(Action action) {
    return switch (action) {
      case Action.Create create -> Optional.of("make " + create.rung());
      case Action.Open open -> Optional.of("open " + open.rung());
      case Action.Close close -> Optional.of("close " + close.rung());
      case Action.Repair repair -> Optional.of("repair " + repair.rung());
      case Action.Reweigh reweigh -> Optional.of("put " + reweigh.rung() + " in its place");
      case Action.Delete delete -> Optional.of("delete " + delete.rung());
      case Action.ForceDelete delete -> Optional.of("delete " + delete.rung());
      case Action.Adjust adjust -> Optional.empty();
    };
  }

  private void compare(ObjectNode observed, JsonNode before) {
    List<LiveClaim> own =
        view.rungsOf(live.name()).stream().flatMap(r -> costs.machines(r).stream()).toList();
    List<Offer> machines = priced(own.isEmpty() ? ofNodeClass() : own);
    observed.put(
        "compared",
        machines.isEmpty()
            ? "no machine of its rungs, nor of its node class, whose price is known"
            : "%d %s of %s"
                .formatted(
                    machines.size(),
                    machines.size() == 1 ? "machine" : "machines",
                    own.isEmpty() ? "node class " + pool.nodeClassRef().name() : "its rungs"));
    Map<Integer, Long> cheapest = cheapestBySize();
    long now = 0;
    long saved = 0;
    for (Offer machine : machines) {
      long costs = machine.usdPerHour().micros();
      now += costs;
      long other = cheapest.getOrDefault(machine.gpu().count(), costs);
      saved += Math.max(0, costs - other);
    }
    double band = pool.ranking().hysteresis();
    figure(observed, before, "usdPerHour", now, band);
    figure(observed, before, "savesUsdPerHour", saved, band);
  }

  private static void figure(
      ObjectNode observed, JsonNode before, String name, long micros, double band) {
    observed.put(name, Figures.steady(before.path(name), Figures.dollars(micros), band));
  }

  private List<Offer> priced(List<LiveClaim> claims) {
    return claims.stream().flatMap(claim -> costs.offer(claim).stream()).toList();
  }

  /**
   * Karpenter labels what it launches with the node class: {@code karpenter.k8s.aws/ec2nodeclass}.
   */
  private List<LiveClaim> ofNodeClass() {
    SpotPool.NodeClassRef ref = pool.nodeClassRef();
    String label = ref.group() + "/" + ref.kind().toLowerCase(Locale.ROOT);
    Set<String> rungs = view.rungs().stream().map(LiveRung::name).collect(Collectors.toSet());
    return view.claims().stream()
        .filter(claim -> ref.name().equals(claim.labels().get(label)))
        .filter(claim -> !rungs.contains(claim.nodePool()))
        .toList();
  }

  /** What the cheapest machine costs that would be open, by its GPUs. */
  private Map<Integer, Long> cheapestBySize() {
    Map<Integer, Long> cheapest = new HashMap<>();
    would.standings(live.name()).stream()
        .filter(Standing::open)
        .flatMap(standing -> OfferKey.parse(standing.offer()).stream())
        .flatMap(key -> view.book().find(key).stream())
        .forEach(
            offer -> cheapest.merge(offer.gpu().count(), offer.usdPerHour().micros(), Math::min));
    return cheapest;
  }
}
