package dev.windfall.reconciler.pending;

import dev.windfall.market.Grant;
import dev.windfall.market.Grants;
import dev.windfall.market.NodeRequirement;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Durations;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Request;
import dev.windfall.reconciler.bursts.Bursts;
import dev.windfall.reconciler.bursts.Bursts.Assigned;
import dev.windfall.reconciler.bursts.Bursts.Held;
import dev.windfall.reconciler.pending.Plan.Memory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;

/**
 * The pods that are held until those that come with them are seen, and then given their machines
 * together.
 */
final class Burst {
  /** Since the last of them came. A pass a second looks; it must not miss this by a hair. */
  private static final Duration QUIET = Duration.ofMillis(900);

  /** Since the first of them came: who arrives without a pause is not held for ever. */
  private static final Duration LONGEST = Duration.ofMillis(2_900);

  /**
   * So long a pod waits for a rung that has a machine for it. Then it goes as it would without its
   * policy: somebody else's nodes may serve it, and if not, it is told why it waits.
   */
  static final Duration PATIENCE = Duration.ofSeconds(30);

  /**
   * How a pod would go by itself.
   *
   * @param labels what it requires by well-known labels
   * @param requirements all that it requires
   */
  record Alone(List<NodeRequirement> labels, List<NodeRequirement> requirements, String note) {
    /** Of a pod that was granted offers. */
    static Alone granted(Request request, Grant.Bound bound) {
      OfferKey best = bound.offers().getFirst().offer().key();
      String what = best.instanceType() + " in " + best.zone();
      return new Alone(
          List.of(),
          bound.requirements(),
          request
              .maxPricePerGpu()
              .map(cap -> what + " is at or below " + cap + " USD/GPU·h now")
              .orElse(what + " can be had now"));
    }
  }

  /**
   * A pod that waits on.
   *
   * @param substance what makes it another thing to say
   * @param why empty: it waits for a moment only, and nobody need know
   */
  record Waiting(Pod pod, String substance, String why) {}

  /** What becomes of them. */
  record Decision(List<Action> actions, List<Waiting> waiting) {}

  /** So many are given machines in one pass, those who waited longest; the others in the next. */
  private static final int MOST = 1_000;

  /**
   * One of them. Who was told why it waits has been seen with others already.
   *
   * @param since when it was first seen waiting
   * @param joined when it could first have had a machine
   */
  private record Member(Held held, Alone alone, Instant since, Instant joined, boolean told) {}

  private final List<Member> members = new ArrayList<>();

  void add(Pod pod, Request request, Alone alone, Memory known) {
    Held held = new Held(pod, request, alone.labels());
    Instant joined = known.joined().orElse(known.since());
    members.add(new Member(held, alone, known.since(), joined, !known.said().isEmpty()));
  }

  Decision decide(View view, Grants grants) {
    if (!whole(view.now())) {
      return new Decision(
          List.of(),
          members.stream().map(member -> new Waiting(member.held().pod(), "", "")).toList());
    }
    members.sort(
        Comparator.comparing(Member::since).thenComparing(member -> member.held().pod().uid()));
    List<Member> now = members.subList(0, Math.min(MOST, members.size()));
    Bursts.Outcome outcome =
        Bursts.assign(now.stream().map(Member::held).toList(), view.fleet(), grants);
    Map<String, Integer> together = new HashMap<>();
    outcome.assigned().forEach(one -> together.merge(one.place().name(), 1, Integer::sum));
    List<Action> actions = new ArrayList<>();
    for (Assigned one : outcome.assigned()) {
      String note = note(one, together.getOrDefault(one.place().name(), 1), view);
      actions.add(new Action.Assign(one.held().pod(), one.place(), one.held().labels(), note));
    }
    Map<Held, Member> byHeld = new HashMap<>();
    members.forEach(member -> byHeld.put(member.held(), member));
    List<Waiting> waiting = new ArrayList<>();
    members.stream()
        .skip(now.size())
        .forEach(later -> waiting.add(new Waiting(later.held().pod(), "", "")));
    for (Held held : outcome.left()) {
      Member member = byHeld.get(held);
      if (member == null) {
        continue;
      }
      if (view.now().isBefore(member.joined().plus(PATIENCE))) {
        Rungs rungs = Rungs.of(view.rungs());
        waiting.add(
            new Waiting(held.pod(), "no machine", "no rung has a machine for it; " + rungs.note()));
      } else {
        actions.add(
            new Action.LiftGate(
                held.pod(),
                member.alone().requirements(),
                "no rung had a machine for it within "
                    + Durations.text(PATIENCE)
                    + "; it goes on by itself"));
      }
    }
    return new Decision(actions, waiting);
  }

  /** Whether it seems that all who belong to it are there. */
  private boolean whole(Instant now) {
    List<Instant> arrivals =
        members.stream().filter(member -> !member.told()).map(Member::since).sorted().toList();
    return arrivals.isEmpty()
        || !now.isBefore(arrivals.getLast().plus(QUIET))
        || !now.isBefore(arrivals.getFirst().plus(LONGEST));
  }

  private static String note(Assigned one, int together, View view) {
    String what =
        one.place().offer().instanceType()
            + " in "
            + one.place().offer().zone()
            + view.book()
                .find(one.place().offer())
                .map(Offer::usdPerHour)
                .map(price -> " at " + price + " USD/h")
                .orElse("");
    String others =
        together == 1
            ? ""
            : " with " + (together - 1) + (together == 2 ? " other pod" : " other pods");
    return (one.place().there() ? "given a place on a " : "given a new ") + what + others;
  }
}
