package dev.windfall.kind.ec2;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The faults to come, by action. Each is used up by the first request that fits, in the order they
 * were given.
 */
public final class Faults {
  private record Planned(String action, String region, Fault fault, boolean lasting) {
    boolean fits(Asked asked) {
      return (action.equals("*") || action.equals(asked.action()))
          && (region.equals("*") || region.equals(asked.region()));
    }
  }

  private final List<Planned> planned = new ArrayList<>();

  Faults() {}

  /** The next request for {@code action}, or {@code *} for any, meets this fault. */
  public synchronized void next(String action, Fault fault) {
    planned.add(new Planned(action, "*", fault, false));
  }

  /** Every request for {@code action}, or {@code *} for any, meets this fault. */
  public synchronized void always(String action, Fault fault) {
    planned.add(new Planned(action, "*", fault, true));
  }

  /** Every request of one region meets this fault. */
  public synchronized void region(String region, Fault fault) {
    planned.add(new Planned("*", region, fault, true));
  }

  /** Nothing goes wrong any more. */
  public synchronized void clear() {
    planned.clear();
  }

  synchronized Optional<Fault> take(Asked asked) {
    for (Iterator<Planned> each = planned.iterator(); each.hasNext(); ) {
      Planned candidate = each.next();
      if (candidate.fits(asked)) {
        if (!candidate.lasting()) {
          each.remove();
        }
        return Optional.of(candidate.fault());
      }
    }
    return Optional.empty();
  }
}
