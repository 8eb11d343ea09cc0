package dev.windfall.reconciler.leftover;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.reconciler.LivePool;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What is bought for a LeftoverNodePool, as its SpotPool's status has it: a rung there stands in
 * the order in which Karpenter tries it.
 *
 * @param offers of the open rungs that have one, the best first
 * @param score of the first; empty: unknown
 * @param band by how much of it a price must move to be written again
 */
record Selected(List<OfferKey> offers, OptionalInt score, double band) {

  static Selected of(LivePool pool) {
    List<OfferKey> offers = new ArrayList<>();
    OptionalInt score = OptionalInt.empty();
    for (JsonNode rung : pool.status().path("rungs")) {
      Optional<OfferKey> offer = OfferKey.parse(rung.path("offer").asText());
      if (offer.isPresent() && rung.path("state").asText().equals("Open")) {
        if (offers.isEmpty() && rung.has("placementScore")) {
          score = OptionalInt.of(rung.path("placementScore").asInt());
        }
        offers.add(offer.get());
      }
    }
    double band = pool.pool().map(spec -> spec.ranking().hysteresis()).orElse(0.0);
    return new Selected(List.copyOf(offers), score, band);
  }

  /** Writes it into a status of which {@code before} is what stands there. */
  void into(ObjectNode status, JsonNode before, View view) {
    offers.stream()
        .map(OfferKey::instanceType)
        .distinct()
        .forEach(status.putArray("selectedInstanceTypes")::add);
    offers.stream().map(OfferKey::zone).distinct().forEach(status.putArray("selectedZones")::add);
    boolean same =
        before.path("selectedInstanceTypes").equals(status.path("selectedInstanceTypes"))
            && before.path("selectedZones").equals(status.path("selectedZones"));
    price(before, same, view).ifPresent(price -> status.put("lastPriceUSD", price));
    score.ifPresent(is -> status.put("lastScore", is));
    status.put(
        "lastSyncTime",
        same && before.has("lastSyncTime")
            ? before.path("lastSyncTime").asText()
            : view.now().toString());
  }

  /** The price of the first; of an offer that has left the market, what was written. */
  private Optional<String> price(JsonNode before, boolean same, View view) {
    if (offers.isEmpty()) {
      return Optional.empty();
    }
    JsonNode written = before.path("lastPriceUSD");
    Optional<Double> now =
        view.book().find(offers.getFirst()).map(Offer::usdPerHour).map(usd -> usd.dollars());
    double was = same ? written.asDouble(Double.NaN) : Double.NaN;
    if (now.isEmpty() || Math.abs(now.get() - was) <= was * band) {
      return Optional.of(written).filter(JsonNode::isTextual).map(JsonNode::asText);
    }
    return Optional.of(String.format(Locale.ROOT, "%.4f", now.get()));
  }
}
