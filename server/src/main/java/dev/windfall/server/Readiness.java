package dev.windfall.server;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Supplier;

/** Whether this replica may be asked, and what is missing when it may not. */
final class Readiness {
  private final List<Step> steps = new CopyOnWriteArrayList<>();
  private final List<Supplier<Optional<String>>> troubles = new CopyOnWriteArrayList<>();
  private volatile boolean leaving;

  /** Something that has to be done once before the server is ready. */
  static final class Step {
    private volatile String missing;
    private volatile boolean done;

    private Step(String missing) {
      this.missing = missing;
    }

    /** Says more exactly what is missing. */
    void says(String now) {
      missing = now;
    }

    void done() {
      done = true;
    }
  }

  /**
   * Adds a step.
   *
   * @param missing what is said until it is done
   */
  Step step(String missing) {
    Step step = new Step(missing);
    steps.add(step);
    return step;
  }

  /**
   * Adds something that may come and go.
   *
   * @param trouble why this replica must not be asked; empty: it may
   */
  void unless(Supplier<Optional<String>> trouble) {
    troubles.add(trouble);
  }

  /** Says from now on that this replica is going. */
  void leave() {
    leaving = true;
  }

  /** What is missing, in the order in which it is done; empty when ready. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (leaving) {
      missing.add("the server is shutting down");
    }
    steps.stream().filter(step -> !step.done).map(step -> step.missing).forEach(missing::add);
    troubles.forEach(trouble -> trouble.get().ifPresent(missing::add));
    return missing;
  }
}
