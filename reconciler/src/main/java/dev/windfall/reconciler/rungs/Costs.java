package dev.windfall.reconciler.rungs;

import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Usd;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LiveRung;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;

/** What machines cost now, by the book; in millionths of a dollar for each hour. */
final class Costs {
  private final PriceBook book;
  private final Map<String, List<LiveClaim>> claims;

  Costs(View view) {
    this.book = view.book();
    this.claims = view.claims().stream().collect(Collectors.groupingBy(LiveClaim::nodePool));
  }

  /** What a machine was rented as, where its labels say so and the market has it. */
  Optional<Offer> offer(LiveClaim claim) {
    Optional<OfferKey> named = OfferKey.parse(claim.labels().getOrDefault(Keys.OFFER, ""));
    return named.or(() -> fromKarpenter(claim)).flatMap(book::find);
  }

  private static Optional<OfferKey> fromKarpenter(LiveClaim claim) {
    String zone = claim.labels().getOrDefault(Keys.ZONE, "");
    String type = claim.labels().getOrDefault(Keys.INSTANCE_TYPE, "");
    return zone.isEmpty() || type.isEmpty()
        ? Optional.empty()
        : Capacity.of(claim.labels().getOrDefault(Keys.CAPACITY_TYPE, ""))
            .map(capacity -> new OfferKey(zone, type, capacity));
  }

  /** The machines of {@code rung}. */
  List<LiveClaim> machines(LiveRung rung) {
    return claims.getOrDefault(rung.name(), List.of());
  }

  /** What all machines of {@code rung} cost. */
  long now(LiveRung rung) {
    return machines(rung).stream().mapToLong(claim -> now(rung, claim)).sum();
  }

  private long now(LiveRung rung, LiveClaim claim) {
    // What has left the market is taken at what it was when the rung was last written.
    return offer(claim)
        .map(offer -> offer.usdPerHour().micros())
        .orElseGet(() -> recorded(rung).orElse(0L));
  }

  /**
   * The same, with what was recorded for each whose price has moved by no more than {@code band}
   * since. Limits are made of it, and noise must not be written.
   */
  long steadily(LiveRung rung, double band) {
    return machines(rung).stream()
        .mapToLong(claim -> steady(now(rung, claim), recorded(rung), band))
        .sum();
  }

  /**
   * What one more machine of {@code rung} costs; {@code live}: the same rung, where it is there.
   */
  static long another(Usd price, Optional<LiveRung> live, double band) {
    return steady(price.micros(), live.flatMap(Costs::recorded), band);
  }

  private static Optional<Long> recorded(LiveRung rung) {
    return Knobs.of(rung).recordedPrice().map(price -> price.micros() * rung.gpus());
  }

  private static long steady(long now, Optional<Long> recorded, double band) {
    return recorded.filter(then -> Math.abs(now - then) <= then * band).orElse(now);
  }
}
