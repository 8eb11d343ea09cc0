package dev.windfall.kind.local;

import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;

/**
 * The faults to come, by verb and kind. Each is used up by the first request that fits, in the
 * order they were given.
 */
public final class Faults {
  private record Planned(String verb, String plural, Fault fault, boolean lasting) {
    boolean fits(String askedVerb, String askedPlural) {
      return (verb.equals("*") || verb.equals(askedVerb))
          && (plural.equals("*") || plural.equals(askedPlural));
    }
  }

  private final List<Planned> planned = new ArrayList<>();

  Faults() {}

  /**
   * The next such request meets this fault.
   *
   * @param verb get, list, watch, create, update, patch, delete, or {@code *} for any
   * @param plural the kind's name in the URL, {@code pods/eviction}, or {@code *} for any
   */
  public synchronized void next(String verb, String plural, Fault fault) {
    planned.add(new Planned(verb, plural, fault, false));
  }

  /** Every such request meets this fault, until {@link #clear}. */
  public synchronized void always(String verb, String plural, Fault fault) {
    planned.add(new Planned(verb, plural, fault, true));
  }

  /** Nothing goes wrong any more. */
  public synchronized void clear() {
    planned.clear();
  }

  synchronized Optional<Fault> take(String verb, String plural) {
    for (Iterator<Planned> each = planned.iterator(); each.hasNext(); ) {
      Planned candidate = each.next();
      if (candidate.fits(verb, plural)) {
        if (!candidate.lasting()) {
          each.remove();
        }
        return Optional.of(candidate.fault());
      }
    }
    return Optional.empty();
  }
}
