package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.market.OfferKey;

/**
 * A rung as the status of its SpotPool shows it.
 *
 * @param price for each of a machine's GPUs, USD per hour, when the rung was last written; moves
 *     within the hysteresis are not
 * @param reason why it is closed; empty while it is open
 */
record RungView(
    String name, OfferKey offer, int weight, String state, double price, String reason, int nodes) {
  static boolean ofOneOffer(JsonNode rung) {
    return OfferKey.parse(rung.path("offer").asText()).isPresent();
  }

  static RungView of(JsonNode rung) {
    return new RungView(
        rung.path("name").asText(),
        OfferKey.parse(rung.path("offer").asText()).orElseThrow(),
        rung.path("weight").asInt(),
        rung.path("state").asText(),
        rung.path("usdPerGpuHour").asDouble(),
        rung.path("reason").asText(""),
        rung.path("nodes").asInt());
  }

  boolean open() {
    return state.equals("Open");
  }
}
