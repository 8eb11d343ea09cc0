package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.extender.Extender;
import dev.windfall.extender.NodeIndex;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Surroundings;
import dev.windfall.policies.WindfallConfig.Role;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot.CounterDataPointSnapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/** Pods, nodes and Leases of an API server in this process, and whether the scheduler asks. */
@Timeout(60)
class UnaskedTest {
  private final LocalApiServer cluster = LocalApiServer.start();
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final ClusterMetrics clusterMetrics = new ClusterMetrics(registry);
  private final KubeClient client = KubeClient.at(cluster.uri(), clusterMetrics);
  private final Extender extender =
      new Extender(
          new Extender.Sight(PriceBook::empty, NodeIndex::empty, () -> Surroundings.NONE),
          false,
          () -> 0,
          () -> Instant.EPOCH,
          registry);

  @BeforeEach
  void twoNodesThatAreAlike() {
    node("one");
    node("two");
  }

  @AfterEach
  void close() {
    client.close();
    cluster.close();
  }

  private void put(String manifest) {
    try {
      cluster.put((ObjectNode) new ObjectMapper().readTree(manifest.replace('\'', '"')));
    } catch (IOException e) {
      throw new AssertionError(manifest, e);
    }
  }

  private void node(String name) {
    put(
        """
        {'apiVersion':'v1','kind':'Node','metadata':{'name':'%s','labels':{'a':'b'}},
         'status':{'allocatable':{'nvidia.com/gpu':'8'}}}
        """
            .formatted(name));
  }

  private void lease(String holder) {
    put(
        """
        {'apiVersion':'coordination.k8s.io/v1','kind':'Lease',
         'metadata':{'name':'second','namespace':'windfall-system'},'spec':{'holderIdentity':'%s'}}
        """
            .formatted(holder));
  }

  /** A binding writes node and condition at once; here the condition is there before. */
  private void pod(String scheduler, String name, String node) {
    put(
        """
        {'apiVersion':'v1','kind':'Pod','metadata':{'name':'%s','namespace':'default'},
         'spec':{'schedulerName':'%s','nodeName':'%s','containers':[{'name':'main','image':'i',
          'resources':{'limits':{'nvidia.com/gpu':'1'}}}]},
         'status':{'conditions':[{'type':'PodScheduled','status':'True'}]}}
        """
            .formatted(name, scheduler, node));
  }

  private static final class Running implements AutoCloseable {
    private final Closing caches;
    private final Unasked unasked;

    Running(Closing caches, Unasked unasked) {
      this.caches = caches;
      this.unasked = unasked;
    }

    @Override
    public void close() {
      unasked.close();
      caches.close();
    }
  }

  private Running follow(Optional<String> assign) throws InterruptedException {
    Closing closing = new Closing();
    Caches caches = Caches.start(client, Set.of(Role.EXTENDER), () -> {}, closing);
    caches.awaitSynced(new Readiness().step("listed"));
    Unasked.Setup setup =
        new Unasked.Setup("host-1", "windfall-system", assign, "http://x", Duration.ZERO);
    return new Running(
        closing, Unasked.start(setup, extender, caches, client, () -> 0, clusterMetrics, registry));
  }

  /** Creates a pod, and binds it. */
  private void schedule(String scheduler, String name, boolean asking) {
    pod(scheduler, name, "");
    if (asking) {
      String uid =
          client
              .get(Resource.PODS, new Key("default", name))
              .orElseThrow()
              .at("/metadata/uid")
              .asText();
      extender.prioritize(
          "{\"Pod\":{\"metadata\":{\"uid\":\"%s\"}},\"NodeNames\":[]}"
              .formatted(uid)
              .getBytes(StandardCharsets.UTF_8));
    }
    pod(scheduler, name, "one");
  }

  private void schedule(String scheduler, String name) {
    schedule(scheduler, name, false);
  }

  private double counted(String asked) {
    return registry.scrape(Unasked.METRIC.replace("_total", "")::equals).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .filter(point -> asked.equals(point.getLabels().get("asked")))
        .mapToDouble(point -> ((CounterDataPointSnapshot) point).getValue())
        .sum();
  }

