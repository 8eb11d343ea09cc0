package dev.windfall.market;

import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.NodeTerms;
import dev.windfall.policies.Usd;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.function.BiFunction;
import org.jspecify.annotations.Nullable;

/**
 * What can speak against an offer, the first reason first. Asking makes no text: a book has many
 * offers, and nobody reads why most of them are refused.
 */
@SuppressWarnings("ImmutableEnumChecker") // its lambdas hold nothing
public enum Rule {
  MANUFACTURER(
      (criteria, listing, now) -> !listing.nvidia(),
      (criteria, offer) -> "its GPUs are by " + offer.gpu().manufacturer() + ", not " + Gpu.NVIDIA),
  PROVIDER(
      (criteria, listing, now) ->
          !criteria.providers().isEmpty() && !criteria.providers().contains(listing.provider()),
      (criteria, offer) ->
          "provider " + offer.provider() + " is not " + either(criteria.providers())),
  REGION(
      (criteria, listing, now) -> another(criteria.region(), listing.region()),
      (criteria, offer) ->
          "region " + offer.region() + " is not " + criteria.region().orElseThrow()),
  ZONE(
      (criteria, listing, now) ->
          !criteria.zones().isEmpty() && !criteria.zones().contains(listing.offer().key().zone()),
      (criteria, offer) ->
          "zone " + offer.key().zone() + " is not among " + listed(criteria.zones())),
  CAPACITY(
      (criteria, listing, now) ->
          !criteria.capacities().isEmpty() && !criteria.capacities().contains(listing.capacity()),
      (criteria, offer) ->
          "capacity "
              + offer.key().capacity()
              + " is not "
              + either(criteria.capacities().stream().sorted().map(Capacity::text).toList())),
  FAMILY(
      (criteria, listing, now) ->
          !criteria.families().isEmpty() && !criteria.families().contains(listing.offer().family()),
      (criteria, offer) ->
          "family " + offer.family() + " is not among " + listed(criteria.families())),
  MODEL(
      (criteria, listing, now) ->
          !criteria.models().isEmpty()
              && !criteria.models().contains(listing.offer().gpu().model()),
      (criteria, offer) ->
          "model " + offer.gpu().model() + " is not among " + listed(criteria.models())),
  GPUS(
      (criteria, listing, now) ->
          listing.gpus() < criteria.minGpus() || listing.gpus() > criteria.maxGpus(),
      (criteria, offer) ->
          "has "
              + offer.gpu().count()
              + " GPUs, not "
              + criteria.minGpus()
              + " to "
              + criteria.maxGpus()),
  DEMAND(
      (criteria, listing, now) -> !criteria.demand().fits(listing.gpus()),
      (criteria, offer) -> "has " + offer.gpu().count() + " GPUs, too few for the pod"),
  MEMORY(
      (criteria, listing, now) ->
          criteria.minGpuMemory().isPresent()
              && listing.offer().gpu().memory().compareTo(criteria.minGpuMemory().get()) < 0,
      (criteria, offer) ->
          "has "
              + offer.gpu().memory()
              + " a GPU, less than "
              + criteria.minGpuMemory().orElseThrow()),
  NODES(
      (criteria, listing, now) -> !criteria.nodes().allow(listing.offer()::label),
      (criteria, offer) -> "the pod's own node selector or affinity does not allow it"),
  /** Neither a cap nor a score that is lowered helps: so it comes before them. */
  BARRED(
      (criteria, listing, now) -> listing.barred(),
      (criteria, offer) -> offer.barred().orElseThrow()),
  PLACEMENT(
      (criteria, listing, now) ->
          listing.score() > 0 && listing.score() < criteria.minPlacementScore(),
      (criteria, offer) ->
          "placement score "
              + offer.placementScore().orElseThrow()
              + " is below "
              + criteria.minPlacementScore()),
  PRICE(
      (criteria, listing, now) ->
          criteria.maxPricePerGpu().isPresent()
              && !Usd.atMost(
                  listing.micros(),
                  criteria.maxPricePerGpu().get(),
                  criteria.demand().usable(listing.gpus())),
      (criteria, offer) ->
          "costs %s USD/GPU·h over %d of its GPUs, above the cap of %s"
              .formatted(
                  offer.usdPerHour().each(usable(criteria, offer)),
                  usable(criteria, offer),
                  criteria.maxPricePerGpu().orElseThrow())),
  /**
   * Only counts where something is to be bought. A pod may be held to such an offer: it can wait
   * for it, or run where there is a node of it.
   */
  PASSED_OVER(
      (criteria, listing, now) -> listing.passedOver() != null && listing.passedOver().at(now),
      (criteria, offer) -> "it could not be had"),
  /** The last: what it refuses, nothing but the age of the price speaks against. */
  AGE(
      (criteria, listing, now) -> old(listing, criteria.maxQuoteAge(), now),
      (criteria, offer) -> "its price is older than " + spoken(criteria.maxQuoteAge()));

