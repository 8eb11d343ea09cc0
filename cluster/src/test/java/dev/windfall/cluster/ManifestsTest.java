package dev.windfall.cluster;

import static dev.windfall.cluster.Fixtures.json;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import java.time.Duration;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class ManifestsTest {
  private final FakeClock time = new FakeClock();
  private LocalApiServer server;
  private KubeClient client;
  private Manifests manifests;

  @BeforeEach
  void start() {
    server = LocalApiServer.start();
    client = Fixtures.client(server).pausing(_ -> {});
    manifests = new Manifests(client, time.clocks());
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void applyingTheSameManifestTwiceWritesOnce() {
    assertEquals(
        Manifests.Outcome.CREATED, manifests.apply(Resource.MUTATING_WEBHOOKS, webhook("")));
    assertEquals(
        Manifests.Outcome.UNCHANGED, manifests.apply(Resource.MUTATING_WEBHOOKS, webhook("")));
    assertEquals(1, server.writes().size());
  }

  @Test
  void whatTheServerFilledInInsideAListIsNoDifference() {
    server.put(webhook(",'matchPolicy':'Equivalent','reinvocationPolicy':'Never'"));
    assertEquals(
        Manifests.Outcome.UNCHANGED, manifests.apply(Resource.MUTATING_WEBHOOKS, webhook("")));
  }

  @Test
  void aDifferenceIsPatchedWithTheVersionItWasSeenIn() {
    ObjectNode live = server.put(webhook(""));
    ObjectNode wanted = webhook(",'failurePolicy':'Ignore'");
    assertEquals(Manifests.Outcome.UPDATED, manifests.apply(Resource.MUTATING_WEBHOOKS, wanted));
    assertEquals(
        live.at("/metadata/resourceVersion"),
        server.writes().getFirst().body().at("/metadata/resourceVersion"));
    assertEquals(Manifests.Outcome.UNCHANGED, manifests.apply(Resource.MUTATING_WEBHOOKS, wanted));
  }

  @Test
  void labelsOfOthersStay() {
    ObjectNode theirs = webhook("");
    theirs.withObjectProperty("metadata").putObject("labels").put("theirs", "yes");
    server.put(theirs);
    ObjectNode ours = webhook("");
    ours.withObjectProperty("metadata").putObject("labels").put("ours", "yes");
    manifests.apply(Resource.MUTATING_WEBHOOKS, ours);
    ObjectNode live =
        server
            .read("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration", "", "windfall")
            .orElseThrow();
    assertEquals(json("{'theirs':'yes','ours':'yes'}"), live.at("/metadata/labels"));
  }

  @Test
  void aLostRaceIsLookedAtAgain() {
    server.faults().next("create", "mutatingwebhookconfigurations", Fault.status(409));
    assertEquals(
        Manifests.Outcome.CREATED, manifests.apply(Resource.MUTATING_WEBHOOKS, webhook("")));
  }

  @Test
  void anEmptyObjectIsWantedWhereItIsMissing() {
    assertTrue(
        Difference.patch(json("{'spec':{}}"), json("{'spec':{'subresources':{'status':{}}}}"))
            .has("spec"));
    assertTrue(Difference.patch(json("{'spec':{}}"), json("{'spec':{'list':[]}}")).isEmpty());
  }

  @Test
  void anEstablishedDefinitionIsNotWaitedFor() throws Exception {
    server.put(crd());
    manifests.awaitEstablished("things.example.com", Duration.ZERO);
  }

  @Test
  void aDefinitionThatIsNeverEstablishedIsGivenUp() {
    ClusterException e =
        assertThrows(
            ClusterException.class,
            () ->
                manifests.awaitEstablished(
                    "things.example.com", Duration.ofSeconds(30), time::advance));
    assertEquals(
        "waiting for customresourcedefinition things.example.com: not Established after 30 s",
        e.getMessage());
  }

  private static ObjectNode webhook(String more) {
    return json(
        """
        {'apiVersion':'admissionregistration.k8s.io/v1','kind':'MutatingWebhookConfiguration','metadata':{'name':'windfall'},
         'webhooks':[{'name':'pods.windfall.dev','timeoutSeconds':5,'sideEffects':'None',
          'admissionReviewVersions':['v1'],'clientConfig':{'url':'https://x'}%s}]}\
        """
            .formatted(more));
  }

  private static ObjectNode crd() {
    return json(
        """
        {'apiVersion':'apiextensions.k8s.io/v1','kind':'CustomResourceDefinition','metadata':{'name':'things.example.com'},
         'spec':{'group':'example.com','scope':'Cluster','names':{'plural':'things','kind':'Thing'},
         'versions':[{'name':'v1','served':true,'storage':true}]}}\
        """);
  }
}
