package dev.windfall.reconciler.guards;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Resource;
import dev.windfall.reconciler.guards.Action.CreateGuard;
import dev.windfall.reconciler.guards.Action.RemoveGuard;
import dev.windfall.reconciler.guards.Action.RestoreGuard;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * Decides which guards are written. A policy comes before its binding and goes after it, so that no
 * binding ever names a policy that is not there.
 */
final class Planner {
  private final View view;
  private final List<Action> actions = new ArrayList<>();

  private Planner(View view) {
    this.view = view;
  }

  /** What there is to do; nothing while the guards that stand cannot be known. */
  static List<Action> plan(View view) {
    return view.standing().barred().isPresent() ? List.of() : new Planner(view).plan();
  }

  private List<Action> plan() {
    Map<String, Guard> wanted = new TreeMap<>(view.wanted());
    wanted.forEach((name, guard) -> {
      ensure(name, Resource.ADMISSION_POLICIES, view.standing().policies(), guard.policy());
      ensure(name, Resource.ADMISSION_POLICY_BINDINGS, view.standing().bindings(), guard.binding());
    });
    TreeSet<String> left = new TreeSet<>(view.standing().policies().keySet());
    left.addAll(view.standing().bindings().keySet());
    left.removeAll(wanted.keySet());
    left.removeIf(name -> !view.retired(name));
    for (String name : left) {
      remove(name, Resource.ADMISSION_POLICY_BINDINGS, view.standing().bindings());
      remove(name, Resource.ADMISSION_POLICIES, view.standing().policies());
    }
    return List.copyOf(actions);
  }

  private void ensure(
      String name, Resource resource, Map<String, ObjectNode> standing, ObjectNode wanted) {
    ObjectNode live = standing.get(name);
    if (live == null) {
      actions.add(new CreateGuard(name, resource, wanted));
    } else if (!live.path("spec").equals(wanted.path("spec"))) {
      ObjectNode restored = live.deepCopy();
      restored.set("spec", wanted.get("spec").deepCopy());
      restored.remove("status");
      actions.add(new RestoreGuard(name, resource, restored));
    }
  }

  private void remove(String name, Resource resource, Map<String, ObjectNode> standing) {
    Optional.ofNullable(standing.get(name))
        .ifPresent(live -> actions.add(new RemoveGuard(name, resource, live)));
  }
}
