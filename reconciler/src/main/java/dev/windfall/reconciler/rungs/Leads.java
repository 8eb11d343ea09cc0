package dev.windfall.reconciler.rungs;

import static java.util.Comparator.comparing;

import dev.windfall.market.Hold.Lead;
import dev.windfall.reconciler.rungs.Shortlist.Slot;
import java.time.Duration;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * Since when one offer has undercut another by more than the hysteresis. Kept in an annotation of
 * the rung that is undercut, so that a restart forgets nothing: {@code
 * POOL/OFFER=TIME,POOL/GROUP=TIME}.
 */
record Leads(Map<Lead<Slot>, Instant> since) {
  /** So many challengers of one rung are remembered, those that have led for longest first. */
  private static final int REMEMBERED = 10;

  Leads {
    since = Map.copyOf(since);
  }

  static Leads none() {
    return new Leads(Map.of());
  }

  /** Reads what {@link #text} wrote; what a hand made unreadable begins anew. */
  static Map<Lead<Slot>, Instant> parse(Slot holder, String text) {
    Map<Lead<Slot>, Instant> read = new HashMap<>();
    for (String one : text.split(",", REMEMBERED + 1)) {
      int slash = one.indexOf('/');
      int equals = one.indexOf('=');
      if (slash > 0 && equals > slash) {
        String what = one.substring(slash + 1, equals);
        Optional<Instant> at = time(one.substring(equals + 1));
        if (!what.isEmpty() && at.isPresent()) {
          Slot challenger = new Slot(one.substring(0, slash), what);
          read.put(new Lead<>(challenger, holder), at.get());
        }
      }
    }
    return read;
  }

  private static Optional<Instant> time(String text) {
    try {
      return Optional.of(Instant.parse(text));
    } catch (DateTimeParseException e) {
      return Optional.empty();
    }
  }

  boolean lasted(Lead<Slot> lead, Duration minHold, Instant now) {
    Instant at = since.get(lead);
    // Not by adding: a hand may have written the end of time.
    return at != null && Duration.between(at, now).compareTo(minHold) >= 0;
  }

  /** Those that still stand, each since it began. */
  Leads and(List<Lead<Slot>> standing, Instant now) {
    Map<Slot, List<Lead<Slot>>> byHolder =
        standing.stream().collect(Collectors.groupingBy(Lead::holder));
    Map<Lead<Slot>, Instant> still = new HashMap<>();
    byHolder
        .values()
        .forEach(leads ->
            leads.stream()
                .sorted(comparing(lead -> began(lead, now)))
                .limit(REMEMBERED)
                .forEach(lead -> still.put(lead, began(lead, now))));
    return new Leads(still);
  }

  /** A time to come was written by another clock, or by a hand; it must not hold the order up. */
  private Instant began(Lead<Slot> lead, Instant now) {
    Instant at = since.getOrDefault(lead, now);
    return at.isAfter(now) ? now : at;
  }

  /** What the rung of {@code holder} remembers; empty text when nobody leads it. */
  String text(Slot holder) {
    List<String> texts = new ArrayList<>();
    since.forEach((lead, at) -> {
      if (lead.holder().equals(holder)) {
        texts.add(lead.challenger().pool() + "/" + lead.challenger().what() + "=" + at);
      }
    });
    return texts.stream().sorted().collect(Collectors.joining(","));
  }
}
