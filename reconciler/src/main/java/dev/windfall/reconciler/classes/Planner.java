package dev.windfall.reconciler.classes;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.Keys;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.SpotPool.NodeClass;
import dev.windfall.reconciler.ClassTrouble;
import dev.windfall.reconciler.LivePool;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Decides which node classes are made and which go. Pure: a plan that was carried out gives one
 * without actions.
 */
final class Planner {
  /** How long Karpenter may take to judge a class before that is worth a word. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  private static final String NOT_ALLOWED = "NodeClassRoleNotAllowed";

  private final View view;
  private final List<Action> actions = new ArrayList<>();
  private final Map<String, ClassTrouble> troubles = new TreeMap<>();

  private Planner(View view) {
    this.view = view;
  }

  static Plan plan(View view) {
    return new Planner(view).plan();
  }

  private Plan plan() {
    Optional<View.Barred> barred = view.standing().barred();
    for (LivePool pool : view.pools()) {
      if (View.asks(pool)) {
        barred.ifPresentOrElse(
            why -> troubles.put(pool.name(), new ClassTrouble(why.reason(), why.message(), true)),
            () -> ensure(pool, pool.pool().orElseThrow()));
      }
    }
    view.standing().classes().values().stream()
        .filter(this::forsaken)
        .sorted(Comparator.comparing(LiveClass::name))
        .map(Action.DeleteClass::new)
        .forEach(actions::add);
    return new Plan(List.copyOf(actions), Map.copyOf(troubles));
  }

  /** As far as snapshots tell; before it goes, the API server itself is asked. */
  private boolean forsaken(LiveClass live) {
    return live.named()
        && !live.deleting()
        && !view.used().contains(live.name())
        && view.pools().stream().noneMatch(pool -> View.keeps(pool, live));
  }

  /** What is said of the class of {@code pool} until somebody has judged it. */
  static ClassTrouble pending(SpotPool pool) {
    return new ClassTrouble(
        ClassTrouble.PENDING,
        "the EC2NodeClass %s is being made, and Karpenter has not yet said whether it can launch nodes of it"
            .formatted(pool.nodeClassRef().name()),
        true);
  }

  private void ensure(LivePool pool, SpotPool spec) {
    NodeClass made = spec.nodeClass().orElseThrow();
    ObjectNode wanted = LiveClass.manifest(spec, made);
    LiveClass live = view.standing().classes().get(spec.nodeClassRef().name());
    Optional<String> refusal = view.roles().refusal(made.role());
    if (live == null && refusal.isPresent()) {
      troubles.put(pool.name(), new ClassTrouble(NOT_ALLOWED, refusal.get(), true));
    } else if (live == null) {
      actions.add(new Action.CreateClass(spec.nodeClassRef().name(), wanted, pool.reference()));
      troubles.put(pool.name(), pending(spec));
    } else {
      trouble(spec, live, wanted).ifPresent(found -> troubles.put(pool.name(), found));
    }
  }

  private Optional<ClassTrouble> trouble(SpotPool pool, LiveClass live, ObjectNode wanted) {
    String name = "the EC2NodeClass " + live.name();
    if (live.deleting()) {
      return blocking(
          "NodeClassDeleting",
          name
              + " is being deleted; it is made again once it is gone, which Karpenter lets happen"
              + " when no node of it is left; any edit of nodeClass gives the class another name,"
              + " and that one is made at once");
    }
    Optional<ClassTrouble> odd = odd(pool, live, wanted);
    String besides = odd.map(trouble -> "\n" + trouble.message()).orElse("");
    if (live.ready().equals(Optional.of(false))) {
      return blocking(
          "NodeClassNotReady",
          "Karpenter launches no node of %s:\n%s".formatted(name, live.complaints()) + besides);
    }
    if (live.ready().isEmpty() && overdue(live)) {
      return blocking(
          "NodeClassNotReady",
          (live.seen()
                  ? "Karpenter is not done with %s, and launches no node of it; its log says why, often that it may not pass the role or that there is none of that name:\n%s"
                      .formatted(name, live.complaints())
                  : "Karpenter has not said whether it can launch nodes of %s; does a Karpenter for AWS run in this cluster?"
                      .formatted(name))
              + besides);
    }
    return live.ready().isEmpty() ? Optional.of(pending(pool)) : odd;
  }

  /** What is not as it should be of a class that Karpenter may well launch nodes of. */
  private Optional<ClassTrouble> odd(SpotPool pool, LiveClass live, ObjectNode wanted) {
    String name = "the EC2NodeClass " + live.name();
    Optional<String> refusal = view.roles().refusal(pool.nodeClass().orElseThrow().role());
    if (refusal.isPresent()) {
      return Optional.of(
          new ClassTrouble(
              NOT_ALLOWED,
              "%s; %s is there already and stays so while a node of it may run; edit nodeClass of the SpotPool"
                  .formatted(refusal.get(), name),
              false));
    }
    if (!live.pool().equals(Optional.of(pool.name()))) {
      return Optional.of(
          new ClassTrouble(
              "NodeClassForeign",
              "%s is there without the label %s: %s, so it is not Windfall's to touch, and nodes are what it says; delete it once no node of it is left, or change nodeClass, which gives the class another name"
                  .formatted(name, Keys.POOL, pool.name()),
              false));
    }
    List<String> edited = live.editedFrom(wanted);
    return edited.isEmpty()
        ? Optional.empty()
        : Optional.of(new ClassTrouble("NodeClassEdited", name + ": " + edited(edited), false));
  }

  private static String edited(List<String> fields) {
    return "%s %s by hand; it stays so, since writing it back would drift the nodes of it; edit nodeClass of the SpotPool instead"
        .formatted(String.join(", ", fields), fields.size() == 1 ? "was changed" : "were changed");
  }

  private static Optional<ClassTrouble> blocking(String reason, String message) {
    return Optional.of(new ClassTrouble(reason, message, true));
  }

  private boolean overdue(LiveClass live) {
    return live.since()
        .filter(at -> Duration.between(at, view.now()).compareTo(PATIENCE) > 0)
        .isPresent();
  }
}
