package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.policies.Usd;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.MergePatch;
import dev.windfall.reconciler.rungs.Plan.Notice;
import dev.windfall.reconciler.rungs.Plan.StatusWrite;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** Says in each SpotPool's status how it stands, where that is not what the status says already. */
final class Statuses {
  /** So many rungs name an order in an event; a person reads no more. */
  private static final int NAMED = 8;

  private static final String NOT_READ = "NoPricesYet";

  private final View view;
  private final LivePool pool;
  private final List<Standing> standings;
  private final List<Action> actions;
  private final List<String> refused;
  private final Conditions conditions;
  private final List<Notice> notices = new ArrayList<>();

  private Statuses(
      View view,
      LivePool pool,
      List<Standing> standings,
      List<Action> planned,
      Map<String, String> refusals) {
    this.view = view;
    this.pool = pool;
    this.standings =
        standings.stream()
            .filter(s -> s.pool().equals(pool.name()))
            .sorted(
                Comparator.comparing(Standing::state)
                    .thenComparing(Comparator.comparingInt(Standing::weight).reversed())
                    .thenComparing(Standing::name))
            .toList();
    List<Action> own =
        planned.stream().filter(action -> action.about().equals(pool.reference())).toList();
    this.actions = own.stream().filter(action -> !refusals.containsKey(action.rung())).toList();
    this.refused =
        own.stream().flatMap(a -> Optional.ofNullable(refusals.get(a.rung())).stream()).toList();
    this.conditions =
        new Conditions(pool.status().path("conditions"), pool.generation(), view.now());
  }

  /**
   * The statuses once a plan is carried out.
   *
   * @param refused by the rung's name, why an action was refused
   */
  static List<StatusWrite> of(
      View view,
      Map<String, Supply> supplies,
      List<Standing> standings,
      List<Action> actions,
      Map<String, String> refused) {
    return supplies.values().stream()
        .map(supply -> new Statuses(view, supply.live(), standings, actions, refused).write(supply))
        .flatMap(Optional::stream)
        .toList();
  }

