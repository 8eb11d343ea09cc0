package dev.windfall.webhook;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

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
}
