package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class LongWishTest {
  /** A cut through the pair left a lone surrogate, which no JSON writer takes. */
  @Test
  void aLongValueIsNotCutThroughASurrogatePair() {
    Pod pod =
        new Pod(
            "research",
            "train",
            "",
            Optional.empty(),
            Map.of(),
            Map.of(Keys.SPOT, "x".repeat(39) + "😀😀"),
            "",
            "",
            List.of(),
            GpuCounts.whole(1),
            Needs.NONE,
            List.of(),
            false,
            NodeTerms.ANY,
            "",
            Optional.empty(),
            false,
            false,
            false,
            false,
            Optional.empty());

    assertEquals(
        List.of(
            "windfall.dev/spot \""
                + "x".repeat(39)
                + "😀…\" is not one of require, prefer, never, true, false; it is ignored"),
        Resolution.of(pod, Namespace.named("research"), Policies.NONE).warnings());
  }
}
