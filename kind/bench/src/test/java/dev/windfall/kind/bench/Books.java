package dev.windfall.kind.bench;

import dev.windfall.market.Basis;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Usd;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Random;

/** Books as large as a cloud, and larger: types, zones, bands and scores as they are spread. */
final class Books {
  static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

  private static final List<String> BANDS = List.of("<5%", "5-10%", "10-15%", "15-20%", ">20%");
  private static final int[] GPUS = {1, 1, 1, 4, 4, 8};
  private static final List<String> MODELS = List.of("T4", "A10G", "L4", "L40S", "A100", "H100");

  private Books() {}

  /** Offers of 100 zones; always the same for one number. */
  static List<Offer> offers(int count) {
    Random random = new Random(7);
    List<Offer> offers = new ArrayList<>(count);
    for (int i = 0; i < count; i++) {
      int type = i / 200;
      int gpus = GPUS[type % GPUS.length];
      Capacity capacity = i % 2 == 0 ? Capacity.SPOT : Capacity.ON_DEMAND;
      long micros =
          gpus * (300_000L + random.nextInt(900_000)) * (capacity == Capacity.SPOT ? 1 : 3);
      offers.add(
          new Offer(
              "aws eu-central-" + i / 2 % 100 / 4,
              "aws",
              "eu-central-" + i / 2 % 100 / 4,
              new OfferKey("zone-" + i / 2 % 100, "g" + type + ".xlarge", capacity),
              Architecture.AMD64,
              new Gpu("NVIDIA", MODELS.get(type % MODELS.size()), gpus, Memory.parse("24Gi")),
              4 * gpus,
              Memory.parse("16Gi"),
              new Usd(micros),
              Basis.QUOTED,
              Optional.of(NOW.minusSeconds(random.nextInt(600))),
              random.nextBoolean() ? OptionalInt.of(1 + random.nextInt(10)) : OptionalInt.empty(),
              capacity == Capacity.SPOT
                  ? Optional.of(BANDS.get(random.nextInt(BANDS.size())))
                  : Optional.empty(),
              Optional.empty()));
    }
    return offers;
  }

  /** The same offer at another price. */
  static Offer at(Offer offer, long micros) {
    return new Offer(
        offer.source(),
        offer.provider(),
        offer.region(),
        offer.key(),
        offer.architecture(),
        offer.gpu(),
        offer.cpu(),
        offer.memory(),
        new Usd(micros),
        offer.basis(),
        offer.observedAt(),
        offer.placementScore(),
        offer.interruption(),
        offer.barred());
  }

  static PriceBook book(int count) {
    return PriceBook.of(
        offers(count),
        List.of(
            new SourceHealth(
                "aws", count, Optional.of(NOW), Optional.empty(), List.of(), List.of())));
  }
}
