package dev.windfall.reconciler.pending;

import dev.windfall.reconciler.LiveRung;
import java.util.List;
import java.util.stream.Collectors;

/** What the rungs tell a person whose pod no scheduler found a node for. */
record Rungs(List<LiveRung> open, List<LiveRung> closed) {
  /** So many rungs are named; a person reads no more. */
  private static final int NAMED = 5;

  static Rungs of(List<LiveRung> rungs) {
    return new Rungs(
        rungs.stream().filter(rung -> rung.closed().isEmpty()).toList(),
        rungs.stream().filter(rung -> rung.closed().isPresent()).toList());
  }

  /** Whether any is open; which ones they are moves all the time. */
  String substance() {
    return open.isEmpty() ? "no rung is open" : "rungs are open";
  }

  String note() {
    if (open.isEmpty() && closed.isEmpty()) {
      return "there is no rung to buy a node from; kubectl get spotpools says why";
    }
    String shut =
        closed.stream()
            .limit(NAMED)
            .map(rung -> rung.name() + " (" + rung.closed().orElse("") + ")")
            .collect(Collectors.joining(", "));
    String more = closed.size() > NAMED ? " and " + (closed.size() - NAMED) + " more" : "";
    if (open.isEmpty()) {
      return "no rung is open: " + shut + more;
    }
    String tried =
        "no node fits yet, although "
            + open.stream().limit(NAMED).map(LiveRung::name).collect(Collectors.joining(", "))
            + (open.size() > NAMED ? " and " + (open.size() - NAMED) + " more" : "")
            + (open.size() == 1 ? " is open" : " are open");
    return shut.isEmpty() ? tried : tried + "; closed: " + shut + more;
  }
}
