package dev.windfall.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Manifests;
import dev.windfall.cluster.Resource;
import dev.windfall.kind.local.LocalApiServer;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

class WebhookConfigurationTest {
  private static JsonNode webhook(Endpoint endpoint) {
    return WebhookConfiguration.manifest(endpoint, "windfall-system", "Q0E=").at("/webhooks/0");
  }

  @Test
  void behindAServiceItIsCalledByThatName() {
    Endpoint service = new Endpoint.Service("windfall-system", "windfall");

    assertEquals(
        Pods.json(
            """
            {'service':{'namespace':'windfall-system','name':'windfall','path':'/mutate','port':443},
             'caBundle':'Q0E='}
            """),
        webhook(service).get("clientConfig"));
    assertEquals("windfall.windfall-system.svc", service.names().getFirst());
  }

  @Test
  void elsewhereItIsCalledByUrlAndEveryInterfaceMeansLoopback() {
    assertEquals(
        Pods.json("{'url':'https://127.0.0.1:8443/mutate','caBundle':'Q0E='}"),
        webhook(new Endpoint.Address("0.0.0.0", 8443)).get("clientConfig"));
    assertEquals(
        Pods.json("{'url':'https://[fd00::7]:8443/mutate','caBundle':'Q0E='}"),
        webhook(new Endpoint.Address("fd00::7", 8443)).get("clientConfig"));
    assertEquals(
        List.of("10.0.0.7", "127.0.0.1", "localhost", "::1"),
        new Endpoint.Address("10.0.0.7", 8443).names());
  }

  @Test
  void itFailsOpenSoonAndIsAskedAgain() {
    JsonNode webhook = webhook(new Endpoint.Address("0.0.0.0", 8443));

    assertEquals("Ignore", webhook.path("failurePolicy").asText());
    assertEquals(2, webhook.path("timeoutSeconds").asInt());
    assertEquals("None", webhook.path("sideEffects").asText());
    assertEquals("IfNeeded", webhook.path("reinvocationPolicy").asText());
    assertEquals("Equivalent", webhook.path("matchPolicy").asText());
    assertEquals(
        Pods.json(
            """
            {'apiGroups':[''],'apiVersions':['v1'],'operations':['CREATE'],'resources':['pods'],
             'scope':'Namespaced'}
            """),
        webhook.at("/rules/0"));
  }

  @Test
  void theClustersOwnNamespacesAndWindfallsAreLeftOut() {
    List<String> excluded = new ArrayList<>();
    webhook(new Endpoint.Address("0.0.0.0", 8443))
        .at("/namespaceSelector/matchExpressions/0/values")
        .forEach(value -> excluded.add(value.asText()));

    assertEquals(
        List.of("kube-system", "kube-public", "kube-node-lease", "windfall-system"), excluded);
  }

  @Test
  void onlyPodsWithGpusThatStillNeedANodeAreAskedAbout() {
    List<String> conditions = new ArrayList<>();
    webhook(new Endpoint.Address("0.0.0.0", 8443))
        .path("matchConditions")
        .forEach(condition -> conditions.add(condition.path("name").asText()));

    assertEquals(List.of("wants-gpu", "not-bound", "not-mirror", "not-daemon"), conditions);
  }

  @Test
  @Timeout(30)
  void aRestartWithNothingChangedWritesNothing() {
    try (LocalApiServer server = LocalApiServer.start();
        KubeClient client =
            KubeClient.at(server.uri(), new ClusterMetrics(new PrometheusRegistry()))) {
      server.addNamespace("windfall-system");
      assertEquals(Manifests.Outcome.CREATED, start(client));
      server.forgetRequests();

      assertEquals(Manifests.Outcome.UNCHANGED, start(client));
      assertEquals(List.of(), server.writes());
    }
  }

  private static Manifests.Outcome start(KubeClient client) {
    Endpoint endpoint = new Endpoint.Service("windfall-system", "windfall");
    Authority authority = Authority.open(client, "windfall-system", endpoint, Markets.NOW);
    return new Manifests(client, Clocks.SYSTEM)
        .apply(
            Resource.MUTATING_WEBHOOKS,
            WebhookConfiguration.manifest(endpoint, "windfall-system", authority.caBundle()));
  }
}