  /**
   * Before any price is known only the pools that nobody has spoken of yet are told so. A status
   * that a restart overwrote for its first second would tell nobody anything.
   */
  static List<StatusWrite> withoutPrices(View view) {
    List<Standing> standings =
        view.rungs().stream().map(rung -> Standing.asItIs(rung, view)).toList();
    return view.pools().stream()
        .filter(pool ->
            Conditions.find(pool.status().path("conditions"), Conditions.READY).isMissingNode())
        .map(pool -> new Statuses(view, pool, standings, List.of(), Map.of()).write(unpriced(pool)))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Supply unpriced(LivePool pool) {
    return pool.pool()
        .<Supply>map(
            spec -> new Supply.Stale(pool, spec, NOT_READ, "no source of prices has been read yet"))
        .orElseGet(() -> new Supply.Unreadable(pool));
  }

  private Optional<StatusWrite> write(Supply supply) {
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("observedGeneration", pool.generation());
    conditions(supply);
    status.set("conditions", conditions.json());
    List<Standing> open = standings.stream().filter(Standing::open).toList();
    status.put("openRungs", open.size());
    if (!open.isEmpty()) {
      Standing first = open.getFirst();
      ObjectNode cheapest = status.putObject("cheapest");
      cheapest.put("offer", first.offer());
      first.price().ifPresent(price -> cheapest.put("usdPerGpuHour", price.toString()));
    }
    status.set("rungs", rungs());
    lastChange(open).ifPresent(change -> status.set("lastChange", change));
    status.put("lastPodGpus", Supply.lastPod(pool, view.waiting()));
    if (supply instanceof Supply.Offered offered && !offered.pool().ranking().minHold().isZero()) {
      ObjectNode usable = status.putObject("usableGpus");
      Steady.usableGpus(offered).forEach((gpus, used) -> usable.put(gpus.toString(), used));
    } else if (supply instanceof Supply.Stale && pool.status().has("usableGpus")) {
      status.set("usableGpus", pool.status().get("usableGpus"));
    }
    notices();
    ObjectNode patch = MergePatch.between(pool.status(), status);
    return patch.isEmpty()
        ? Optional.empty()
        : Optional.of(new StatusWrite(pool, patch, List.copyOf(notices)));
  }

  private void conditions(Supply supply) {
    switch (supply) {
      case Supply.Unreadable unreadable -> {
        conditions.set(Conditions.READY, false, "Invalid", pool.problems());
        conditions.keep(Conditions.MARKET_FRESH);
      }
      case Supply.Stale stale -> {
        ready("NoFreshPrice", "no rung is open, and there is no price to open one by");
        conditions.set(
            Conditions.MARKET_FRESH,
            false,
            stale.reason(),
            stale.message()
                + "; the rungs stay as they are"
                + failing().map(sources -> "; " + sources).orElse("")
                + troubles());
      }
      case Supply.Offered offered -> {
        ready("NoOffer", "none of the offers in " + offered.pool().region() + " fits this pool");
        conditions.set(
            Conditions.MARKET_FRESH,
            true,
            failing().isPresent() ? "SourceFailing" : "PricesRead",
            failing().orElse("prices that are fresh enough are known") + troubles());
      }
    }
  }

  /**
   * The sources whose prices are as old as it says; not how old, which would change all the time.
   */
  private Optional<String> failing() {
    String sources =
        view.book().sources().stream()
            .filter(source -> source.error().isPresent())
            .map(source ->
                "%s %s: %s"
                    .formatted(
                        source.name(),
                        view.book()
                            .lastRead(source)
                            .map(at -> "last read at " + at)
                            .orElse("never read"),
                        source.error().orElseThrow()))
            .collect(Collectors.joining("\n"));
    return Optional.of(sources).filter(text -> !text.isEmpty());
  }

  /** What the sources could not be asked while the rest was: why some prices may be older. */
  private String troubles() {
    return view.book().sources().stream()
        .filter(source -> source.error().isEmpty())
        .flatMap(source ->
            source.troubles().stream().map(trouble -> "\n" + source.name() + ": " + trouble))
        .collect(Collectors.joining());
  }

  private void ready(String whyNot, String message) {
    if (!refused.isEmpty()) {
      conditions.set(Conditions.READY, false, "RungRefused", String.join("\n", refused));
      return;
    }
    boolean any = standings.stream().anyMatch(Standing::open);
    conditions.set(
        Conditions.READY,
        any,
        any ? "Open" : whyNot,
        any ? "nodes can be bought from at least one rung" : message);
  }

  private ArrayNode rungs() {
    ArrayNode rungs = JsonNodeFactory.instance.arrayNode();
    for (Standing standing : standings) {
      ObjectNode rung = rungs.addObject();
      rung.put("name", standing.name());
      rung.put("offer", standing.offer());
      standing.price().map(Usd::toString).ifPresent(price -> rung.put("usdPerGpuHour", price));
      rung.put("weight", standing.weight());
      rung.put("state", standing.state().toString());
      if (!standing.remark().isEmpty()) {
        rung.put("reason", standing.remark());
      }
      rung.put("nodes", standing.nodes());
    }
    return rungs;
  }

  private Optional<ObjectNode> lastChange(List<Standing> open) {
    Optional<String> reason =
        actions.stream()
            .filter(action -> !(action instanceof Action.Adjust))
            .filter(action -> !(action instanceof Action.Reweigh))
            .map(Action::reason)
            .reduce((first, last) -> last);
    boolean reordered = actions.stream().anyMatch(Action.Reweigh.class::isInstance);
    if (reordered) {
      notices.add(new Notice(EventRecorder.Type.NORMAL, "Reordered", order(open)));
    }
    return reason
        .or(() -> reordered ? Optional.of(order(open)) : Optional.empty())
        .map(text ->
            JsonNodeFactory.instance
                .objectNode()
                .put("time", view.now().toString())
                .put("reason", text))
        .or(() ->
            Optional.ofNullable(pool.status().get("lastChange"))
                .map(before -> (ObjectNode) before.deepCopy()));
  }

  private static String order(List<Standing> open) {
    List<String> names = open.stream().limit(NAMED).map(Standing::offer).toList();
    return "the order is now "
        + String.join(", ", names)
        + (open.size() > NAMED ? " and " + (open.size() - NAMED) + " more" : "");
  }

  /** What changes in the status is said once. */
  private void notices() {
    JsonNode before = pool.status().path("conditions");
    for (JsonNode condition : conditions.json()) {
      String type = condition.path("type").asText();
      JsonNode old = Conditions.find(before, type);
      boolean holds = condition.path("status").asText().equals("True");
      boolean same = old.path("status").equals(condition.path("status"));
      boolean sameReason = old.path("reason").equals(condition.path("reason"));
      if (!holds && !(same && sameReason)) {
        notices.add(
            new Notice(
                EventRecorder.Type.WARNING,
                condition.path("reason").asText(),
                condition.path("message").asText()));
      } else if (holds && !same && old.isObject()) {
        notices.add(
            new Notice(
                EventRecorder.Type.NORMAL,
                type.equals(Conditions.READY) ? type : condition.path("reason").asText(),
                condition.path("message").asText()));
      }
    }
    for (Standing standing : standings) {
      if (!standing.edited().isEmpty() && !saidOf(standing)) {
        notices.add(
            new Notice(
                EventRecorder.Type.WARNING,
                "TemplateEdited",
                standing.name() + ": " + standing.remark()));
      }
    }
  }

  private boolean saidOf(Standing standing) {
    for (JsonNode rung : pool.status().path("rungs")) {
      if (rung.path("name").asText().equals(standing.name())) {
        return rung.path("reason").asText().equals(standing.remark());
      }
    }
    return false;
  }
}
