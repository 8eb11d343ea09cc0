package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;

import java.time.Instant;
import java.time.OffsetDateTime;
import java.util.List;
import java.util.Optional;
import java.util.Random;
import org.junit.jupiter.api.Test;

class InstantsTest {
  @Test
  void timesAsKubernetesWritesThemAreRead() {
    assertEquals(
        Optional.of(Instant.ofEpochSecond(1_795_370_645)), Instants.parse("2026-11-22T18:04:05Z"));
    assertEquals(Optional.of(Instant.EPOCH), Instants.parse("1970-01-01T00:00:00Z"));
  }

  @Test
  void eachWholeSecondIsWhatAFormatterMakesOfIt() {
    Random random = new Random(7);
    for (int i = 0; i < 1_000; i++) {
      Instant time = Instant.ofEpochSecond(random.nextLong(253_402_300_800L));

      assertEquals(Optional.of(time), Instants.parse(time.toString()));
    }
  }

  @Test
  void timesInPartsOfASecondAndWithOffsetsAreRead() {
    for (String text :
        List.of("2026-11-22T18:04:05.123456Z", "2026-11-22T18:04:05+02:00", "2026-11-22T18:04Z")) {
      assertEquals(Optional.of(OffsetDateTime.parse(text).toInstant()), Instants.parse(text));
    }
  }

  @Test
  void whatIsNoTimeIsNone() {
    for (String text :
        List.of(
            "",
            "never",
            "2026-11-22",
            "2026-02-30T00:00:00Z",
            "2026-13-01T00:00:00Z",
            "2026-00-01T00:00:00Z",
            "2026-11-22T24:00:00Z",
            "2026-11-22T18:60:00Z",
            "2026-11-22T18:04:61Z",
            "2026-11-22T18:04:05z ",
            "2026-11-22T18:0x:05Z")) {
      assertEquals(Optional.empty(), Instants.parse(text), text);
    }
  }
}
