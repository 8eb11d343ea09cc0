package dev.windfall.market;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Needs;
import dev.windfall.policies.Usd;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;

class AllocatableTest {
  private static final long MIB = 1L << 20;

  private static Needs of(int cpu, String memory) {
    return Allocatable.of(
        new Offer(
            "test",
            "aws",
            "region-1",
            new OfferKey("zone-1", "g6.xlarge", Capacity.SPOT),
            Architecture.AMD64,
            new Gpu("NVIDIA", "L4", 1, Memory.parse("24Gi")),
            cpu,
            Memory.parse(memory),
            Usd.parse("1"),
            Basis.QUOTED,
            Optional.empty(),
            OptionalInt.empty(),
            Optional.empty(),
            Optional.empty()));
  }

  @Test
  void processorsAreReservedAsOnEks() {
    assertEquals(4_000 - 80, of(4, "16Gi").milliCpu());
    assertEquals(192_000 - 550, of(192, "768Gi").milliCpu());
  }

  @Test
  void memoryIsReservedForHypervisorSystemAndEviction() {
    long sold = 16_384 * MIB;
    assertEquals(sold - sold * 75 / 1000 - (255 + 11 * 110 + 100) * MIB, of(4, "16Gi").memory());
  }

  @Test
  void aMachineThatIsSmallerThanItsReserveHasNothing() {
    assertEquals(Needs.NONE, of(0, "1Gi"));
  }
}
