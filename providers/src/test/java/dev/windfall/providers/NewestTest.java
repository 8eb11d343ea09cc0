package dev.windfall.providers;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.market.Basis;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Usd;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class NewestTest {
  private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");
  private static final Optional<Instant> EARLIER = Optional.of(NOW.minusSeconds(1));

  @Test
  void whatWasConfirmedLastCountsWhoeverSaysIt() {
    assertEquals("published", of(offer("asked", EARLIER), offer("published", Optional.of(NOW))));
    assertEquals("asked", of(offer("asked", Optional.of(NOW)), offer("published", EARLIER)));
  }

  @Test
  void ofTwoThatWereConfirmedAtOnceTheFirstCounts() {
    assertEquals("asked", of(offer("asked", EARLIER), offer("published", EARLIER)));
  }

  @Test
  void whatASourceVouchesForIsConfirmedNow() {
    assertEquals("file", of(offer("published", Optional.of(NOW)), offer("file", Optional.empty())));
  }

  private static String of(Offer... offers) {
    return Newest.of(List.of(offers)).iterator().next().source();
  }

  private static Offer offer(String source, Optional<Instant> observedAt) {
    return new Offer(
        source,
        "aws",
        "region",
        new OfferKey("zone-1", "g6.xlarge", Capacity.SPOT),
        Architecture.AMD64,
        new Gpu("NVIDIA", "L4", 1, Memory.parse("24Gi")),
        4,
        Memory.parse("16Gi"),
        Usd.parse("0.40"),
        Basis.QUOTED,
        observedAt,
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }
}
