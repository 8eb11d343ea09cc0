package dev.windfall.reconciler;

import dev.windfall.market.Basis;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Usd;
import java.time.Instant;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;

/** Small markets for tests, all of one region. */
public final class Market {
  public static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

  private Market() {}

  public static PriceBook book(Offer... offers) {
    return PriceBook.of(Arrays.asList(offers), List.of());
  }

  /** One L4 on spot, with a price that never ages. */
  public static Offer offer(String type, String zone, String usdPerHour) {
    return offer(type, zone, Capacity.SPOT, 1, usdPerHour, Optional.empty());
  }

  public static Offer offer(
      String type,
      String zone,
      Capacity capacity,
      int gpus,
      String usdPerHour,
      Optional<Instant> observedAt) {
    return new Offer(
        "test",
        "aws",
        "eu-central-1",
        new OfferKey("eu-central-1" + zone, type, capacity),
        Architecture.AMD64,
        new Gpu("NVIDIA", "L4", gpus, Memory.parse("24Gi")),
        4,
        Memory.parse("16Gi"),
        Usd.parse(usdPerHour),
        Basis.QUOTED,
        observedAt,
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
