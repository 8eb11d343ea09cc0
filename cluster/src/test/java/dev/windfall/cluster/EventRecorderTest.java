package dev.windfall.cluster;

import static dev.windfall.cluster.EventRecorder.Type.NORMAL;
import static dev.windfall.cluster.EventRecorder.Type.WARNING;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.kind.local.Fault;
import dev.windfall.kind.local.LocalApiServer;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class EventRecorderTest {
  private static final Reference POD =
      new Reference(Resource.PODS, new Key("research", "train"), "u-1");

  private final FakeClock time = new FakeClock();
  private LocalApiServer server;
  private KubeClient client;

  @BeforeEach
  void start() {
    server = LocalApiServer.start();
    server.addNamespace("research");
    client = Fixtures.client(server).pausing(_ -> {});
  }

  @AfterEach
  void stop() {
    client.close();
    server.close();
  }

  @Test
  void anEventTellsWhoSaysWhatAboutWhom() {
    EventRecorder recorder = recorder(10);
    recorder.record(POD, WARNING, "Waiting", "no offer at or below 0.90 USD/GPU·h");
    recorder.close();
    JsonNode event = events().getFirst();
    assertEquals("research", event.at("/metadata/namespace").asText());
    assertEquals("Warning", event.path("type").asText());
    assertEquals("Waiting", event.path("reason").asText());
    assertEquals("no offer at or below 0.90 USD/GPU·h", event.path("note").asText());
    assertEquals("windfall", event.path("reportingController").asText());
    assertEquals("replica-0", event.path("reportingInstance").asText());
    assertEquals("u-1", event.at("/regarding/uid").asText());
    assertEquals("2026-11-20T10:00:00.000000Z", event.path("eventTime").asText());
  }

  @Test
  void anEventOfAClusterScopedObjectLivesInDefault() {
    EventRecorder recorder = recorder(10);
    recorder.record(
        new Reference(Resource.NODEPOOLS, Key.of("gpu-x"), ""), NORMAL, "Opened", "fits again");
    recorder.close();
    assertEquals("default", events().getFirst().at("/metadata/namespace").asText());
  }

  @Test
  void theSameEventAgainIsACountOnTheFirst() {
    EventRecorder recorder = recorder(10);
    recorder.record(POD, NORMAL, "Waiting", "same");
    recorder.record(POD, NORMAL, "Waiting", "same");
    recorder.record(POD, NORMAL, "Waiting", "other");
    recorder.close();
    List<JsonNode> events = events();
    assertEquals(2, events.size());
    assertEquals(
        1, events.stream().filter(event -> event.at("/series/count").asInt() == 2).count());
  }

  @Test
  void aCountIsWrittenAtMostOnceAMinute() {
    EventRecorder recorder = recorder(100);
    for (int i = 0; i < 50; i++) {
      recorder.record(POD, NORMAL, "Waiting", "same");
    }
    recorder.close();
    assertEquals(2, server.writes().size());
  }

  @Test
  void anOldSeriesIsBegunAnew() {
    EventRecorder recorder = recorder(10);
    recorder.record(POD, NORMAL, "Waiting", "same");
    time.advance(Duration.ofHours(1));
    recorder.record(POD, NORMAL, "Waiting", "same");
    recorder.close();
    assertEquals(2, events().size());
  }

  @Test
  void anEventIsDroppedNotBlockedWhenTheQueueIsFull() throws Exception {
    CountDownLatch held = new CountDownLatch(1);
    server.faults().next("create", "events", Fault.held(held));
    EventRecorder recorder = recorder(2);
    recorder.record(POD, NORMAL, "Waiting", "0");
    server.awaitRequests("create", "events", 1);
    for (int i = 1; i < 6; i++) {
      recorder.record(POD, NORMAL, "Waiting", Integer.toString(i));
    }
    assertEquals(3, client.metrics().events.labelValues("dropped").get());
    held.countDown();
    recorder.close();
    assertEquals(3, events().size());
  }

  @Test
  void aRefusedEventHurtsNobody() {
    server.faults().next("create", "events", Fault.status(403));
    EventRecorder recorder = recorder(10);
    recorder.record(POD, NORMAL, "Waiting", "refused");
    recorder.record(POD, NORMAL, "Waiting", "written");
    recorder.close();
    assertEquals(1, client.metrics().events.labelValues("failed").get());
    assertTrue(events().stream().anyMatch(event -> event.path("note").asText().equals("written")));
  }

  private EventRecorder recorder(int capacity) {
    return EventRecorder.start(client, "replica-0", time.clocks(), capacity);
  }

  private List<JsonNode> events() {
    return List.copyOf(server.all("events.k8s.io/v1", "Event"));
  }
}
