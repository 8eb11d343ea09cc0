package dev.windfall.market;

import dev.windfall.policies.Capacity;
import dev.windfall.policies.Shared;
import dev.windfall.policies.Usd;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * Makes the outlooks of one book at one moment: from the band that the advisor gives an offer, from
 * what became of it, and from what its machine costs on demand.
 */
final class Outlooks {
  private final History history;
  private final Risk risk;
  private final Instant now;
  private final Map<Type, Usd> onDemand = new HashMap<>();
  private final Map<String, Double> byBand = new HashMap<>();
  private final Map<String, Boolean> contagious = new HashMap<>();
  private final Shared<Outlook> shared = new Shared<>();
  private final Shared<String> texts = new Shared<>();

  private record Type(String provider, String region, String instanceType) {
    static Type of(Offer offer) {
      return new Type(offer.provider(), offer.region(), offer.key().instanceType());
    }
  }

  Outlooks(Collection<Offer> offers, History history, Risk risk, Instant now) {
    this.history = history;
    this.risk = risk;
    this.now = now;
    for (Offer offer : offers) {
      if (offer.key().capacity() == Capacity.ON_DEMAND) {
        onDemand.merge(Type.of(offer), offer.usdPerHour(), (a, b) -> a.compareTo(b) < 0 ? a : b);
      }
    }
  }

  /** Nobody interrupts what is not spot. */
  Outlook of(Offer offer) {
    if (offer.key().capacity() != Capacity.SPOT) {
      return Outlook.UNKNOWN;
    }
    Optional<Past> past =
        history.isEmpty() ? Optional.empty() : history.past(offer.key(), now, risk);
    Optional<Instant> outage = past.flatMap(Past::outage);
    if (offer.interruption().isEmpty() && outage.isEmpty()) {
      // Neither a launch nor quiet time makes an offer worse than one that nobody ever tried.
      return Outlook.UNKNOWN;
    }
    boolean spreads =
        !history.isEmpty()
            && contagious.computeIfAbsent(
                offer.region(), region -> history.contagious(region, now, risk));
    double rate =
        past.isPresent()
            ? rate(offer, past.get())
            : byBand.computeIfAbsent(
                offer.interruption().orElseThrow(),
                band -> risk.rate(1 + risk.added(band), risk.assumedAge()));
    Usd price = offer.usdPerHour();
    return shared.of(
        new Outlook(
            spreads ? rate * risk.contagion() : rate,
            onDemand.getOrDefault(Type.of(offer), price),
            risk.coldStart(),
            texts.of(because(offer, past, spreads))));
  }

  private double rate(Offer offer, Past past) {
    double band = offer.interruption().map(risk::added).orElse(0.0);
    double theta =
        (risk.prior() * (1 + band) + past.interruptions()) / (risk.prior() + past.exposure());
    Duration age =
        past.outage()
            .map(at -> at.isAfter(now) ? Duration.ZERO : Duration.between(at, now))
            .orElse(risk.assumedAge());
    return risk.rate(theta, age);
  }

  private String because(Offer offer, Optional<Past> past, boolean spreads) {
    StringBuilder text = new StringBuilder();
    offer.interruption().ifPresent(band -> text.append("from a ").append(band).append(" band"));
    Optional<Instant> outage = past.flatMap(Past::outage);
    if (outage.isPresent()) {
      boolean interrupted = past.flatMap(Past::interrupted).equals(outage);
      text.append(text.isEmpty() ? "" : ", ")
          .append(interrupted ? "last interrupted " : "last without capacity ")
          .append(ago(Duration.between(outage.get(), now)));
    }
    if (spreads) {
      text.append(", just after an interruption in ").append(offer.region());
    }
    return text.toString();
  }

  private static String ago(Duration duration) {
    Duration ago = duration.isNegative() ? Duration.ZERO : duration;
    return ago.toHours() == 0
        ? ago.toMinutes() + " min ago"
        : String.format(Locale.ROOT, "%d h ago", ago.toHours());
  }
}
