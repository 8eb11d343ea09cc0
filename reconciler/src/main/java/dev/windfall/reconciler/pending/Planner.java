package dev.windfall.reconciler.pending;

import dev.windfall.market.Grant;
import dev.windfall.market.Grants;
import dev.windfall.market.NodeRequirement;
import dev.windfall.policies.Durations;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Request;
import dev.windfall.policies.Resolution;
import dev.windfall.policies.Spot;
import dev.windfall.policies.Usd;
import dev.windfall.reconciler.pending.Burst.Alone;
import dev.windfall.reconciler.pending.Plan.Memory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Decides what to do about the pods that wait. Pure: the same view and memory give the same plan.
 */
final class Planner {
  /** An event that is still true is said again this often, as Kubernetes forgets events. */
  private static final Duration REPEAT = Duration.ofMinutes(5);

  /** A node takes about this long; who waits longer should know why. */
  private static final Duration PATIENCE = Duration.ofMinutes(1);

  /** News of policies and namespaces take seconds to reach everybody. */
  private static final Duration CERTAINTY = Duration.ofMinutes(2);

  /**
   * So much is said in one pass; more would be dropped before it is written. Who is not told keeps
   * no memory of it, and is told in a pass to come.
   */
  static final int MOST_SAID = 200;

  private static final String ALONE = "its policy does not assign bursts";
  private static final String NO_LONGER = "the pod no longer has a cap to wait for";

  private final View view;
  private final Map<String, Memory> before;
  private final Map<String, Memory> memory = new HashMap<>();
  private final List<Action> actions = new ArrayList<>();
  private final Burst burst = new Burst();
  private int said;

  private final Grants grants;

  private Planner(View view, Map<String, Memory> before, Grants grants) {
    this.view = view;
    this.before = before;
    this.grants = grants;
  }

  /**
   * Makes a plan.
   *
   * @param before the memory of the plan before
   * @param grants of the view's moment
   */
  static Plan plan(View view, Map<String, Memory> before, Grants grants) {
    Planner planner = new Planner(view, before, grants);
    planner.longestUntold().forEach(planner::consider);
    boolean soon = planner.assign();
    planner.actions.sort(Comparator.comparing(action -> !(action instanceof Action.Say)));
    return new Plan(planner.actions, planner.memory, soon);
  }

  /** Who was told least lately comes first, so that everybody's turn comes. */
  private List<Pod> longestUntold() {
    return view.pods().stream()
        .sorted(Comparator.comparing(pod -> remembered(pod).saidAt()))
        .toList();
  }

  private void consider(Pod pod) {
    if (!view.surroundings().know(pod)) {
      // Its namespace comes with another watch; what is lifted or tolerated cannot be taken back.
      return;
    }
    Resolution resolution = view.surroundings().resolve(pod);
    Optional<Request> request = resolution.request();
    if (pod.gated() && !resolution.refusals().isEmpty()) {
      refused(pod, resolution);
    } else if (pod.gated()) {
      gated(pod, resolution);
    } else if (request.isPresent() && !pod.toleratesRungs() && view.admits(pod)) {
      missed(pod, resolution, request.get());
    } else if (pod.gpus() > 0 && pod.toleratesRungs() && pod.unschedulable()) {
      unschedulable(pod);
    }
  }

  /** Admission was away, or its policies were others, when the pod came. */
  private void refused(Pod pod, Resolution resolution) {
    say(pod, "refused", String.join("; ", resolution.refusals()));
  }

  private void gated(Pod pod, Resolution resolution) {
    if (resolution.request().isEmpty()) {
      letGo(pod, List.of(), "the pod no longer has a wish to wait for");
      return;
    }
    // Whom labels say all of is not held for want of prices.
    boolean forPrices = resolution.request().get().wantsOffers() || !pod.waitsForBurst();
    if (view.book().offers().isEmpty() && forPrices) {
      say(pod, "no prices", "no source of prices has been read yet");
      return;
    }
    Request request = resolution.request().get();
    switch (grants.of(request)) {
      case Grant.AnyRung any -> heldByLabels(pod, resolution, request, List.of());
      case Grant.Bound bound when bound.offers().isEmpty() ->
          heldByLabels(pod, resolution, request, bound.requirements());
      case Grant.Bound bound -> hold(pod, resolution, request, Alone.granted(request, bound));
      case Grant.NothingFits nothing -> nothingFits(pod, resolution, nothing);
    }
  }

  private void heldByLabels(
      Pod pod, Resolution resolution, Request request, List<NodeRequirement> labels) {
    if (pod.waitsForBurst()) {
      hold(pod, resolution, request, new Alone(labels, labels, ALONE));
    } else {
      letGo(pod, labels, NO_LONGER);
    }
  }

  /** A pod whose policy says so is given its machine together with others; others go alone. */
  private void hold(Pod pod, Resolution resolution, Request request, Alone alone) {
    // Where its volumes are is not looked at when machines are given.
    boolean assigned = resolution.assignBursts() && pod.claims().isEmpty();
    if (assigned && request.spot() != Spot.NEVER) {
      Optional<Instant> joined = Optional.ofNullable(before.get(pod.uid())).flatMap(Memory::joined);
      Memory held = remembered(pod).joinedAt(joined.or(() -> Optional.of(view.now())));
      memory.put(pod.uid(), held);
      burst.add(pod, request, alone, held);
    } else {
      lift(pod, alone.requirements(), alone.note());
    }
  }

