package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.cluster.Clocks;
import dev.windfall.kind.local.Asked;
import dev.windfall.kind.local.Fault;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * The API server, or a kind of it, is gone for a minute, which is played by a clock that jumps.
 * Nothing is emptied meanwhile, and nothing is written twice when it is back.
 */
@Timeout(60)
class OutageTest extends OnePool {
  private static final String KARPENTER = "karpenter.sh/v1";
  private static final String WINDFALL = "windfall.dev/v1alpha1";

  private final AtomicLong ahead = new AtomicLong();
  private final Clocks clocks =
      new Clocks(() -> Instant.now().plusNanos(ahead.get()), () -> System.nanoTime() + ahead.get());

  private void later(Duration time) {
    ahead.addAndGet(time.toNanos());
  }

  // The API server.

  @Test
  void aLeaderThatCannotRenewItsLeaseStopsToWriteThoughAllElseAnswers() throws Exception {
    try (Server server = withRungs(server("", clocks))) {
      cluster.faults().always("*", "leases", Fault.refuse());
      later(Duration.ofSeconds(11));
      cluster.forgetRequests();
      flipPrices(server);
      look(server, "rungs");
      assertEquals(List.of(), writes(), "another may lead by now");

      cluster.faults().clear();
      eventually(() -> order().equals(List.of("g5", "g6")));
    }
  }

  @Test
  void afterAMinuteWithoutTheApiServerEachRungIsWrittenOnce() throws Exception {
    try (Server server = withRungs(server("", clocks))) {
      Set<String> watched = watched();
      cluster.forgetRequests();
      cluster.faults().always("*", "*", Fault.refuse());
      cluster.cutWatches();
      flipPrices(server);
      later(Duration.ofMinutes(1));
      eventually(() -> watched().equals(watched));
      eventually(() -> sum(server, "windfall_leader", _ -> true) == 0);
      assertEquals(2, held(server, "nodepools"), "nothing is emptied");
      assertEquals(1, held(server, "spotpools"));
      assertEquals(200, get(server, "/livez"), "a restart would help nobody");
      assertEquals(List.of("g6", "g5"), order());

      cluster.forgetRequests();
      cluster.faults().clear();
      eventually(() -> order().equals(List.of("g5", "g6")));
      eventually(() -> watched().equals(watched));
      look(server, "rungs");
      Map<String, Set<String>> versions = versionsOfRungs();
      assertTrue(versions.values().stream().allMatch(one -> one.size() == 1), versions::toString);
      assertEquals("ready\n", body(server, "/readyz"));
    }
  }

  // A kind.

  /** As while an API server starts that has not read its definitions yet. */
  @Test
  void whileTheDefinitionOfSpotPoolsIsGoneWhatTheyAskedForHolds() throws Exception {
    try (Server server = withRungs();
        Told told = Told.listen()) {
      cluster.forgetRequests();
      cluster.faults().always("*", "spotpools", Fault.status(404));
      cluster.cutWatches();
      eventually(
          () -> told.says("watching spotpools: broke: ", "404 ", "definition seems to be gone"));
      flipPrices(server);
      eventually(() -> order().equals(List.of("g5", "g6")));
      assertEquals(List.of(), closedOrDeleted());

      cluster.forgetRequests();
      cluster.faults().clear();
      eventually(() -> told.says("watching spotpools: restored"));
      look(server, "rungs");
      eventually(() -> !cluster.requests("patch", "spotpools").isEmpty());
      assertEquals(List.of(), closedOrDeleted());
    }
  }

  /** Whoever removes the definition by force, finalizers and all, has deleted every pool. */
  @Test
  void ifNoPoolComesBackWithTheDefinitionTheRungsCloseAndTheNodesStay() throws Exception {
    try (Server server = withRungs()) {
      node("one", rung("g6"));
      cluster.forgetRequests();
      cluster.faults().always("*", "spotpools", Fault.status(404));
      cluster.cutWatches();
      eventually(() -> !cluster.requests("watch", "spotpools").isEmpty());
      boolean _ =
          cluster.change(
              WINDFALL,
              "SpotPool",
              "",
              "gpu",
              pool -> {
                pool.withObject("/metadata").remove("finalizers");
                return pool;
              });
      cluster.remove(WINDFALL, "SpotPool", "", "gpu");
      cluster.compact();
      assertFalse(closed("g6"));
      cluster.faults().clear();

      eventually(() -> closed("g6") && closed("g5"));
      assertEquals(List.of(), cluster.requests("delete", "nodepools"));
      assertEquals(List.of(), cluster.requests("delete", "nodeclaims"));
      assertEquals(List.of(), cluster.requests("patch", "nodes"));
      assertEquals("ready\n", body(server, "/readyz"));
    }
  }

