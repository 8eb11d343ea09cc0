package dev.windfall.market;

import java.time.Duration;
import java.time.Instant;
import java.util.Comparator;
import java.util.Optional;
import java.util.stream.Stream;

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
 * @param setback launches that failed since one went well
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
    Optional<Setback> setback,
    Instant seen) {

  static Past of(String region, Instant at) {
    Optional<Instant> never = Optional.empty();
    return new Past(region, 0, 0, 0, 0, 0, never, never, Optional.empty(), at);
  }

  /** When it was last known to be out; empty: never. */
  Optional<Instant> outage() {
    return later(interrupted, refused);
  }

  Past fadedTo(Instant now, Risk risk) {
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
        setback,
        now);
  }

  Past and(History.Event event, Risk risk, Retry retry) {
    Past before = fadedTo(event.at(), risk);
    // News may come late: they have faded already.
    double counts = risk.remembered(Duration.between(event.at(), before.seen));
    return switch (event) {
      case History.Launched e ->
          before
              .plus(counts, 0, 0, 0, 0, interrupted, refused)
              .with(setback.filter(failed -> failed.last().isAfter(e.at())));
      case History.NoCapacity e ->
          before
              .plus(0, counts, 0, 0, 0, interrupted, later(refused, Optional.of(e.at())))
              .failed(e, Setback.Kind.CAPACITY, retry);
      case History.Useless e -> before.failed(e, e.kind(), retry);
      // It says nothing of the offer.
      case History.OverQuota e -> before;
      case History.Interrupted e ->
          before.plus(0, 0, counts, 0, 0, later(interrupted, Optional.of(e.at())), refused);
      case History.Ran e -> {
        Duration ran = positive(e.since(), e.at());
        double exposed = risk.exposure(age(e.since(), risk), ran);
        double hours = Risk.hours(ran);
        yield before.plus(0, 0, 0, hours * counts, exposed * counts, interrupted, refused);
      }
    };
  }

  private Past failed(History.Event event, Setback.Kind kind, Retry retry) {
    String name = event.offer().toString();
    return with(Optional.of(Setback.after(setback, kind, event.at(), name, retry)));
  }

  private Past with(Optional<Setback> another) {
    return new Past(
        region,
        launches,
        refusals,
        interruptions,
        upHours,
        exposure,
        interrupted,
        refused,
        another,
        seen);
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
        setback,
        seen);
  }

  private Duration age(Instant at, Risk risk) {
    return outage().map(since -> positive(since, at)).orElse(risk.assumedAge());
  }

  private static Optional<Instant> later(Optional<Instant> one, Optional<Instant> other) {
    return Stream.of(one, other).flatMap(Optional::stream).max(Comparator.naturalOrder());
  }

  private static Duration positive(Instant from, Instant to) {
    return to.isAfter(from) ? Duration.between(from, to) : Duration.ZERO;
  }
}
