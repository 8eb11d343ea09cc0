package dev.windfall.cluster;

import static dev.windfall.cluster.Fixtures.pool;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.Asked;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Predicate;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class WatcherTest {
  private static final Patience HASTY =
      new Patience(Duration.ofMinutes(1), Duration.ofMillis(1), Duration.ofMillis(20));

  private final Semaphore changes = new Semaphore(0);
  private LocalApiServer server;
  private KubeClient client;
  private @Nullable Watcher<Integer> watcher;

  @BeforeEach
  void start() {
    server = LocalApiServer.start();
    client = Fixtures.client(server).pausing(_ -> {});
  }

  @AfterEach
  void stop() {
    if (watcher != null) {
      watcher.close();
    }
    client.close();
    server.close();
  }

  /** Keeps a pool's weight; a pool without one is of no interest. */
  static @Nullable Integer weight(JsonParser object) throws IOException {
    int[] weight = {-1};
    Pull.fields(
        object,
        field -> {
          if (field.equals("spec")) {
            Pull.fields(
                object,
                inner -> {
                  if (inner.equals("weight")) {
                    weight[0] = object.getIntValue();
                  }
                });
          }
        });
    return weight[0] < 0 ? null : weight[0];
  }

  @Test
  void theStateIsThereOnceSyncedAndThenFollowsWhatHappens() throws Exception {
    server.put(pool("a", 1));
    Watcher<Integer> watched = watch(HASTY);
    assertEquals(Map.of(Key.of("a"), 1), watched.snapshot());
    server.put(pool("b", 2));
    until(watched, Map.of(Key.of("a"), 1, Key.of("b"), 2)::equals);
    server.remove("karpenter.sh/v1", "NodePool", "", "a");
    until(watched, Map.of(Key.of("b"), 2)::equals);
  }

  @Test
  void aSnapshotTakenEarlierNeverChanges() throws Exception {
    server.put(pool("a", 1));
    Watcher<Integer> watched = watch(HASTY);
    Map<Key, Integer> taken = watched.snapshot();
    server.put(pool("a", 2));
    until(watched, Map.of(Key.of("a"), 2)::equals);
    assertEquals(Map.of(Key.of("a"), 1), taken);
  }

  @Test
  void anObjectThatIsNoLongerOfInterestIsLetGo() throws Exception {
    server.put(pool("a", 1));
    Watcher<Integer> watched = watch(HASTY);
    server.put(
        Fixtures.json(
            "{'apiVersion':'karpenter.sh/v1','kind':'NodePool','metadata':{'name':'a'}}"));
    until(watched, Map::isEmpty);
  }

  @Test
  void anObjectThatCannotBeReadIsLeftOutAndTheOthersAreNot() throws Exception {
    ObjectNode bad = pool("bad", 1);
    bad.withObjectProperty("spec").put("weight", "heavy");
    server.put(bad);
    server.put(pool("good", 1));
    assertEquals(Map.of(Key.of("good"), 1), watch(HASTY).snapshot());
  }

  @Test
  void unknownFieldsAndHugeAnnotationsAreStreamedPast() throws Exception {
    ObjectNode huge = pool("a", 1);
    huge.withObjectProperty("metadata").putObject("annotations").put("note", "x".repeat(1 << 20));
    huge.putObject("unknown")
        .putArray("list")
        .addObject()
        .putObject("metadata")
        .put("name", "not-me");
    server.put(huge);
    assertEquals(Map.of(Key.of("a"), 1), watch(HASTY).snapshot());
  }

  @Test
  void aWatchCutInTheMiddleResumesWhereItWas() throws Exception {
    server.put(pool("a", 1));
    String version = server.put(pool("b", 2)).at("/metadata/resourceVersion").asText();
    // After both objects and the bookmark that ends the state.
    server.faults().next("watch", "nodepools", Fault.cutAfter(3));
    Watcher<Integer> watched = watch(HASTY);
    server.put(pool("c", 3));
    until(watched, now -> now.size() == 3);
    List<Asked> watches = server.requests("watch", "nodepools");
    assertEquals(2, watches.size());
    assertTrue(
        watches.get(1).query().contains("resourceVersion=" + version), watches.get(1).query());
  }

  @Test
  void aCutBeforeTheStateIsCompletePublishesNothing() throws Exception {
    server.put(pool("a", 1));
    server.put(pool("b", 2));
    server.faults().next("watch", "nodepools", Fault.cutAfter(1));
    assertEquals(2, watch(HASTY).snapshot().size());
  }

  @Test
  void anExpiredVersionIsRelistedWhileTheOldSnapshotStays() throws Exception {
    server.put(pool("a", 1));
    Watcher<Integer> watched = watch(HASTY);
    Map<Key, Integer> old = watched.snapshot();
    CountDownLatch relist = new CountDownLatch(1);
    server.faults().next("watch", "nodepools", Fault.held(relist));
    server.compact();
    server.awaitRequests("watch", "nodepools", 2);
    server.put(pool("a", 2));
    assertSame(old, watched.snapshot());
    relist.countDown();
    until(watched, Map.of(Key.of("a"), 2)::equals);
  }

  @Test
  void aVersionRefusedOutrightIsRelistedToo() throws Exception {
    Watcher<Integer> watched = watch(HASTY);
    server.faults().next("watch", "nodepools", Fault.status(410));
    server.cutWatches();
    server.awaitRequests("watch", "nodepools", 3);
    server.put(pool("a", 1));
    until(watched, now -> now.size() == 1);
    assertTrue(
        server.requests("watch", "nodepools").get(2).query().contains("sendInitialEvents=true"));
  }

  @Test
  void whatWasDeletedWhileNobodyWatchedIsGoneAfterARelist() throws Exception {
    server.put(pool("a", 1));
    server.put(pool("b", 2));
    Watcher<Integer> watched = watch(HASTY);
    CountDownLatch away = new CountDownLatch(1);
    server.faults().next("watch", "nodepools", Fault.held(away));
    server.cutWatches();
    server.awaitRequests("watch", "nodepools", 2);
    server.remove("karpenter.sh/v1", "NodePool", "", "a");
    server.compact();
    away.countDown();
    until(watched, Map.of(Key.of("b"), 2)::equals);
  }

  @Test
  void aServerWithoutWatchListIsListedInPages() throws Exception {
    server.faults().next("watch", "nodepools", Fault.status(422));
    server.put(pool("a", 1));
    Watcher<Integer> watched = watch(HASTY);
    assertEquals(1, server.requests("list", "nodepools").size());
    server.put(pool("b", 2));
    until(watched, now -> now.size() == 2);
  }

  @Test
  void aWatchThatFallsSilentIsOpenedAgain() throws Exception {
    Watcher<Integer> watched =
        watch(new Patience(Duration.ofMillis(100), Duration.ofMillis(1), Duration.ofMillis(5)));
    server.awaitRequests("watch", "nodepools", 3);
    assertTrue(watched.synced());
  }

  /** The API server lost the bookmark that ends the state, and nothing else comes. */
  @Test
  void aStateWhoseEndIsNeverToldIsAskedForAgainAfterTheSilence() throws Exception {
    server.put(pool("a", 1));
    server.faults().next("watch", "nodepools", Fault.skipBookmark());
    Watcher<Integer> watched =
        watch(new Patience(Duration.ofMillis(100), Duration.ofMillis(1), Duration.ofMillis(5)));
    assertEquals(Map.of(Key.of("a"), 1), watched.snapshot());
    Asked second = server.requests("watch", "nodepools").get(1);
    assertTrue(second.query().contains("sendInitialEvents=true"), second.query());
  }

  @Test
  void aBookmarkBeforeTheEndOfTheStateMeansThatItIsToBeListed() throws Exception {
    server.put(pool("a", 1));
    server.faults().next("watch", "nodepools", Fault.skipBookmark());
    Watcher<Integer> watched =
        Watcher.start(
            "nodepools",
            client,
            Resource.NODEPOOLS,
            Selection.ALL,
            WatcherTest::weight,
            Clocks.SYSTEM,
            HASTY);
    watcher = watched;
    // The watch may not be there yet to be told the first of these.
    while (!watched.awaitSynced(Duration.ofMillis(20))) {
      server.bookmark();
    }
    assertEquals(Map.of(Key.of("a"), 1), watched.snapshot());
    assertEquals(1, server.requests("list", "nodepools").size());
  }

  @Test
  void aBookmarkMovesTheVersionToResumeFrom() throws Exception {
    // After the bookmark that ends the state, and the one that the test is about.
    server.faults().next("watch", "nodepools", Fault.endAfter(2));
    Watcher<Integer> watched = watch(HASTY);
    // Another kind moves the version on.
    server.put(Fixtures.json("{'apiVersion':'v1','kind':'Node','metadata':{'name':'n'}}"));
    String version =
        server.read("v1", "Node", "", "n").orElseThrow().at("/metadata/resourceVersion").asText();
    server.bookmark();
    server.awaitRequests("watch", "nodepools", 2);

    Asked second = server.requests("watch", "nodepools").get(1);
    assertTrue(second.query().contains("resourceVersion=" + version), second.query());
    assertTrue(watched.synced());
  }

  /** After an outage of a minute they came back one by one, half a minute later. */
  @Test
  void whoIsHurriedTriesAgainAtOnce() throws Exception {
    server.faults().next("watch", "nodepools", Fault.endAfter(1));
    server.faults().next("watch", "nodepools", Fault.status(503));
    Watcher<Integer> watched =
        watch(new Patience(Duration.ofMinutes(1), Duration.ofHours(1), Duration.ofHours(1)));
    server.awaitRequests("watch", "nodepools", 2);
    while (server.requests("watch", "nodepools").size() < 3) {
      watched.hurry();
    }
    server.put(pool("a", 1));
    until(watched, Map.of(Key.of("a"), 1)::equals);
  }

  /** The nodes of a large cluster were sent, and read, once for each of two. */
  @Test
  void twoWhoKeepDifferentThingsReadOneWatch() throws Exception {
    server.put(pool("a", 1));
    server.put(
        Fixtures.json(
            "{'apiVersion':'karpenter.sh/v1','kind':'NodePool',"
                + "'metadata':{'name':'b','labels':{'team':'blue'}}}"));
    Watcher.Pair<Integer, String> both = pair();
    watcher = both.first();
    assertEquals(Map.of(Key.of("a"), 1), both.first().snapshot());
    assertEquals(Map.of(Key.of("b"), "blue"), both.second().snapshot());

    Map<Key, String> teams = both.second().snapshot();
    server.put(pool("a", 2));
    until(both.first(), Map.of(Key.of("a"), 2)::equals);
    assertSame(teams, both.second().snapshot(), "what only one of them sees moves only that one");

    server.remove("karpenter.sh/v1", "NodePool", "", "a");
    until(both.first(), Map::isEmpty);
    assertEquals(1, server.requests("watch", "nodepools").size());
  }

  @Test
  void oneOfTwoThatCannotReadAnObjectLeavesItOutForBoth() throws Exception {
    ObjectNode bad = pool("bad", 1);
    bad.withObjectProperty("spec").put("weight", "heavy");
    bad.withObjectProperty("metadata").putObject("labels").put("team", "blue");
    server.put(bad);
    server.put(pool("good", 1));
    Watcher.Pair<Integer, String> both = pair();
    watcher = both.first();

    assertEquals(Map.of(Key.of("good"), 1), both.first().snapshot());
    assertEquals(Map.of(), both.second().snapshot());
  }

  @Test
  void ofTwoEachReadsAllButWhatNobodyReadsOfANode() throws Exception {
    server.put(
        Fixtures.json(
            """
            {'apiVersion':'v1','kind':'Node','metadata':{'name':'n','managedFields':[{'a':{}}]},
             'spec':{'taints':[{'key':'k','effect':'NoSchedule'}],'unschedulable':true},
             'status':{'images':[{'names':['i'],'sizeBytes':7}],'nodeInfo':{'arch':'amd64'},
              'allocatable':{'cpu':'4','pods':110,'share':0.5,'none':null},'conditions':[]}}
            """));
    Watcher.Half<ObjectNode> half = new Watcher.Half<>("one", Decoder.whole());
    Watcher.Half<Boolean> none = new Watcher.Half<>("other", _ -> null);
    Watcher.Pair<ObjectNode, Boolean> both =
        Watcher.pair(client, Resource.NODES, Selection.ALL, half, none, Clocks.SYSTEM, HASTY);
    try (Watcher<ObjectNode> whole = both.first()) {
      assertTrue(whole.awaitSynced(Duration.ofSeconds(10)));
      ObjectNode node = whole.snapshot().values().iterator().next();
      assertEquals("n", node.at("/metadata/name").asText());
      assertEquals(
          Fixtures.json("{'taints':[{'key':'k','effect':'NoSchedule'}],'unschedulable':true}"),
          node.path("spec"));
      assertEquals(
          Fixtures.json(
              "{'allocatable':{'cpu':'4','pods':110,'share':0.5,'none':null},'conditions':[]}"),
          node.path("status"));
    }
  }

  private Watcher.Pair<Integer, String> pair() throws InterruptedException {
    Watcher.Pair<Integer, String> started =
        Watcher.pair(
            client,
            Resource.NODEPOOLS,
            Selection.ALL,
            new Watcher.Half<>("weights", WatcherTest::weight),
            new Watcher.Half<>("teams", WatcherTest::team),
            Clocks.SYSTEM,
            HASTY);
    started.first().onChange(changes::release);
    assertTrue(started.first().awaitSynced(Duration.ofSeconds(10)));
    assertTrue(started.second().awaitSynced(Duration.ofSeconds(10)));
    return started;
  }

  /** Keeps a pool's team; a pool without one is of no interest. */
  static @Nullable String team(JsonParser object) throws IOException {
    String team = Json.readTrimmed(object).at("/metadata/labels/team").asText("");
    return team.isEmpty() ? null : team;
  }

  private Watcher<Integer> watch(Patience patience) throws InterruptedException {
    Watcher<Integer> started =
        Watcher.start(
            "nodepools",
            client,
            Resource.NODEPOOLS,
            Selection.ALL,
            WatcherTest::weight,
            Clocks.SYSTEM,
            patience);
    watcher = started;
    started.onChange(changes::release);
    assertTrue(started.awaitSynced(Duration.ofSeconds(10)));
    return started;
  }

  private void until(Watcher<Integer> watched, Predicate<Map<Key, Integer>> wanted)
      throws InterruptedException {
    while (!wanted.test(watched.snapshot())) {
      assertTrue(
          changes.tryAcquire(10, TimeUnit.SECONDS),
          () -> "nothing more comes after " + watched.snapshot());
    }
  }
}
