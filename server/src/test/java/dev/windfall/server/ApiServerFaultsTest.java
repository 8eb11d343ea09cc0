package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.cluster.KubeClient;
import dev.windfall.kind.local.Fault;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The whole server before an API server that does what API servers do on a bad day. What has to be
 * written is written once that is over, and a person is told.
 */
@Timeout(60)
class ApiServerFaultsTest extends OnePool {
  // What goes wrong.

  @Test
  void anApiServerThatIsAwayFindsTheOrderOfTodayWhenItIsBack() throws Exception {
    try (Server server = withRungs()) {
      cluster.faults().always("*", "*", Fault.refuse());
      cluster.cutWatches();
      prices("0.80", "0.60");
      eventually(() -> failedCalls(server) > 20);
      assertEquals(200, get(server, "/livez"), "a restart would help nobody");
      assertEquals(List.of("g6", "g5"), order(), "nothing was written");

      cluster.faults().clear();
      eventually(() -> order().equals(List.of("g5", "g6")));
    }
  }

  @Test
  void aStormOfConflictsEndsInTheOrderThatWasMeant() throws Exception {
    try (Server server = withRungs()) {
      for (int i = 0; i < 3; i++) {
        cluster.faults().next("patch", "nodepools", Fault.status(409));
      }
      prices("0.80", "0.60");

      eventually(() -> order().equals(List.of("g5", "g6")));
      assertEquals("ready\n", body(server, "/readyz"));
    }
  }

  @Test
  void whoIsTurnedAwayComesBackWhenItWasToldTo() throws Exception {
    try (Server _ = withRungs()) {
      cluster.forgetRequests();
      for (int i = 0; i < 2; i++) {
        cluster
            .faults()
            .next("patch", "nodepools", new Fault.Answer(429, "TooManyRequests", "busy", 1));
      }
      long begin = System.nanoTime();
      prices("0.80", "0.60");

      eventually(() -> order().equals(List.of("g5", "g6")));
      assertTrue(System.nanoTime() - begin > 1_900_000_000L, "twice a second was asked for");
    }
  }

  @Test
  void watchesThatAreCutAgainAndAgainCostNoWriteAndLoseNoNews() throws Exception {
    try (Server server = withRungs()) {
      cluster.forgetRequests();
      eventually(() -> {
        cluster.cutWatches();
        return cluster.requests("watch", "nodepools").size() >= 3;
      });
      assertEquals(List.of(), writes(), "nothing had changed");

      prices("0.80", "0.60");
      eventually(() -> order().equals(List.of("g5", "g6")));
      assertEquals("ready\n", body(server, "/readyz"));
    }
  }

  @Test
  void anAnswerThatIsLostLeadsToNoSecondRung() throws Exception {
    cluster.faults().next("create", "nodepools", Fault.mute());
    cluster.faults().next("patch", "spotpools", Fault.mute());
    try (Server _ = withRungs()) {
      assertEquals(List.of("g6", "g5"), order());
    }
  }

  // What is missing.

  @Test
  void withoutKarpenterItWaitsAndSaysSoAndGoesOnOnceItIsThere() throws Exception {
    for (String kind : List.of("nodepools", "nodeclaims")) {
      cluster.faults().always("*", kind, Fault.status(404));
    }
    startsOnlyAfter("nodepools cannot be read: ", "404 Not Found", "is Karpenter installed");
  }

  @Test
  void withoutARightItWaitsAndSaysWhichAndGoesOnOnceItIsGranted() throws Exception {
    cluster.faults().always("*", "pods", Fault.status(403));

    startsOnlyAfter("pods cannot be read: ", "403 Forbidden", "may Windfall list and watch them?");
  }

  /** That nobody may look is no word about what is there: what is bought stays. */
  @Test
  void aRightThatIsTakenAwayLaterLeavesWhatIsThere() throws Exception {
    try (Server server = withRungs()) {
      cluster.faults().always("*", "spotpools", Fault.status(403));
      cluster.cutWatches();
      eventually(() -> failedCalls(server) > 3);

      assertEquals(List.of("g6", "g5"), order());
    }
  }

  @Test
  void aWriteThatIsForbiddenIsSaidInTheStatusOfThePool() throws Exception {
    cluster.faults().always("create", "nodepools", Fault.status(403));
    try (Server _ = start()) {
      put(POOL);

      eventually(() -> condition("Degraded").path("message").asText().contains("403 Forbidden"));
      assertEquals("RungRefused", condition("Degraded").path("reason").asText());
      cluster.faults().clear();
      // Else it is tried again within a minute.
      prices("0.41", "0.60");
      eventually(() -> order().equals(List.of("g6", "g5")));
      eventually(() -> condition("Degraded").path("status").asText().equals("False"));
    }
  }

  private void startsOnlyAfter(String... reasons) throws Exception {
    try (Server server = server();
        ExecutorService starting = Executors.newSingleThreadExecutor()) {
      Future<?> started =
          starting.submit(() -> {
            server.start(metrics -> KubeClient.at(cluster.uri(), metrics));
            return null;
          });
      eventually(() -> !server.ports().isEmpty());
      for (String reason : reasons) {
        eventually(() -> body(server, "/readyz").contains(reason));
      }
      assertEquals(200, get(server, "/livez"));
      assertFalse(started.isDone());

      cluster.faults().clear();
      started.get();
      assertEquals("ready\n", body(server, "/readyz"));
    }
  }
}
