package dev.windfall.reconciler.nodes;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.junit.jupiter.api.Test;

class MovedTest {
  private static final Instant NOW = Instant.parse("2026-11-20T10:00:00Z");

  @Test
  void eachEvictionDoublesTheWaitUpToADay() {
    Moved moved = Moved.NOBODY;
    Instant now = NOW;
    for (int hours : List.of(1, 2, 4, 8, 16, 24)) {
      moved = moved.and(List.of("job", "job"), now);
      Instant next = now.plus(Duration.ofHours(hours));
      assertFalse(moved.mayGo("job", next.minusSeconds(1)), hours + " hours");
      assertTrue(moved.mayGo("job", next), hours + " hours");
      assertTrue(moved.mayGo("another", now));
      now = next;
    }
  }

  @Test
  void aDayLaterItIsForgotten() {
    Instant next = NOW.plus(Duration.ofHours(1));
    Moved twice = Moved.NOBODY.and(List.of("job"), NOW).and(List.of("job"), next);
    Instant aDayLater = next.plus(Duration.ofHours(24));
    assertEquals(
        new Moved.Count(1, aDayLater), twice.and(List.of("job"), aDayLater).counts().get("job"));
    assertEquals(1, twice.and(List.of("another"), aDayLater).counts().size());
  }

  /** A budget may let them go one by one. */
  @Test
  void thePodsOfOneMachineCountOnce() {
    Moved moved = Moved.NOBODY.and(List.of("job"), NOW).and(List.of("job"), NOW.plusSeconds(60));
    assertEquals(new Moved.Count(1, NOW.plusSeconds(60)), moved.counts().get("job"));
  }

  @Test
  void ofManyTheOldestAreForgotten() {
    Moved moved = Moved.NOBODY;
    for (int i = 0; i <= Moved.MOST; i++) {
      moved = moved.and(List.of("job-" + i), NOW.plusMillis(i));
    }
    assertEquals(Moved.MOST, moved.counts().size());
    assertFalse(moved.counts().containsKey("job-0"));
    assertTrue(moved.counts().containsKey("job-1"));
  }
}
