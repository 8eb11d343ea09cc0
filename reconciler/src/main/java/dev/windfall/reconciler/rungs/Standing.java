package dev.windfall.reconciler.rungs;

import dev.windfall.policies.Usd;
import dev.windfall.reconciler.LiveRung;
import java.util.List;
import java.util.Optional;

/**
 * How one rung stands once a plan is carried out.
 *
 * @param offer as text, or the group; empty when a hand has removed it
 * @param gpus of one machine
 * @param nodes NodeClaims it has
 * @param deleting whether its deletion has begun
 * @param edited fields of its template that a hand has changed
 */
record Standing(
    String name,
    String pool,
    String offer,
    Knobs knobs,
    int gpus,
    int nodes,
    boolean deleting,
    List<String> edited) {

  enum State {
    OPEN("Open"),
    RETIRING("Retiring"),
    CLOSED("Closed"),
    DELETING("Deleting");

    private final String text;

    State(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  static Standing open(Rung rung, Knobs knobs, View view, List<String> edited) {
    return new Standing(
        rung.name(),
        rung.pool(),
        rung.what(),
        knobs,
        rung.gpus(),
        view.nodesOf(rung.name()),
        false,
        edited);
  }

  static Standing asItIs(LiveRung rung, View view) {
    return with(rung, Knobs.of(rung), view);
  }

  static Standing with(LiveRung rung, Knobs knobs, View view) {
    return new Standing(
        rung.name(),
        rung.pool().orElse(""),
        rung.what().orElse(""),
        knobs,
        rung.gpus(),
        view.nodesOf(rung.name()),
        rung.deleting(),
        List.of());
  }

  State state() {
    if (deleting) {
      return State.DELETING;
    }
    if (knobs.open()) {
      return State.OPEN;
    }
    return nodes > 0 ? State.RETIRING : State.CLOSED;
  }

  boolean open() {
    return state() == State.OPEN;
  }

  /** Whether its limit leaves room for one more machine. */
  boolean roomy() {
    return gpus * (nodes + 1L) <= knobs.gpuLimit();
  }

  Optional<Usd> price() {
    return knobs.recordedPrice();
  }

  int weight() {
    return knobs.weight().orElse(0);
  }

  /** What a person should know of it; empty when there is nothing. */
  String remark() {
    if (deleting) {
      return "it is being deleted";
    }
    if (!knobs.open()) {
      return knobs.closedBecause();
    }
    if (edited.isEmpty()) {
      return roomy() ? "" : "what the pool's limits leave it is used up";
    }
    return String.join(", ", edited)
        + " was edited by hand, which Karpenter counts as drift; delete the NodePool once it is"
        + " empty, and it is made again";
  }
}