  private static final List<Rule> ALL = List.of(values());

  private final Test test;
  private final BiFunction<Criteria, Offer, String> reason;

  @FunctionalInterface
  private interface Test {
    boolean refuses(Criteria criteria, Listing listing, Instant now);
  }

  Rule(Test test, BiFunction<Criteria, Offer, String> reason) {
    this.test = test;
    this.reason = reason;
  }

  /** The first of {@code rules} that speaks against {@code listing}; null when none does. */
  static @Nullable Rule first(List<Rule> rules, Criteria criteria, Listing listing, Instant now) {
    for (int i = 0; i < rules.size(); i++) {
      if (rules.get(i).test.refuses(criteria, listing, now)) {
        return rules.get(i);
      }
    }
    return null;
  }

  /** Those that may speak against something: most criteria leave most things open. */
  static List<Rule> forCriteria(Criteria criteria) {
    return ALL.stream().filter(rule -> rule != PASSED_OVER && rule.asks(criteria)).toList();
  }

  /** The same, for whoever is going to buy. */
  static List<Rule> forBuying(Criteria criteria) {
    return ALL.stream().filter(rule -> rule.asks(criteria)).toList();
  }

  private boolean asks(Criteria criteria) {
    return switch (this) {
      case MANUFACTURER, GPUS, DEMAND, BARRED, PASSED_OVER, AGE -> true;
      case PROVIDER -> !criteria.providers().isEmpty();
      case REGION -> criteria.region().isPresent();
      case ZONE -> !criteria.zones().isEmpty();
      case CAPACITY -> !criteria.capacities().isEmpty();
      case FAMILY -> !criteria.families().isEmpty();
      case MODEL -> !criteria.models().isEmpty();
      case MEMORY -> criteria.minGpuMemory().isPresent();
      case NODES -> !criteria.nodes().equals(NodeTerms.ANY);
      case PLACEMENT -> criteria.minPlacementScore() > 1;
      case PRICE -> criteria.maxPricePerGpu().isPresent();
    };
  }

  /** Why it refuses {@code offer}, in words a person can act on. */
  String reason(Criteria criteria, Offer offer) {
    return reason.apply(criteria, offer);
  }

  private static boolean old(Listing listing, Duration most, Instant now) {
    // Whole seconds settle it for nearly all, and make nothing.
    return listing.observedSecond() != Long.MAX_VALUE
        && now.getEpochSecond() - listing.observedSecond() >= most.toSeconds()
        && Rank.age(listing.offer(), now).compareTo(most) > 0;
  }

  private static boolean another(Optional<String> wanted, String is) {
    return wanted.isPresent() && !wanted.get().equals(is);
  }

  private static int usable(Criteria criteria, Offer offer) {
    return criteria.demand().usable(offer.gpu().count());
  }

  private static String either(List<String> names) {
    return String.join(" or ", names);
  }

  private static String listed(List<String> names) {
    return String.join(", ", names);
  }

  private static String spoken(Duration duration) {
    return duration.toString().substring(2).toLowerCase(Locale.ROOT);
  }
}
