package dev.windfall.cluster;

import static dev.windfall.cluster.Fixtures.array;
import static dev.windfall.cluster.Fixtures.json;
import static dev.windfall.cluster.Fixtures.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.Asked;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class KubeClientTest {
  private static final Key A = Key.of("a");

  private final List<Duration> pauses = new ArrayList<>();
  private LocalApiServer server;
  private KubeClient client;

  @BeforeEach
  void start() {
    server = LocalApiServer.start();
    client = Fixtures.client(server).pausing(pauses::add);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void aPatchIsSentAsMergePatch() {
    server.put(pool("a", 1));
    client.mergePatch(Resource.NODEPOOLS, A, json("{'spec':{'weight':5}}"));
    Asked asked = server.requests("patch", "nodepools").getFirst();
    assertEquals("application/merge-patch+json", asked.contentType());
    assertEquals("fieldManager=windfall", asked.query());
    assertEquals(
        5,
        server
            .read("karpenter.sh/v1", "NodePool", "", "a")
            .orElseThrow()
            .at("/spec/weight")
            .asInt());
  }

  @Test
  void anObjectGoesThroughADecoderAsItArrives() {
    server.put(pool("a", 5));

    assertEquals(
        client.get(Resource.NODEPOOLS, A), client.get(Resource.NODEPOOLS, A, Decoder.whole()));
    assertEquals(Optional.empty(), client.get(Resource.NODEPOOLS, A, object -> null));
    assertEquals(Optional.empty(), client.get(Resource.NODEPOOLS, Key.of("b"), Decoder.whole()));
  }

  @Test
  void aJsonPatchIsSentAsOne() {
    server.put(pool("a", 1));
    client.jsonPatch(
        Resource.NODEPOOLS, A, array("[{'op':'replace','path':'/spec/weight','value':7}]"));
    assertEquals(
        "application/json-patch+json",
        server.requests("patch", "nodepools").getFirst().contentType());
  }

  @Test
  void statusIsPatchedThroughItsSubresource() {
    server.put(pool("a", 1));
    ObjectNode patched =
        client.mergePatchStatus(Resource.NODEPOOLS, A, json("{'status':{'nodes':2}}"));
    assertEquals(2, patched.at("/status/nodes").asInt());
    assertEquals("/apis/karpenter.sh/v1/nodepools/a/status", server.writes().getFirst().path());
  }

  @Test
  void anEvictionIsOfOnePodAndIsNotRepeatedWhereABudgetForbidsIt() {
    String uid =
        server
            .put(json("{'apiVersion':'v1','kind':'Pod','metadata':{'name':'a','namespace':'n'}}"))
            .at("/metadata/uid")
            .asText();
    Key pod = new Key("n", "a");
    server.faults().always("create", "pods/eviction", Fault.status(429));

    ClusterException refused =
        assertThrows(ClusterException.class, () -> client.evict(pod, uid, false));
    assertEquals(429, refused.status());
    assertTrue(String.valueOf(refused.getMessage()).startsWith("evicting pod n/a: 429"));
    assertEquals(List.of(), pauses);

    server.faults().clear();
    client.evict(pod, uid, true);
    assertTrue(client.get(Resource.PODS, pod).isPresent());
    Asked dry = server.requests("create", "pods/eviction").getLast();
    assertEquals("fieldManager=windfall&dryRun=All", dry.query(), "webhooks are told by that");
    assertEquals("All", dry.body().at("/deleteOptions/dryRun/0").asText());
    assertTrue(
        assertThrows(ClusterException.class, () -> client.evict(pod, "another", false))
            .isConflict());
    client.evict(pod, uid, false);
    assertTrue(client.get(Resource.PODS, pod).isEmpty());
  }

  @Test
  void whatIsNotThereIsEmpty() {
    assertTrue(client.get(Resource.NODEPOOLS, A).isEmpty());
  }

  @Test
  void anErrorNamesWhatWasDoneToWhatAndWhatTheServerSaid() {
    server.put(pool("a", 1));
    ObjectNode stale = json("{'metadata':{'resourceVersion':'1'},'spec':{'weight':2}}");
    ClusterException e =
        assertThrows(ClusterException.class, () -> client.mergePatch(Resource.NODEPOOLS, A, stale));
    assertTrue(e.isConflict());
    assertEquals(
        "patching nodepool a: 409 Conflict: Operation cannot be fulfilled on nodepools.karpenter.sh"
            + " \"a\": the object has been modified; please apply your changes to the latest"
            + " version and try again",
        e.getMessage());
  }

  @Test
  void a429IsRepeatedAfterWhatTheServerAskedFor() {
    server.faults().next("patch", "nodepools", Fault.status(429).retryAfter(7));
    server.put(pool("a", 1));
    client.mergePatch(Resource.NODEPOOLS, A, json("{'spec':{'weight':5}}"));
    assertEquals(List.of(Duration.ofSeconds(7)), pauses);
    assertEquals(2, server.requests("patch", "nodepools").size());
  }

  @Test
  void aReadIsRepeatedWithGrowingDelayAndThenGivenUp() {
    server.faults().always("get", "nodepools", Fault.status(503));
    ClusterException e =
        assertThrows(ClusterException.class, () -> client.get(Resource.NODEPOOLS, A));
    assertEquals(503, e.status());
    assertEquals(4, server.requests("get", "nodepools").size());
    assertTrue(pauses.get(2).compareTo(pauses.get(0)) > 0, pauses.toString());
  }

  @Test
  void aReadWhoseConnectionIsClosedIsRepeated() {
    server.put(pool("a", 1));
    server.faults().next("get", "nodepools", Fault.refuse());
    assertTrue(client.get(Resource.NODEPOOLS, A).isPresent());
    assertEquals(2, server.requests("get", "nodepools").size());
  }

  @Test
  void aReadThatIsTooSlowIsRepeated() {
    server.put(pool("a", 1));
    server.faults().next("get", "nodepools", Fault.slow(Duration.ofMillis(600)));
    KubeClient hasty = client.within(Duration.ofMillis(300), 2);
    assertTrue(hasty.get(Resource.NODEPOOLS, A).isPresent());
    assertEquals(2, server.requests("get", "nodepools").size());
  }

  @Test
  void aPatchWithoutAVersionIsNotRepeatedAfterALostAnswer() {
    server.put(pool("a", 1));
    server.faults().next("patch", "nodepools", Fault.mute());
    ClusterException e =
        assertThrows(
            ClusterException.class,
            () -> client.mergePatch(Resource.NODEPOOLS, A, json("{'spec':{'weight':5}}")));
    assertEquals(0, e.status());
    assertEquals(1, server.writes().size());
  }

  @Test
  void aCreateWhoseAnswerWasLostIsToldAsAlreadyThere() {
    server.faults().next("create", "nodepools", Fault.mute());
    ClusterException e =
        assertThrows(
            ClusterException.class, () -> client.create(Resource.NODEPOOLS, "", pool("a", 1)));
    assertTrue(e.isAlreadyExists());
  }

  @Test
  void aCreateWithAGeneratedNameIsNotRepeated() {
    server.faults().next("create", "nodepools", Fault.mute());
    ObjectNode generated = json("{'metadata':{'generateName':'a-'}}");
    assertThrows(ClusterException.class, () -> client.create(Resource.NODEPOOLS, "", generated));
    assertEquals(1, server.all("karpenter.sh/v1", "NodePool").size());
  }

  @Test
  void aDeleteHoldsToItsPreconditions() {
    String uid = server.put(pool("a", 1)).at("/metadata/uid").asText();
    Preconditions other = Preconditions.uid("other");
    assertTrue(
        assertThrows(ClusterException.class, () -> client.delete(Resource.NODEPOOLS, A, other))
            .isConflict());
    client.delete(Resource.NODEPOOLS, A, Preconditions.uid(uid));
    assertTrue(server.all("karpenter.sh/v1", "NodePool").isEmpty());
  }

  @Test
  void aReplaceDecidedOnAnOldVersionLoses() {
    ObjectNode old = server.put(pool("a", 1));
    server.put(pool("a", 2));
    assertTrue(
        assertThrows(ClusterException.class, () -> client.replace(Resource.NODEPOOLS, A, old))
            .isConflict());
  }

  @Test
  void aListIsReadInPages() {
    for (int i = 0; i < 1_100; i++) {
      server.put(pool("p" + i, i));
    }
    Listing<Integer> listing = client.list(Resource.NODEPOOLS, Selection.ALL, WatcherTest::weight);
    assertEquals(1_100, listing.items().size());
    assertEquals(7, listing.items().get(Key.of("p7")));
    assertEquals(3, server.requests("list", "nodepools").size());
    assertFalse(
        server.requests("list", "nodepools").getFirst().query().contains("resourceVersion"));
  }

  @Test
  void aCallThatHangsEndsAtItsTimeout() {
    CountDownLatch never = new CountDownLatch(1);
    server.faults().next("get", "nodepools", Fault.held(never));
    KubeClient hasty = client.within(Duration.ofMillis(100), 1);
    assertEquals(
        0, assertThrows(ClusterException.class, () -> hasty.get(Resource.NODEPOOLS, A)).status());
    never.countDown();
  }
}