  private void await(String asked, int pods) {
    while (counted(asked) < pods) {
      Thread.onSpinWait();
    }
    assertEquals(pods, counted(asked));
  }

  @Test
  void aPodThatNobodyAskedAboutIsCountedAndOneThatWasAskedAboutToo() throws Exception {
    try (Running _ = follow(Optional.empty())) {
      schedule("second", "a");
      await("no", 1);

      schedule("second", "b", true);
      await("yes", 1);
      assertEquals(1, counted("no"));
    }
  }

  @Test
  void podsOfAnotherSchedulerThanTheAssignedOneDoNotCount() throws Exception {
    try (Running _ = follow(Optional.of("second"))) {
      schedule("default-scheduler", "a");
      schedule("second", "b");

      await("no", 1);
    }
  }

  @Test
  void besideAStandbySchedulerNothingIsExpected() throws Exception {
    lease("host-2_7c6f0000-0000-0000-0000-000000000000");
    try (Running _ = follow(Optional.empty())) {
      schedule("second", "a");
      awaitLookAtLeases(1);
      lease("host-1_7c6f0000-0000-0000-0000-000000000000");
      schedule("second", "b");

      await("no", 1);
    }
  }

  @Test
  void withoutTheRightToReadLeasesPodsCount() throws Exception {
    cluster.faults().always("*", "leases", Fault.status(403));
    try (Running _ = follow(Optional.empty())) {
      schedule("second", "a");

      await("no", 1);
    }
  }

  private void awaitLookAtLeases(int times) {
    while (registry.scrape("windfall_kubernetes_requests"::equals).stream()
            .flatMap(snapshot -> snapshot.getDataPoints().stream())
            .filter(point -> "leases".equals(point.getLabels().get("resource")))
            .mapToDouble(point -> ((CounterDataPointSnapshot) point).getValue())
            .sum()
        < times) {
      Thread.onSpinWait();
    }
  }

  @Test
  void theMachineThatLeadsIsInTheIdentityOfItsHolder() {
    assertEquals(Leader.HERE, Leader.of(Optional.of("host-1_0-0"), "host-1"));
    assertEquals(Leader.ELSEWHERE, Leader.of(Optional.of("host-11_0-0"), "host-1"));
    assertEquals(Leader.HERE, Leader.of(Optional.of("host-1"), "host-1"));
    assertEquals(Leader.UNKNOWN, Leader.of(Optional.empty(), "host-1"));
  }

  @Test
  void itIsSaidAfterThreePodsAndOnceAnHour() {
    long[] now = {0};
    UnaskedWarning warning =
        new UnaskedWarning(Optional.of("second"), "http://127.0.0.1:8888/scheduler", () -> now[0]);

    assertEquals(Optional.empty(), warning.of(0, 2, Leader.HERE));
    assertEquals(
        "3 GPU pods of the scheduler second were scheduled although several nodes fitted, and no"
            + " scheduler has asked this replica since its start, so prices do not count for them;"
            + " its KubeSchedulerConfiguration needs under extenders: {urlPrefix:"
            + " http://127.0.0.1:8888/scheduler, prioritizeVerb: prioritize, weight: 20,"
            + " nodeCacheCapable: true, ignorable: true}",
        warning.of(0, 1, Leader.HERE).orElse(""));
    assertEquals(Optional.empty(), warning.of(0, 100, Leader.HERE));
    now[0] = Duration.ofHours(1).toNanos();
    assertTrue(warning.of(0, 1, Leader.HERE).orElse("").startsWith("104 GPU pods"));
  }

  @Test
  void nothingIsSaidOnceTheSchedulerHasAsked() {
    UnaskedWarning warning = new UnaskedWarning(Optional.empty(), "http://x", () -> 0);

    assertEquals(Optional.empty(), warning.of(1, 100, Leader.UNKNOWN));
  }

  @Test
  void whatIsNotKnownForSureIsSaidWithIt() {
    String said =
        new UnaskedWarning(Optional.empty(), "http://x", () -> 0)
            .of(0, 3, Leader.UNKNOWN)
            .orElse("");

    assertTrue(said.contains("pods of every scheduler count"), said);
    assertTrue(said.endsWith("where another replica of Windfall is asked, this one need not be"));
  }
}
