package dev.windfall.reconciler.leftover;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.LeftoverTranslation.Translated;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.MergePatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Decides what to do about the SpotPools. Pure: the same view gives the same plan, and a plan that
 * was carried out gives an empty one.
 *
 * <p>A LeftoverNodePool that is only observed may be another operator's: nothing is written to it,
 * and when it is gone its SpotPool is known by its label. Where it was held before, it is let go.
 */
final class Planner {
  private final View view;
  private final List<Action> actions = new ArrayList<>();

  private Planner(View view) {
    this.view = view;
  }

  /**
   * What there is to do.
   *
   * @param wanted for each LeftoverNodePool that is not being deleted
   */
  static List<Action> plan(View view, List<Wanted> wanted) {
    Planner planner = new Planner(view);
    wanted.forEach(planner::keep);
    view.leftovers().stream().filter(LiveLeftover::deleting).forEach(planner::leave);
    planner.orphans();
    return List.copyOf(planner.actions);
  }

  private void keep(Wanted wanted) {
    LiveLeftover live = wanted.live();
    Optional<LivePool> there = view.pool(live.pool());
    boolean ours = there.filter(live::owns).isPresent();
    boolean made = wanted instanceof Wanted.Pool && there.isEmpty();
    if (view.acts(live) && !live.held() && (ours || made)) {
      actions.add(new Action.Hold(live, "it waits for SpotPool " + live.pool() + " when deleted"));
    }
    if (!(wanted instanceof Wanted.Pool pool)) {
      return;
    }
    if (there.isEmpty()) {
      ObjectNode manifest = pool.made().manifest();
      actions.add(
          new Action.CreatePool(live, manifest, "SpotPool " + live.pool() + " is made of it"));
    } else if (ours && !there.get().deleting()) {
      change(live, there.get(), pool.made());
    }
  }

  private void change(LiveLeftover live, LivePool there, Translated.Made made) {
    if (there.pool().equals(Optional.of(made.pool()))) {
      return;
    }
    ObjectNode patch =
        MergePatch.between(there.spec(), (ObjectNode) made.manifest().required("spec"));
    if (!patch.isEmpty()) {
      List<String> fields = new ArrayList<>();
      patch.fieldNames().forEachRemaining(fields::add);
      actions.add(
          new Action.ChangePool(
              live,
              there,
              patch,
              "SpotPool %s is what it comes to again: %s"
                  .formatted(there.name(), String.join(", ", fields))));
    }
  }

  private void leave(LiveLeftover live) {
    Optional<LivePool> there = view.pool(live.pool()).filter(live::owns);
    if (there.isPresent()) {
      LivePool pool = there.get();
      if (live.forced() && !pool.forced()) {
        actions.add(
            new Action.ForcePool(
                live, pool, "SpotPool %s gives its nodes up".formatted(pool.name())));
      }
      if (!pool.deleting()) {
        actions.add(
            new Action.DeletePool(live, pool, "SpotPool %s goes with it".formatted(pool.name())));
      }
    } else if (live.held()) {
      boolean careful = view.acts(live) && !live.forced();
      actions.add(new Action.Release(live, careful, "its SpotPool is gone"));
    }
  }

  /**
   * What was made for one that is gone, and was not waited for. A copy under another name has the
   * label too where somebody saved it so, and is theirs.
   */
  private void orphans() {
    Set<String> owned =
        view.leftovers().stream().map(LiveLeftover::pool).collect(Collectors.toSet());
    view.pools().stream()
        .filter(pool -> pool.leftover().isPresent() && !pool.deleting())
        .filter(pool -> LiveLeftover.made(pool) && !owned.contains(pool.name()))
        .map(pool ->
            new Action.DeleteOrphan(
                pool, "LeftoverNodePool %s is gone".formatted(pool.leftover().orElseThrow())))
        .forEach(actions::add);
  }
}
