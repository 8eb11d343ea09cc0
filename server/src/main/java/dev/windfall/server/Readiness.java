package dev.windfall.server;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.BooleanSupplier;

/** Whether this replica may be asked, and what is missing when it may not. */
final class Readiness {
  private final List<Condition> conditions = new CopyOnWriteArrayList<>();
  private volatile boolean leaving;

  private record Condition(String missing, BooleanSupplier met) {}

  /**
   * Adds something that must be so.
   *
   * @param missing what is said while it is not
   */
  void require(String missing, BooleanSupplier met) {
    conditions.add(new Condition(missing, met));
  }

  /** Says from now on that this replica is going. */
  void leave() {
    leaving = true;
  }

  /** What is missing, in the order in which it is waited for; empty when ready. */
  List<String> missing() {
    List<String> missing = new ArrayList<>();
    if (leaving) {
      missing.add("the server is shutting down");
    }
    for (Condition condition : conditions) {
      if (!condition.met().getAsBoolean()) {
        missing.add(condition.missing());
      }
    }
    return missing;
  }
}