  /** Gives the burst its machines once it is whole; whether to look again soon. */
  private boolean assign() {
    Burst.Decision decision = burst.decide(view, grants);
    actions.addAll(decision.actions());
    decision.actions().forEach(done -> memory.remove(done.pod().uid()));
    decision
        .waiting()
        .forEach(waiting -> {
          if (!waiting.why().isEmpty()) {
            say(waiting.pod(), waiting.substance(), waiting.why());
          }
        });
    return !decision.waiting().isEmpty();
  }

  /**
   * Lets a pod go that seems to have nothing to wait for. It was gated for a reason, which may be
   * in a policy or a namespace that this replica has not heard of yet; so only once that has
   * lasted.
   */
  private void letGo(Pod pod, List<NodeRequirement> requirements, String note) {
    Memory known = remembered(pod);
    if (!view.surroundings().policies().whole()) {
      say(pod, "not whole", note + "; it waits while a SpotPolicy cannot be read");
    } else if (!known.said().equals(note)) {
      say(pod, note, note + "; it is let go in " + Durations.text(CERTAINTY) + " if that lasts");
    } else if (view.now().isBefore(known.saidAt().plus(CERTAINTY))) {
      memory.put(pod.uid(), known);
    } else {
      lift(pod, requirements, note);
    }
  }

  /** Who has waited for too long may have a way out; what is the same for both is said at last. */
  private void nothingFits(Pod pod, Resolution resolution, Grant.NothingFits nothing) {
    Optional<Duration> late = overdue(pod, resolution.waiting());
    if (late.isPresent() && resolution.waiting().fallback()) {
      Request fallback = nothing.request().capped(resolution.bounds().maxPricePerGpu());
      switch (grants.of(fallback)) {
        case Grant.AnyRung any -> lift(pod, List.of(), fellBack(late.get()));
        case Grant.Bound bound -> lift(pod, bound.requirements(), fellBack(late.get()));
        case Grant.NothingFits still ->
            wait(
                pod,
                still,
                resolution
                    .bounds()
                    .maxPricePerGpu()
                    .map(cap -> "the bounds of " + String.join(", ", resolution.policies())),
                late);
      }
      return;
    }
    wait(pod, nothing, resolution.cap().map(Planner::setBy), late);
  }

  private void wait(
      Pod pod, Grant.NothingFits nothing, Optional<String> capSetBy, Optional<Duration> late) {
    String nearest =
        nothing.nearest().map(ranked -> ranked.offer().key().toString()).orElse("none");
    String cap = nothing.request().maxPricePerGpu().map(Usd::toString).orElse("any price");
    say(
        pod,
        cap + " " + nearest + (late.isPresent() ? " late" : ""),
        late.map(limit -> "has waited for more than " + Durations.text(limit) + "; ").orElse("")
            + nothing.reason()
            + capSetBy.map(by -> " (cap set by " + by + ")").orElse(""));
  }

  private static String setBy(Resolution.Reason cap) {
    return cap.by().equals("annotation") ? "annotation " + Keys.MAX_PRICE_PER_GPU : cap.by();
  }

  /** The limit that the pod has passed, if it has. */
  private Optional<Duration> overdue(Pod pod, Resolution.Waiting waiting) {
    return waiting
        .most()
        .filter(
            most -> pod.created().filter(at -> !view.now().isBefore(at.plus(most))).isPresent());
  }

  private static String fellBack(Duration late) {
    return "nothing met the pod's cap within "
        + Durations.text(late)
        + "; its policy lets it go on without";
  }

  /**
   * A pod that asked while nobody admitted it, or only once it was there. With {@code never} there
   * is nothing to add: it cannot come onto a rung as it is.
   */
  private void missed(Pod pod, Resolution resolution, Request request) {
    if (!resolution.refusals().isEmpty()) {
      refused(pod, resolution);
    } else if (Grant.byLabels(request) instanceof Grant.AnyRung && !request.wantsOffers()) {
      actions.add(
          new Action.Tolerate(
              pod, "the pod may use spot nodes now; its wish came without admission"));
    } else if (request.spot() != Spot.NEVER) {
      say(
          pod,
          "missed",
          "the pod's wish ("
              + resolution.reasons().stream()
                  .map(Resolution.Reason::toString)
                  .collect(Collectors.joining(", "))
              + ") came without admission and cannot be added to a pod that exists; delete it, so"
              + " that it is created again");
    }
  }

  private void unschedulable(Pod pod) {
    Memory known = remembered(pod);
    if (Duration.between(known.since(), view.now()).compareTo(PATIENCE) < 0) {
      memory.put(pod.uid(), known);
      return;
    }
    Rungs rungs = Rungs.of(view.rungs());
    say(pod, rungs.substance(), rungs.note());
  }

  private void lift(Pod pod, List<NodeRequirement> requirements, String note) {
    actions.add(new Action.LiftGate(pod, requirements, note));
  }

  /**
   * Says something, unless it was said a moment ago.
   *
   * @param substance what makes it another thing to say; prices move all the time and do not
   */
  private void say(Pod pod, String substance, String note) {
    Memory known = remembered(pod);
    boolean due = !view.now().isBefore(known.saidAt().plus(REPEAT));
    if (known.said().equals(substance) && !due) {
      memory.put(pod.uid(), known);
      return;
    }
    if (said == MOST_SAID) {
      memory.put(pod.uid(), known);
      return;
    }
    said++;
    actions.add(new Action.Say(pod, note));
    memory.put(pod.uid(), new Memory(known.since(), known.joined(), substance, view.now()));
  }

  private Memory remembered(Pod pod) {
    Memory now = memory.get(pod.uid());
    return now == null ? before.getOrDefault(pod.uid(), Memory.of(view.now())).alone() : now;
  }
}
