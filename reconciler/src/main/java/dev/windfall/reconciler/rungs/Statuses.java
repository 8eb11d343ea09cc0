package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.MergePatch;
import dev.windfall.reconciler.rungs.Plan.StatusWrite;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;

/** Says in each SpotPool's status how it stands, where that is not what the status says already. */
final class Statuses {
  private static final Comparator<Standing> ORDER =
      Comparator.comparing(Standing::state)
          .thenComparing(Comparator.comparingInt(Standing::weight).reversed())
          .thenComparing(Standing::name);

  private final View view;
  private final Costs costs;
  private final Decision decision;
  private final Decision would;

  private Statuses(View view, Decision decision, Decision would) {
    this.view = view;
    this.costs = new Costs(view);
    this.decision = decision;
    this.would = would;
  }

  /**
   * The statuses once a decision is carried out.
   *
   * @param would what would be decided if every pool acted
   */
  static List<StatusWrite> of(View view, Decision decision, Decision would) {
    Statuses statuses = new Statuses(view, decision, would);
    List<StatusWrite> writes = new ArrayList<>();
    boolean priced = !view.book().offers().isEmpty();
    for (Supply supply : decision.supplies().values()) {
      // A status that a restart overwrote for its first second would tell nobody anything.
      if (priced) {
        statuses.write(supply).ifPresent(writes::add);
      } else if (neverSpokenOf(supply.live())) {
        statuses.write(unpriced(supply.live())).ifPresent(writes::add);
      }
    }
    for (LivePool pool : view.leaving()) {
      if (pool.held()) {
        statuses.write(new Supply.Leaving(pool)).ifPresent(writes::add);
      }
    }
    return writes;
  }

  private static boolean neverSpokenOf(LivePool pool) {
    return Conditions.find(pool.status().path("conditions"), Conditions.READY).isMissingNode();
  }

  private static Supply unpriced(LivePool pool) {
    return pool.pool()
        .<Supply>map(spec ->
            new Supply.Stale(pool, spec, "NoPricesYet", "no source of prices has been read yet"))
        .orElseGet(() -> new Supply.Unreadable(pool));
  }

  private Optional<StatusWrite> write(Supply supply) {
    LivePool pool = supply.live();
    List<Standing> standings = decision.standings(pool.name()).stream().sorted(ORDER).toList();
    List<Standing> open = standings.stream().filter(Standing::open).toList();
    Verdict verdict = new Verdict(view, decision, supply, standings);
    Figures figures = new Figures(view, costs, pool, standings);

    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("observedGeneration", pool.generation());
    status.set("conditions", verdict.conditions());
    status.put("openRungs", open.size());
    if (!open.isEmpty()) {
      Standing first = open.getFirst();
      ObjectNode cheapest = status.putObject("cheapest");
      cheapest.put("offer", first.offer());
      first.price().ifPresent(price -> cheapest.put("usdPerGpuHour", price.toString()));
    }
    figures.into(status);
    Changes changes = new Changes(view, decision, pool, standings);
    changes.last().ifPresent(change -> status.set("lastChange", change));
    if (supply instanceof Supply.Offered offered && !offered.pool().acts()) {
      status.set("observed", new Observed(view, costs, offered, would).json());
    }
    demand(supply, status);
    ObjectNode patch = MergePatch.between(pool.status(), status);
    return patch.isEmpty()
        ? Optional.empty()
        : Optional.of(new StatusWrite(pool, patch, changes.notices(verdict.conditions())));
  }

  private void demand(Supply supply, ObjectNode status) {
    LivePool pool = supply.live();
    status.put("lastPodGpus", Supply.lastPod(pool, view.waiting()));
    if (supply instanceof Supply.Offered offered && !offered.pool().ranking().minHold().isZero()) {
      ObjectNode usable = status.putObject("usableGpus");
      Steady.usableGpus(offered).forEach((gpus, used) -> usable.put(gpus.toString(), used));
    } else if (supply instanceof Supply.Stale && pool.status().has("usableGpus")) {
      status.set("usableGpus", pool.status().get("usableGpus"));
    }
  }
}
