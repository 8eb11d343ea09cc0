package dev.windfall.market;

import static java.util.Comparator.comparing;
import static java.util.Comparator.comparingInt;

import dev.windfall.market.Ranking.Ranked;
import dev.windfall.market.Ranking.Refused;
import dev.windfall.policies.Capacity;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * Puts offers in order. Pure and without memory: the same criteria, book and time give the same
 * ranking anywhere.
 *
 * <p>The order is by index, then placement score with the higher first, then price per hour, type
 * name and zone. The index is the price over the GPUs that would be used; nothing is known of
 * interruptions yet, so the expected loss is zero and the order is by price.
 */
public final class Rank {
  private static final int UNKNOWN_SCORE = 0;

  private static final Comparator<Ranked> ORDER =
      comparing(Ranked::index)
          .thenComparing(
              comparingInt((Ranked r) -> r.offer().placementScore().orElse(UNKNOWN_SCORE))
                  .reversed())
          .thenComparing(r -> r.offer().usdPerHour())
          .thenComparing(r -> r.offer().key().instanceType())
          .thenComparing(r -> r.offer().key().zone())
          .thenComparing(r -> r.offer().key());

  private Rank() {}

  public static Ranking rank(Criteria criteria, PriceBook book, Instant now) {
    List<Ranked> offers = new ArrayList<>();
    List<Refused> refused = new ArrayList<>();
    for (Offer offer : book.offers()) {
      Duration age = age(offer, now);
      Optional<String> against = against(criteria, offer);
      if (against.isPresent()) {
        refused.add(new Refused(offer, against.get(), false));
      } else if (age.compareTo(criteria.maxQuoteAge()) > 0) {
        refused.add(
            new Refused(offer, "its price is older than " + spoken(criteria.maxQuoteAge()), true));
      } else {
        int usable = criteria.demand().usable(offer.gpu().count());
        offers.add(
            new Ranked(offer, new Index(offer.usdPerHour().dollarsEach(usable), 0), usable, age));
      }
    }
    offers.sort(ORDER);
    return new Ranking(book.version(), offers, refused);
  }

  private static Duration age(Offer offer, Instant now) {
    Duration age = offer.observedAt().map(at -> Duration.between(at, now)).orElse(Duration.ZERO);
    return age.isNegative() ? Duration.ZERO : age;
  }

  private static Optional<String> against(Criteria criteria, Offer offer) {
    int gpus = offer.gpu().count();
    if (!offer.gpu().nvidia()) {
      return Optional.of(
          "its GPUs are by "
              + offer.gpu().manufacturer()
              + ", not "
              + dev.windfall.policies.Gpu.NVIDIA);
    }
    if (criteria.provider().isPresent() && !criteria.provider().get().equals(offer.provider())) {
      return Optional.of("provider " + offer.provider() + " is not " + criteria.provider().get());
    }
    if (criteria.region().isPresent() && !criteria.region().get().equals(offer.region())) {
      return Optional.of("region " + offer.region() + " is not " + criteria.region().get());
    }
    if (!criteria.capacities().isEmpty()
        && !criteria.capacities().contains(offer.key().capacity())) {
      return Optional.of(
          "capacity " + offer.key().capacity() + " is not " + anyOf(criteria.capacities()));
    }
    if (!criteria.families().isEmpty() && !criteria.families().contains(offer.family())) {
      return Optional.of(
          "family " + offer.family() + " is not among " + String.join(", ", criteria.families()));
    }
    if (!criteria.models().isEmpty() && !criteria.models().contains(offer.gpu().model())) {
      return Optional.of(
          "model " + offer.gpu().model() + " is not among " + String.join(", ", criteria.models()));
    }
    if (gpus < criteria.minGpus() || gpus > criteria.maxGpus()) {
      return Optional.of(
          "has " + gpus + " GPUs, not " + criteria.minGpus() + " to " + criteria.maxGpus());
    }
    if (!criteria.demand().fits(gpus)) {
      return Optional.of("has " + gpus + " GPUs, too few for the pod");
    }
    if (criteria.minGpuMemory().isPresent()
        && offer.gpu().memory().compareTo(criteria.minGpuMemory().get()) < 0) {
      return Optional.of(
          "has " + offer.gpu().memory() + " a GPU, less than " + criteria.minGpuMemory().get());
    }
    if (offer.placementScore().isPresent()
        && offer.placementScore().getAsInt() < criteria.minPlacementScore()) {
      return Optional.of(
          "placement score "
              + offer.placementScore().getAsInt()
              + " is below "
              + criteria.minPlacementScore());
    }
    int usable = criteria.demand().usable(gpus);
    if (criteria.maxPricePerGpu().isPresent()
        && !offer.usdPerHour().atMost(criteria.maxPricePerGpu().get(), usable)) {
      return Optional.of(
          "costs %s USD/GPU·h over %d of its GPUs, above the cap of %s"
              .formatted(offer.usdPerHour().each(usable), usable, criteria.maxPricePerGpu().get()));
    }
    return Optional.empty();
  }

  private static String anyOf(java.util.Set<Capacity> capacities) {
    return capacities.stream()
        .sorted()
        .map(Capacity::text)
        .collect(java.util.stream.Collectors.joining(" or "));
  }

  private static String spoken(Duration duration) {
    return duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }
}
