package dev.windfall.market;

import java.time.Duration;
import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;

/**
 * What became of the offers that were used. A value: what happens makes another one. Old news fade,
 * and of too many offers those are forgotten of which there was no news for longest.
 *
 * <p>Only bad news raise an index. A launch that went well and time that passed in peace lower it,
 * or leave it as it is.
 */
public final class History {
  /** So many offers are remembered: some twenty types in fifty zones. */
  public static final int MOST = 1000;

  private static final History EMPTY = new History(new TreeMap<>());

  /** Never changed once it is here. */
  private final NavigableMap<OfferKey, Past> offers;

  private History(NavigableMap<OfferKey, Past> offers) {
    this.offers = offers;
  }

  public static History empty() {
    return EMPTY;
  }

  static History of(Map<OfferKey, Past> offers) {
    return new History(new TreeMap<>(offers));
  }

  /** Something that happened to an offer. */
  public sealed interface Event {
    OfferKey offer();

    /** The region of the offer, since interruptions there come together. */
    String region();

    /** When it happened, or was over. */
    Instant at();
  }

  /** A node was asked for, and came. */
  public record Launched(OfferKey offer, String region, Instant at) implements Event {}

  /** A node was asked for, and there was none to be had. */
  public record NoCapacity(OfferKey offer, String region, Instant at) implements Event {}

  /** A node was taken away. */
  public record Interrupted(OfferKey offer, String region, Instant at) implements Event {}

  /** A node was up, from {@code since}. Told as it goes on, in parts that do not overlap. */
  public record Ran(OfferKey offer, String region, Instant since, Instant at) implements Event {}

  /**
   * What is remembered of one offer. The numbers have faded up to {@code seen}.
   *
   * @param launches that went well
   * @param refusals launches for which there was no capacity
   * @param interruptions of running nodes
   * @param upHours of all nodes together
   * @param exposure what the hazard of a usual offer adds up to over that time
   * @param interrupted when the last node was taken away
   * @param refused when there was last no capacity
   * @param seen of when the last news is
   */
  public record Past(
      String region,
      double launches,
      double refusals,
      double interruptions,
      double upHours,
      double exposure,
      Optional<Instant> interrupted,
      Optional<Instant> refused,
      Instant seen) {

    private static Past of(String region, Instant at) {
      return new Past(region, 0, 0, 0, 0, 0, Optional.empty(), Optional.empty(), at);
    }

    /** When it was last known to be out; empty: never. */
    Optional<Instant> outage() {
      return later(interrupted, refused);
    }

    private Past fadedTo(Instant now, Risk risk) {
      if (!now.isAfter(seen)) {
        return this;
      }
      double left = risk.remembered(Duration.between(seen, now));
      return new Past(
          region,
          launches * left,
          refusals * left,
          interruptions * left,
          upHours * left,
          exposure * left,
          interrupted,
          refused,
          now);
    }

    private Past and(Event event, Risk risk) {
      Past before = fadedTo(event.at(), risk);
      // News may come late: they have faded already.
      double counts = risk.remembered(Duration.between(event.at(), before.seen));
      return switch (event) {
        case Launched e -> before.plus(counts, 0, 0, 0, 0, interrupted, refused);
        case NoCapacity e ->
            before.plus(0, counts, 0, 0, 0, interrupted, later(refused, Optional.of(e.at())));
        case Interrupted e ->
            before.plus(0, 0, counts, 0, 0, later(interrupted, Optional.of(e.at())), refused);
        case Ran e -> {
          Duration ran = positive(e.since(), e.at());
          double exposed = risk.exposure(age(e.since(), risk), ran);
          double hours = Risk.hours(ran);
          yield before.plus(0, 0, 0, hours * counts, exposed * counts, interrupted, refused);
        }
      };
    }

    private Past plus(
        double launched,
        double refusal,
        double interruption,
        double hours,
        double exposed,
        Optional<Instant> lastInterrupted,
        Optional<Instant> lastRefused) {
      return new Past(
          region,
          launches + launched,
          refusals + refusal,
          interruptions + interruption,
          upHours + hours,
          exposure + exposed,
          lastInterrupted,
          lastRefused,
          seen);
    }

    private Duration age(Instant at, Risk risk) {
      return outage().map(since -> positive(since, at)).orElse(risk.assumedAge());
    }
  }

  /** This, and what happened. */
  public History with(Event event, Risk risk) {
    NavigableMap<OfferKey, Past> more = new TreeMap<>(offers);
    Past before = more.getOrDefault(event.offer(), Past.of(event.region(), event.at()));
    more.put(event.offer(), before.and(event, risk));
    if (more.size() > MOST) {
      more.entrySet().stream()
          .min(
              Comparator.comparing((Map.Entry<OfferKey, Past> e) -> e.getValue().seen())
                  .thenComparing(Map.Entry::getKey))
          .map(Map.Entry::getKey)
          .ifPresent(more::remove);
    }
    return new History(more);
  }

  /** By offer, in the order of their keys. */
  public Map<OfferKey, Past> offers() {
    return Collections.unmodifiableMap(offers);
  }

  public boolean isEmpty() {
    return offers.isEmpty();
  }

  /** What is remembered of {@code offer}, faded to {@code now}; empty: nothing that counts. */
  Optional<Past> past(OfferKey offer, Instant now, Risk risk) {
    return Optional.ofNullable(offers.get(offer)).map(past -> past.fadedTo(now, risk));
  }

  /** Whether a node was taken away in {@code region} so lately that others may follow. */
  boolean contagious(String region, Instant now, Risk risk) {
    return offers.values().stream()
        .filter(past -> past.region().equals(region))
        .flatMap(past -> past.interrupted().stream())
        .anyMatch(at -> !at.isAfter(now) && at.plus(risk.contagious()).isAfter(now));
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof History history && offers.equals(history.offers);
  }

  @Override
  public int hashCode() {
    return offers.hashCode();
  }

  @Override
  public String toString() {
    return offers.toString();
  }

  private static Optional<Instant> later(Optional<Instant> one, Optional<Instant> other) {
    return Stream.of(one, other).flatMap(Optional::stream).max(Comparator.naturalOrder());
  }

  private static Duration positive(Instant from, Instant to) {
    return to.isAfter(from) ? Duration.between(from, to) : Duration.ZERO;
  }
}
