package dev.windfall.cluster;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Time is driven by hand: a step is one round of an elector, and nothing runs between steps. */
class ElectorTest {
  private static final Key LEASE = new Key("windfall-system", "windfall");

  private final FakeClock time = new FakeClock();
  private LocalApiServer server;
  private KubeClient client;

  @BeforeEach
  void start() {
    server = LocalApiServer.start();
    server.addNamespace(LEASE.namespace());
    client = Fixtures.client(server);
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void theFirstReplicaLeadsAtOnce() {
    Elector first = elector("one");
    first.step();
    assertTrue(first.leading());
    assertEquals("one", lease().at("/spec/holderIdentity").asText());
    assertEquals(15, lease().at("/spec/leaseDurationSeconds").asInt());
  }

  @Test
  void theSecondReplicaWaitsWhileTheFirstRenews() {
    Elector first = elector("one");
    Elector second = elector("two");
    for (int i = 0; i < 30; i++) {
      first.step();
      second.step();
      assertTrue(first.leading());
      assertFalse(second.leading());
      time.advance(Duration.ofSeconds(2));
    }
    assertEquals("one", second.holder());
  }

  @Test
  void theSecondReplicaTakesOverWithinTwentySeconds() {
    Elector first = elector("one");
    Elector second = elector("two");
    first.step();
    second.step();
    time.advance(Duration.ofSeconds(2));
    first.step();
    Duration dead = Duration.ZERO;
    while (!second.leading()) {
      Duration pause = second.pause();
      time.advance(pause);
      dead = dead.plus(pause);
      second.step();
      assertFalse(first.leading() && second.leading());
    }
    assertTrue(dead.compareTo(Duration.ofSeconds(20)) < 0, dead.toString());
    assertEquals(1, lease().at("/spec/leaseTransitions").asInt());
  }

  @Test
  void aLeaderThatCannotRenewStopsBeforeItsLeaseExpires() {
    Elector first = elector("one");
    first.step();
    server.faults().always("*", "leases", Fault.status(500));
    time.advance(Duration.ofSeconds(9));
    first.step();
    assertTrue(first.leading());
    time.advance(Duration.ofSeconds(1));
    assertFalse(first.leading());
  }

  /** Nobody was told, and loops that had looked meanwhile did so again a minute later. */
  @Test
  void aLapseBetweenTwoRoundsIsTold() {
    Elector first = elector("one");
    List<Boolean> told = new ArrayList<>();
    first.onChange(() -> told.add(first.leading()));
    first.step();
    time.advance(Duration.ofSeconds(11));
    first.step();

    assertEquals(List.of(true, false, true), told);
  }

  /** It has a minute without an answer, and a replica that hears the API server takes over. */
  @Test
  void aLeaderThatIsCutOffForAMinuteHasStoppedBeforeAnotherLeads() {
    Elector first = elector("one");
    Elector second = elector("two");
    first.step();
    second.step();
    for (int seconds = 0; seconds < 60; seconds += 2) {
      time.advance(Duration.ofSeconds(2));
      server.faults().next("*", "leases", Fault.refuse());
      first.step();
      assertEquals(seconds + 2 < 10, first.leading());
      server.faults().clear();
      second.step();
    }
    assertTrue(second.leading());

    first.step();
    assertFalse(first.leading());
    assertEquals("two", first.holder());
  }

  @Test
  void a409OnRenewalMeansLeadershipIsLost() {
    Elector first = elector("one");
    first.step();
    ObjectNode stolen = lease().deepCopy();
    stolen.withObjectProperty("spec").put("holderIdentity", "two");
    server.put(stolen);
    time.advance(Duration.ofSeconds(2));
    first.step();
    assertFalse(first.leading());
    assertEquals("two", first.holder());
  }

  @Test
  void aRenewalWhoseAnswerWasLostIsNoLoss() {
    Elector first = elector("one");
    first.step();
    time.advance(Duration.ofSeconds(2));
    server.faults().next("update", "leases", Fault.mute());
    first.step();
    time.advance(Duration.ofSeconds(2));
    first.step();
    assertTrue(first.leading());
    time.advance(Duration.ofSeconds(9));
    assertTrue(first.leading());
  }

  @Test
  void ofTwoThatTakeAnExpiredLeaseOneLeads() {
    Elector dead = elector("dead");
    Elector one = elector("one");
    Elector two = elector("two");
    dead.step();
    one.step();
    two.step();
    time.advance(Duration.ofSeconds(16));
    one.step();
    two.step();
    assertTrue(one.leading());
    assertFalse(two.leading());
  }

  @Test
  void aWallClockThatIsAheadTakesNothingFromALivingLeader() {
    Elector first = elector("one");
    first.step();
    FakeClock ahead = new FakeClock();
    ahead.advance(Duration.ofMinutes(5));
    Elector second = new Elector(client, LEASE, "two", Elector.Terms.DEFAULT, ahead.clocks());
    second.step();
    assertFalse(second.leading());
    assertTrue(first.leading());
  }

  @Test
  void aLeaseThatExpiredLongAgoIsTakenAtFirstSight() {
    elector("one").step();
    time.advance(Duration.ofHours(1));
    Elector second = elector("two");
    second.step();
    assertTrue(second.leading());
  }

  @Test
  void aProcessThatRestartedUnderItsNameLeadsAtOnce() {
    elector("one").step();
    time.advance(Duration.ofSeconds(1));
    Elector again = elector("one");
    again.step();
    assertTrue(again.leading());
    assertEquals(0, lease().at("/spec/leaseTransitions").asInt());
  }

  /** The thread ended, and the replica stayed, alive and of no use. */
  @Test
  void aRoundThatGoesWrongIsFollowedByTheNext() {
    Queue<Instant> wall = new ArrayDeque<>();
    Elector first =
        new Elector(
            client,
            LEASE,
            "one",
            Elector.Terms.DEFAULT,
            new Clocks(wall::remove, time.clocks().nanos()));
    first.step();
    assertFalse(first.leading());
    wall.addAll(Collections.nCopies(9, Instant.EPOCH));
    first.step();
    assertTrue(first.leading());
  }

  @Test
  void aLeaderThatStopsGivesTheLeaseUp() throws Exception {
    CountDownLatch won = new CountDownLatch(1);
    Elector first = Elector.start(client, LEASE, "one", Elector.Terms.DEFAULT, Clocks.SYSTEM);
    first.onChange(won::countDown);
    if (!first.leading()) {
      assertTrue(won.await(10, TimeUnit.SECONDS));
    }
    first.close();
    assertFalse(first.leading());
    assertEquals("", lease().at("/spec/holderIdentity").asText());
    Elector second = elector("two");
    second.step();
    assertTrue(second.leading());
  }

  private Elector elector(String name) {
    return new Elector(client, LEASE, name, Elector.Terms.DEFAULT, time.clocks());
  }

  private ObjectNode lease() {
    return server
        .read("coordination.k8s.io/v1", "Lease", LEASE.namespace(), LEASE.name())
        .orElseThrow();
  }
}