  /** Its removal takes every NodePool and NodeClaim; Windfall is not who can help that. */
  @Test
  void afterKarpenterWasRemovedAndInstalledAgainTheRungsAreMadeAnew() throws Exception {
    try (Server server = withRungs();
        Told told = Told.listen()) {
      cluster.forgetRequests();
      for (String kind : List.of("nodepools", "nodeclaims")) {
        cluster.faults().always("*", kind, Fault.status(404));
      }
      cluster.cutWatches();
      eventually(() -> told.says("watching nodepools: broke: ", "definition seems to be gone"));
      eventually(() -> told.says("watching nodeclaims: broke: ", "definition seems to be gone"));
      flipPrices(server);
      eventually(() -> !cluster.requests("patch", "nodepools").isEmpty());
      assertEquals("ready\n", body(server, "/readyz"), "nodes that are there are scored on");

      for (JsonNode rung : cluster.all(KARPENTER, "NodePool")) {
        cluster.remove(KARPENTER, "NodePool", "", rung.at("/metadata/name").asText());
      }
      cluster.compact();
      cluster.faults().clear();
      eventually(() -> order().equals(List.of("g5", "g6")));
      assertFalse(closed("g5"));
    }
  }

  @Test
  void aPoolWithoutKarpenterSaysSo() throws Exception {
    try (Server _ = start()) {
      cluster.faults().always("create", "nodepools", Fault.status(404));
      put(POOL);
      eventually(() -> condition("Degraded").path("status").asText().equals("True"));
      String message = condition("Degraded").path("message").asText();
      assertTrue(message.contains("404 "), message);
      assertTrue(message.contains("is Karpenter installed?"), message);
    }
  }

  // The world.

  /** Until they are known; a third offer, dearer than both, shows that. */
  private void flipPrices(Server server) throws Exception {
    prices("0.80", "0.60", "0.95");
    eventually(() -> sum(server, "windfall_source_offers", _ -> true) == 3);
  }

  private double held(Server server, String plural) throws Exception {
    return sum(server, "windfall_watch_objects", sample -> sample.label("resource").equals(plural));
  }

  private Set<String> watched() {
    return cluster.requests().stream()
        .filter(asked -> asked.verb().equals("watch"))
        .map(Asked::plural)
        .collect(Collectors.toSet());
  }

  private List<Asked> closedOrDeleted() {
    return writes().stream()
        .filter(write ->
            write.verb().equals("delete")
                || write.body().at("/metadata/annotations").hasNonNull("windfall.dev/closed"))
        .toList();
  }

  /** Those that were written to, by path; of each version the API server takes one write. */
  private Map<String, Set<String>> versionsOfRungs() {
    Map<String, Set<String>> versions = new HashMap<>();
    for (Asked write : writes()) {
      if (write.plural().equals("nodepools")) {
        versions
            .computeIfAbsent(write.path(), _ -> new HashSet<>())
            .add(write.body().at("/metadata/resourceVersion").asText());
      }
    }
    return versions;
  }

  private void node(String name, String rung) throws Exception {
    put(
        """
        {"apiVersion": "karpenter.sh/v1", "kind": "NodeClaim",
         "metadata": {"name": "%s", "labels": {"karpenter.sh/nodepool": "%s"}},
         "status": {"nodeName": "%s"}}
        """
            .formatted(name, rung, name));
    put(
        """
        {"apiVersion": "v1", "kind": "Node",
         "metadata": {"name": "%s", "labels": {"windfall.dev/rung": "%s",
           "windfall.dev/offer": "eu-central-1a.g6.xlarge.spot"}},
         "status": {"allocatable": {"nvidia.com/gpu": "1"}}}
        """
            .formatted(name, rung));
  }
}
