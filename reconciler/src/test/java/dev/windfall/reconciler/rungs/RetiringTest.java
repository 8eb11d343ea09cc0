package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class RetiringTest {
  private final Cluster cluster = new Cluster().pool("gpu", "");

  @BeforeEach
  void oneRung() {
    cluster.prices(book(offer("g6.xlarge", "a", "0.40"))).settle();
  }

  private List<String> kindsAfter(Duration wait) {
    cluster.now = cluster.now.plus(wait);
    return cluster.settle().actions().stream().map(a -> a.getClass().getSimpleName()).toList();
  }

  @Test
  void deletingAPoolClosesItsRungsAndLeavesRunningNodes() {
    String rung = cluster.rung("g6.xlarge/a");
    cluster.launch(rung);
    cluster.pools.remove("gpu");
    assertEquals(List.of("Close"), kindsAfter(Duration.ZERO));
    assertEquals(List.of(), kindsAfter(Duration.ofDays(30)));
    assertTrue(cluster.rungs.containsKey(rung));
  }

  @Test
  void aPoolThatIsBeingDeletedCountsAsGone() {
    cluster
        .poolObject("gpu")
        .withObject("/metadata")
        .put("deletionTimestamp", "2026-11-20T10:00:00Z");
    assertEquals(List.of("Close"), kindsAfter(Duration.ZERO));
  }

  @Test
  void anEmptyRungGoesTenMinutesAfterItWasClosed() {
    cluster.pools.remove("gpu");
    assertEquals(List.of("Close"), kindsAfter(Duration.ZERO));
    assertEquals(List.of(), kindsAfter(Duration.ofMinutes(9)));
    assertEquals(List.of("Delete"), kindsAfter(Duration.ofMinutes(1)));
    assertTrue(cluster.rungs.isEmpty());
  }

  @Test
  void aRungWithANodeClaimIsNotDeleted() {
    cluster.launch(cluster.rung("g6.xlarge/a"));
    cluster.pool("gpu", "'maxPricePerGpu': '0.01'").settle();
    assertEquals(List.of(), kindsAfter(Duration.ofHours(1)));
    cluster.claims.clear();
    assertEquals(List.of("Delete"), kindsAfter(Duration.ZERO));
  }

  @Test
  void aClosedRungWhoseTimeWasRemovedWaitsAgain() {
    cluster.pools.remove("gpu");
    cluster.settle();
    cluster
        .object("g6.xlarge/a")
        .withObject("/metadata/annotations")
        .remove("windfall.dev/closed-at");
    assertEquals(List.of("Repair"), kindsAfter(Duration.ofHours(1)));
    assertEquals(List.of("Delete"), kindsAfter(Duration.ofMinutes(10)));
  }

  @Test
  void aRungThatIsBeingDeletedIsLeftAlone() {
    cluster
        .object("g6.xlarge/a")
        .withObject("/metadata")
        .put("deletionTimestamp", "2026-11-20T10:00:00Z");
    assertEquals(List.of(), kindsAfter(Duration.ZERO));
    assertEquals("Deleting", cluster.poolObject("gpu").at("/status/rungs/0/state").asText());
  }
}
