package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.cluster.Clocks;
import dev.windfall.kind.local.Asked;
import dev.windfall.kind.local.Fault;
import java.time.Instant;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** What a replica has to know before it acts, or lets others wait for it. */
@Timeout(60)
class RestartTest extends OnePool {
  private static final String HISTORY = "windfall-history";

  /** A restart opened every rung that was closed for no capacity, and closed it a moment later. */
  @Test
  void whatCouldNotBeHadStaysClosedWhileAndAfterTheHistoryIsRead() throws Exception {
    closedForWantOfCapacity();
    CountDownLatch answered = new CountDownLatch(1);
    cluster.faults().always("get", "configmaps", Fault.held(answered));
    try (Server server = start()) {
      look(server, "rungs");
      assertEquals(List.of(), writes(), "nobody decides before the history is known");

      answered.countDown();
      eventually(() -> !cluster.requests("patch", "nodepools").isEmpty());
      assertEquals(List.of(), opened());
      assertTrue(closed("g6"));
    }
  }

  /** What may not be read keeps nobody from working. */
  @Test
  void withoutTheRightToReadTheHistoryItGoesOn() throws Exception {
    closedForWantOfCapacity();
    cluster.faults().always("get", "configmaps", Fault.status(403));
    try (Server _ = start()) {
      eventually(() -> !cluster.requests("patch", "nodepools").isEmpty());
    }
  }

  /** Two replicas, of which the one that waits had the lease: pods of bursts waited for nobody. */
  @Test
  void whoWaitsForARightLeavesTheLeaseToOthers() throws Exception {
    cluster.faults().always("*", "pods", Fault.status(403));
    String cloud = "http://127.0.0.1:1";
    String aws =
        ", {type: aws, regions: [eu-central-1], endpoints: {ec2: '%s', pricing: '%s', quotas: '%s'}}"
            .formatted(cloud, cloud, cloud);
    try (Server server = server(aws, Clocks.SYSTEM);
        ExecutorService starting = Executors.newSingleThreadExecutor()) {
      Future<?> started = starting.submit(() -> started(server));
      eventually(() -> !server.ports().isEmpty());
      eventually(() -> body(server, "/readyz").contains("pods cannot be read: "));
      assertEquals(List.of(), cluster.requests("create", "leases"));

      cluster.faults().clear();
      started.get();
      assertEquals("ready\n", body(server, "/readyz"));
      eventually(() -> !cluster.requests("create", "leases").isEmpty());
    }
  }

  /** A leader that has learnt this ended; and a price moved, so that there is something to do. */
  private void closedForWantOfCapacity() throws Exception {
    try (Server _ = withRungs()) {
      put(
          """
          {"apiVersion": "events.k8s.io/v1", "kind": "Event",
           "metadata": {"name": "one", "namespace": "default"},
           "reason": "InsufficientCapacityError", "note": "there is none",
           "regarding": {"kind": "NodeClaim", "name": "%s-x7k2p"}, "eventTime": "%s"}
          """
              .formatted(rung("g6"), Instant.now()));
      eventually(() -> closed("g6"));
      eventually(() -> cluster.read("v1", "ConfigMap", "windfall-system", HISTORY).isPresent());
    }
    // The lease was given up; what the last one did is no business of the next.
    prices("0.40", "0.90");
    cluster.forgetRequests();
  }

  /** The patches that open a NodePool. */
  private List<Asked> opened() {
    return cluster.requests("patch", "nodepools").stream()
        .filter(patch ->
            patch.body().at("/metadata/annotations").has("windfall.dev/closed")
                && patch.body().at("/metadata/annotations/windfall.dev~1closed").isNull())
        .toList();
  }
}
