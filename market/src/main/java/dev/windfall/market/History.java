package dev.windfall.market;

import java.time.Instant;
import java.util.Collections;
import java.util.Comparator;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

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

  /** And so many quotas: of every class, in every region that anybody uses. */
  public static final int MOST_QUOTAS = 100;

  private static final History EMPTY = new History(new TreeMap<>(), new TreeMap<>());

  /** Neither is changed once it is here. */
  private final NavigableMap<OfferKey, Past> offers;

  private final NavigableMap<Quota, Exceeded> quotas;

  private History(NavigableMap<OfferKey, Past> offers, NavigableMap<Quota, Exceeded> quotas) {
    this.offers = offers;
    this.quotas = quotas;
  }

  public static History empty() {
    return EMPTY;
  }

  static History of(Map<OfferKey, Past> offers, Map<Quota, Exceeded> quotas) {
    return new History(new TreeMap<>(offers), new TreeMap<>(quotas));
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

  /** A machine came, and was of no use. */
  public record Useless(OfferKey offer, String region, Setback.Kind kind, Instant at)
      implements Event {}

  /**
   * A node was asked for, and the account may not have more of such.
   *
   * @param processors that the machine would have had, in virtual CPUs
   */
  public record OverQuota(OfferKey offer, Quota quota, int processors, Instant at)
      implements Event {
    @Override
    public String region() {
      return quota.region();
    }
  }

  /** A node was taken away. */
  public record Interrupted(OfferKey offer, String region, Instant at) implements Event {}

  /** A node was up, from {@code since}. Told as it goes on, in parts that do not overlap. */
  public record Ran(OfferKey offer, String region, Instant since, Instant at) implements Event {}

  /** This, and what happened. */
  public History with(Event event, Risk risk) {
    return with(event, risk, Retry.DEFAULT);
  }

  /** The same, where what fails is left alone for another time. */
  public History with(Event event, Risk risk, Retry retry) {
    return new History(offersWith(event, risk, retry), quotasWith(event, retry));
  }

  private NavigableMap<OfferKey, Past> offersWith(Event event, Risk risk, Retry retry) {
    if (event instanceof OverQuota && !offers.containsKey(event.offer())) {
      return offers;
    }
    NavigableMap<OfferKey, Past> more = new TreeMap<>(offers);
    Past before = more.getOrDefault(event.offer(), Past.of(event.region(), event.at()));
    more.put(event.offer(), before.and(event, risk, retry));
    if (more.size() > MOST) {
      more.entrySet().stream()
          .min(
              Comparator.comparing((Map.Entry<OfferKey, Past> e) -> e.getValue().seen())
                  .thenComparing(Map.Entry::getKey))
          .map(Map.Entry::getKey)
          .ifPresent(more::remove);
    }
    return more;
  }

  private NavigableMap<Quota, Exceeded> quotasWith(Event event, Retry retry) {
    if (!(event instanceof OverQuota over)) {
      return quotas;
    }
    NavigableMap<Quota, Exceeded> more = new TreeMap<>(quotas);
    Optional<Exceeded> before = Optional.ofNullable(more.get(over.quota()));
    Setback alone = setback(Optional.empty(), over, retry);
    Setback row = setback(before.map(Exceeded::setback), over, retry);
    more.put(
        over.quota(),
        before
            .map(one -> one.and(over.processors(), row, alone))
            .orElse(new Exceeded(alone, over.processors())));
    if (more.size() > MOST_QUOTAS) {
      more.entrySet().stream()
          .min(
              Comparator.comparing((Map.Entry<Quota, Exceeded> e) -> e.getValue().setback().until())
                  .thenComparing(Map.Entry::getKey))
          .map(Map.Entry::getKey)
          .ifPresent(more::remove);
    }
    return more;
  }

  private static Setback setback(Optional<Setback> before, OverQuota over, Retry retry) {
    String quota = over.quota().toString();
    return Setback.after(before, Setback.Kind.QUOTA, over.at(), quota, retry.ofQuotas());
  }

  /** Why {@code offer} was last not to be had; it may be tried again since. Null: it is. */
  @Nullable PassedOver passedOver(Offer offer) {
    Optional<PassedOver> own =
        Optional.ofNullable(offers.get(offer.key()))
            .flatMap(Past::setback)
            .map(failed -> failed.because(failed.kind().toString()));
    if (quotas.isEmpty()) {
      return own.orElse(null);
    }
    Quota quota = Quota.of(offer);
    return Stream.concat(
            own.stream(),
            Stream.ofNullable(quotas.get(quota))
                .filter(exceeded -> exceeded.bars(offer))
                .map(exceeded -> exceeded.setback().because(quota + " is used up")))
        .max(Comparator.comparing(PassedOver::until))
        .orElse(null);
  }

  /** By quota, in their order. */
  public Map<Quota, Exceeded> quotas() {
    return Collections.unmodifiableMap(quotas);
  }

  /** By offer, in the order of their keys. */
  public Map<OfferKey, Past> offers() {
    return Collections.unmodifiableMap(offers);
  }

  public boolean isEmpty() {
    return offers.isEmpty() && quotas.isEmpty();
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
    return other instanceof History history
        && offers.equals(history.offers)
        && quotas.equals(history.quotas);
  }

  @Override
  public int hashCode() {
    return 31 * offers.hashCode() + quotas.hashCode();
  }

  @Override
  public String toString() {
    return offers + " " + quotas;
  }
}
