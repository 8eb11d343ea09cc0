package dev.windfall.reconciler.nodes;

import dev.windfall.cluster.Reference;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Capacity;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.nodes.Plan.Memory;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Decides what to do about nodes. Pure: the same view and memory give the same plan. */
final class Planner {
  /** Drivers and the device plugin take some minutes on a new machine. */
  static final Duration SUSPICIOUS = Duration.ofMinutes(5);

  /** From then on a machine costs what it costs, for nothing. */
  private static final Duration HOPELESS = LiveClaim.HOPELESS;

  /** An event that is still true is said again this often. */
  private static final Duration REPEAT = Duration.ofMinutes(5);

  private static final String USUAL_CAUSE =
      "NVIDIA's device plugin tolerates the taint nvidia.com/gpu only, and does not run there until"
          + " its DaemonSet tolerates windfall.dev/rung too; windfall doctor has the patch";

  private final View view;
  private final Memory before;
  private final Retirement retirement;
  private final Replacements replacements;
  private final List<Action> actions = new ArrayList<>();
  private final Map<String, Instant> warned = new HashMap<>();

  /** Whether one is on its way out already. */
  private boolean givingUp;

  private Planner(View view, Memory before) {
    this.view = view;
    this.before = before;
    retirement = new Retirement(view);
    replacements = new Replacements(view, before.replacements(), actions);
  }

  static Plan plan(View view, Memory before) {
    Planner planner = new Planner(view, before);
    planner.givingUp = view.nodes().stream().anyMatch(planner::isGoingWithoutGpus);
    view.nodes().stream().filter(node -> !node.deleting()).forEach(planner::consider);
    Replacements.Memory replacing = planner.replacements.decide();
    return new Plan(planner.actions, new Memory(planner.warned, replacing));
  }

  private boolean isGoingWithoutGpus(LiveNode node) {
    return !node.gpus()
        && view.rung(node).isPresent()
        && (node.deleting() || view.claim(node).filter(c -> c.life().deleting()).isPresent());
  }

  private void consider(LiveNode node) {
    Optional<LiveRung> rung = view.rung(node);
    if (rung.isEmpty()) {
      // One that names a rung which is not there: its pool's label was taken off, or it is going.
      if (node.rung().isEmpty()) {
        label(node);
      }
      return;
    }
    if (!retirement.decides(rung.get())) {
      replacements.look(node, rung.get());
      return;
    }
    retire(node, rung.get());
    label(node);
    useless(node, rung.get());
  }

  private void retire(LiveNode node, LiveRung rung) {
    Optional<String> why = retirement.of(node, rung);
    if (node.replacing().isPresent()) {
      replacements.goOn(node, rung, node.replacing().get(), why.isPresent());
      return;
    }
    replacements.look(node, rung);
    if (why.isPresent() && !node.retiring() && retirement.settled(node)) {
      actions.add(
          new Action.Retire(node, "no new work is placed on it, what runs goes on: " + why.get()));
    } else if (why.isEmpty() && node.retiring()) {
      actions.add(new Action.Return(node, "it gets new work again"));
    }
  }

  /**
   * What nobody says is not guessed: a machine that no label says the capacity of is one's own only
   * where the market lists it as that.
   */
  private void label(LiveNode node) {
    Optional<OfferKey> offer = node.offer();
    if (node.labelled() || offer.isEmpty() || !node.gpus()) {
      return;
    }
    boolean stated = offer.get().capacity() != Capacity.OWNED;
    if (stated || view.book().find(offer.get()).isPresent()) {
      actions.add(
          new Action.Label(
              node, offer.get(), "its labels say that it was rented as " + offer.get()));
    }
  }

  private void useless(LiveNode node, LiveRung rung) {
    Optional<LiveClaim> claim = view.claim(node);
    Optional<Instant> registered = claim.flatMap(one -> one.life().registered()).or(node::created);
    if (node.gpus() || registered.isEmpty()) {
      return;
    }
    Duration waited = Duration.between(registered.get(), view.now());
    if (waited.compareTo(SUSPICIOUS) < 0) {
      return;
    }
    Optional<Reference> pool = view.pool(rung).map(LivePool::reference);
    if (claim.flatMap(one -> one.life().initialized()).isPresent()) {
      warn(
          node,
          pool,
          "%s had nvidia.com/gpu and shows none now; it is kept, with what runs there; a device plugin that begins anew has to tolerate windfall.dev/rung and windfall.dev/retiring"
              .formatted(node.name()));
    } else if (waited.compareTo(HOPELESS) >= 0 && claim.isPresent() && !givingUp) {
      String note =
          "%s has had no GPUs for %d minutes and is given back; %s"
              .formatted(node.name(), waited.toMinutes(), cause());
      actions.add(new Action.GiveUp(node, claim.get(), pool, note));
    } else {
      warn(
          node,
          pool,
          "%s has joined the cluster and has no nvidia.com/gpu; after %d minutes it is given back; %s"
              .formatted(node.name(), HOPELESS.toMinutes(), cause()));
    }
  }

  private void warn(LiveNode node, Optional<Reference> pool, String note) {
    Optional<Instant> said = Optional.ofNullable(before.warned().get(node.name()));
    if (said.filter(at -> view.now().isBefore(at.plus(REPEAT))).isPresent()) {
      warned.put(node.name(), said.get());
      return;
    }
    warned.put(node.name(), view.now());
    // The same words each time make one event with a count.
    actions.add(new Action.Warn(node, pool, note));
  }

  private String cause() {
    return view.deaf().isEmpty()
        ? "the usual cause: " + USUAL_CAUSE
        : "%s; that is so of %s".formatted(USUAL_CAUSE, String.join(", ", view.deaf()));
  }
}
