package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.time.Duration;
import java.util.concurrent.CountDownLatch;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Each fault, and what a client sees of it. */
class FaultsTest {
  private static final String POOLS = "/apis/karpenter.sh/v1/nodepools";

  private final LocalApiServer server = LocalApiServer.start();
  private final Http http = new Http(server);

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  @Test
  void aCutWatchBreaksInTheMiddleOfAnEvent() throws Exception {
    server.put(pool("a"));
    server.faults().next("watch", "nodepools", Fault.cutAfter(1));
    try (Http.Stream stream = http.watch(POOLS + "?watch=1")) {
      assertEquals("ADDED a", stream.next());
      server.put(pool("b"));
      assertThrows(IOException.class, stream::next);
    }
  }

  @Test
  void aFaultMeetsTheNextRequestOnly() throws Exception {
    server.faults().next("create", "nodepools", Fault.status(429).retryAfter(3));
    Http.Answer refused = http.post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(429, refused.code());
    assertEquals("3", refused.response().headers().firstValue("Retry-After").orElse(""));
    assertEquals(201, http.post(POOLS, "{'metadata':{'name':'a'}}").code());
  }

  @Test
  void aMuteServerHasAppliedTheWrite() {
    server.faults().next("create", "nodepools", Fault.mute());
    assertThrows(IOException.class, () -> http.post(POOLS, "{'metadata':{'name':'a'}}"));
    assertTrue(server.read("karpenter.sh/v1", "NodePool", "", "a").isPresent());
  }

  @Test
  void aRefusedRequestHasDoneNothing() {
    server.faults().next("create", "nodepools", Fault.refuse());
    assertThrows(IOException.class, () -> http.post(POOLS, "{'metadata':{'name':'a'}}"));
    assertTrue(server.all("karpenter.sh/v1", "NodePool").isEmpty());
  }

  @Test
  void aHeldRequestIsServedOnceItIsLetGo() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    server.faults().next("list", "nodepools", Fault.held(latch));
    var answer = http.later(POOLS);
    server.awaitRequests("list", "nodepools", 1);
    assertFalse(answer.isDone());
    latch.countDown();
    assertEquals(200, answer.get().code());
  }

  @ParameterizedTest
  @ValueSource(ints = {401, 403, 404, 409, 410, 422, 500, 503, 504})
  void anErrorIsAnsweredInPlaceOfTheWrite(int code) throws Exception {
    server.faults().next("create", "nodepools", Fault.status(code));
    Http.Answer answer = http.post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(code, answer.code());
    assertEquals(code, answer.body().path("code").asInt());
    assertFalse(answer.body().path("reason").asText().isEmpty());
    assertTrue(server.all("karpenter.sh/v1", "NodePool").isEmpty());
  }

  @Test
  void aSlowAnswerTakesAsLongAsItIsTold() throws Exception {
    Duration by = Duration.ofMillis(150);
    server.faults().next("list", "nodepools", Fault.slow(by));
    long begin = System.nanoTime();
    assertEquals(200, http.get(POOLS).code());
    assertTrue(System.nanoTime() - begin >= by.toNanos());
  }

  @Test
  void aWatchEndsInGoodOrderAfterAsManyEvents() throws Exception {
    server.put(pool("a"));
    server.faults().next("watch", "nodepools", Fault.endAfter(1));
    try (Http.Stream stream = http.watch(POOLS + "?watch=1")) {
      assertEquals("ADDED a", stream.next());
      assertTrue(stream.read().isMissingNode());
    }
  }

  @Test
  void aWatchIsToldInItsStreamThatItsVersionIsTooOld() throws Exception {
    server.faults().next("watch", "nodepools", Fault.expired());
    try (Http.Stream stream = http.watch(POOLS + "?watch=1")) {
      JsonNode event = stream.read();
      assertEquals("ERROR", event.path("type").asText());
      assertEquals(410, event.at("/object/code").asInt());
    }
  }

  @Test
  void aSkippedBookmarkIsMissingAndTheNextComes() throws Exception {
    server.put(pool("a"));
    server.faults().next("watch", "nodepools", Fault.skipBookmark());
    try (Http.Stream stream =
        http.watch(POOLS + "?watch=1&sendInitialEvents=true&allowWatchBookmarks=true")) {
      assertEquals("ADDED a", stream.next());
      server.put(pool("b"));
      assertEquals("ADDED b", stream.next());
      server.bookmark();
      assertEquals("BOOKMARK", stream.read().path("type").asText());
    }
  }

  @Test
  void aLastingFaultMeetsEveryRequestUntilItIsCleared() throws Exception {
    server.faults().always("*", "nodepools", Fault.status(503));
    assertEquals(503, http.get(POOLS).code());
    assertEquals(503, http.post(POOLS, "{'metadata':{'name':'a'}}").code());
    server.faults().clear();
    assertEquals(200, http.get(POOLS).code());
  }

  private static ObjectNode pool(String name) {
    return Http.json(
        "{'apiVersion':'karpenter.sh/v1','kind':'NodePool','metadata':{'name':'" + name + "'}}");
  }
}
