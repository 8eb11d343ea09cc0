package dev.windfall.market;

import dev.windfall.policies.Capacity;
import dev.windfall.policies.Usd;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;

/** What must be true of an offer, whoever says it, before it may be part of a book. */
public final class OfferCheck {
  private static final Pattern LABEL_VALUE =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9._-]{0,61}[A-Za-z0-9])?");
  private static final Pattern ZONE =
      Pattern.compile("[A-Za-z0-9]([A-Za-z0-9_-]{0,40}[A-Za-z0-9])?");
  private static final int LONGEST_KEY = 63;
  private static final int MOST_GPUS = 64;
  private static final int MOST_CPUS = 10_000;
  private static final int BEST_SCORE = 10;

  /** No machine with GPUs costs more for each of them; the dearest of today cost some 15. */
  private static final Usd DEAREST_GPU = Usd.parse("1000");

  /** Clocks differ by less, where anybody cares for them. */
  private static final Duration AHEAD = Duration.ofMinutes(5);

  private static final Set<String> BANDS = Set.of("<5%", "5-10%", "10-15%", "15-20%", ">20%");

  private OfferCheck() {}

  /** What is wrong with {@code offer}, to go after its name; empty when nothing is. */
  public static Optional<String> problem(Offer offer, Instant now) {
    OfferKey key = offer.key();
    if (!fits(LABEL_VALUE, offer.provider())) {
      return Optional.of("provider " + shown(offer.provider()) + " is no label value");
    }
    if (!fits(LABEL_VALUE, offer.region())) {
      return Optional.of("region " + shown(offer.region()) + " is no label value");
    }
    if (!fits(ZONE, key.zone())) {
      return Optional.of("zone " + shown(key.zone()) + " is no zone's name");
    }
    if (!fits(LABEL_VALUE, key.instanceType()) || key.toString().length() > LONGEST_KEY) {
      return Optional.of(
          "instance type " + shown(key.instanceType()) + " makes no label value of the key");
    }
    int gpus = offer.gpu().count();
    if (gpus < 1 || gpus > MOST_GPUS) {
      return Optional.of("it has " + gpus + " GPUs, not 1 to " + MOST_GPUS);
    }
    if (!fits(LABEL_VALUE, offer.gpu().model()) || offer.gpu().manufacturer().isBlank()) {
      return Optional.of("GPU model " + shown(offer.gpu().model()) + " is no label value");
    }
    if (offer.cpu() < 1 || offer.cpu() > MOST_CPUS) {
      return Optional.of("it has " + offer.cpu() + " CPUs, not 1 to " + MOST_CPUS);
    }
    return price(offer)
        .or(() ->
            offer
                .observedAt()
                .filter(at -> at.isAfter(now.plus(AHEAD)))
                .map(at -> "its price was seen at " + at + ", which is in the future"))
        .or(() ->
            offer.placementScore().isPresent()
                    && (offer.placementScore().getAsInt() < 1
                        || offer.placementScore().getAsInt() > BEST_SCORE)
                ? Optional.of(
                    "placement score " + offer.placementScore().getAsInt() + " is not 1 to 10")
                : Optional.empty())
        .or(() ->
            offer
                .interruption()
                .filter(band -> !BANDS.contains(band))
                .map(band -> "interruption band " + shown(band) + " is not known"));
  }

  private static Optional<String> price(Offer offer) {
    Capacity capacity = offer.key().capacity();
    if (offer.usdPerHour().equals(Usd.ZERO) && !capacity.alreadyPaid()) {
      return Optional.of("a price of zero is only for reserved and owned capacity");
    }
    if (!offer.usdPerHour().atMost(DEAREST_GPU, offer.gpu().count())) {
      return Optional.of(
          "a price of %s USD/h is more than %s for each of its GPUs"
              .formatted(offer.usdPerHour(), DEAREST_GPU));
    }
    return Optional.empty();
  }

  private static boolean fits(Pattern pattern, String text) {
    return pattern.matcher(text).matches();
  }

  private static String shown(String text) {
    return "\"" + (text.length() > 60 ? text.substring(0, 60) + "…" : text) + "\"";
  }
}
