package dev.windfall.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.KubeClient;
import dev.windfall.kind.local.LocalApiServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.atomic.AtomicLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class SchedulerLeaseTest {
  private static void renew(LocalApiServer server, int second) {
    server.put(
        Pods.json(
            """
            {'apiVersion':'coordination.k8s.io/v1','kind':'Lease',
             'metadata':{'namespace':'windfall-system','name':'gpu-scheduler'},
             'spec':{'holderIdentity':'a','leaseDurationSeconds':15,
                     'renewTime':'2026-11-20T10:00:%02d.000000Z'}}
            """
                .formatted(second)));
  }

  @Test
  @Timeout(20)
  void theSchedulerLivesWhileItsLeaseIsRenewed() throws InterruptedException {
    AtomicLong nanos = new AtomicLong();
    try (LocalApiServer server = LocalApiServer.start();
        KubeClient client =
            KubeClient.at(server.uri(), new ClusterMetrics(new PrometheusRegistry()))) {
      renew(server, 0);
      try (SchedulerLease lease =
          SchedulerLease.watch(
              client,
              "windfall-system",
              "gpu-scheduler",
              new Clocks(Clocks.SYSTEM.wall(), nanos::get))) {
        assertEquals(new AssignedScheduler("gpu-scheduler", false), lease.assigned());

        server.awaitRequests("watch", "leases", 1);
        for (int second = 1; !lease.assigned().live(); second++) {
          renew(server, second % 60);
          spin();
        }
        // Some renewals may still be on their way, and count from when they arrive.
        while (lease.assigned().live()) {
          nanos.addAndGet(Duration.ofSeconds(60).toNanos());
          spin();
        }

        assertEquals(new AssignedScheduler("gpu-scheduler", false), lease.assigned());
      }
    }
  }

  private static void spin() throws InterruptedException {
    if (Thread.interrupted()) {
      throw new InterruptedException("the time of the test is over");
    }
    Thread.onSpinWait();
  }

  @Test
  void aLeaseWithoutAHolderIsRead() throws IOException {
    String json = "{'metadata':{'name':'x'},'spec':{'holderIdentity':null,'strategy':'x'}}";
    try (JsonParser parser = Pods.json(json).traverse()) {
      parser.nextToken();
      assertEquals(new Heartbeat.Renewal("", "", Duration.ZERO), SchedulerLease.decode(parser));
    }
  }
}
