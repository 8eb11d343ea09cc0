package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class LocalApiServerTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String POOLS = "/apis/karpenter.sh/v1/nodepools";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static HttpClient http;

  private LocalApiServer server;

  record Answer(int code, JsonNode body, HttpResponse<?> response) {}

  @BeforeAll
  static void connect() {
    http = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
  }

  @AfterAll
  static void disconnect() {
    http.close();
  }

  @BeforeEach
  void start() {
    server = LocalApiServer.start();
  }

  @AfterEach
  void stop() {
    server.close();
  }

  @Test
  void aCreatedObjectHasWhatOnlyTheServerGives() throws Exception {
    Answer created = post(POOLS, "{'metadata':{'name':'a'},'spec':{'weight':1}}");
    assertEquals(201, created.code());
    JsonNode metadata = created.body().path("metadata");
    assertFalse(metadata.path("uid").asText().isEmpty());
    assertFalse(metadata.path("resourceVersion").asText().isEmpty());
    assertFalse(metadata.path("creationTimestamp").asText().isEmpty());
    assertEquals(1, metadata.path("generation").asInt());
    assertEquals("NodePool", created.body().path("kind").asText());
  }

  @Test
  void aSecondObjectOfTheSameNameIsRefused() throws Exception {
    post(POOLS, "{'metadata':{'name':'a'}}");
    Answer again = post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(409, again.code());
    assertEquals("AlreadyExists", again.body().path("reason").asText());
    assertEquals(
        "nodepools.karpenter.sh \"a\" already exists", again.body().path("message").asText());
  }

  @Test
  void generatedNamesDiffer() throws Exception {
    String first =
        post(MAPS, "{'metadata':{'generateName':'a-'}}").body().at("/metadata/name").asText();
    String second =
        post(MAPS, "{'metadata':{'generateName':'a-'}}").body().at("/metadata/name").asText();
    assertTrue(
        first.startsWith("a-") && second.startsWith("a-") && !first.equals(second),
        first + " " + second);
  }

  @Test
  void anUnknownKindIsNotFound() throws Exception {
    Answer answer = send("GET", "/apis/nobody.example/v1/things", "", "");
    assertEquals(404, answer.code());
    assertEquals(
        "the server could not find the requested resource", answer.body().path("message").asText());
  }

  @Test
  void aDefinitionServesItsKind() throws Exception {
    post(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        """
        {'metadata':{'name':'things.nobody.example'},'spec':{'group':'nobody.example','scope':'Cluster',
         'names':{'plural':'things','kind':'Thing'},'versions':[{'name':'v1','served':true,'storage':true}]}}\
        """);
    assertEquals(200, send("GET", "/apis/nobody.example/v1/things", "", "").code());
  }

  @Test
  void aReplaceDecidedOnAnOldVersionIsAConflict() throws Exception {
    JsonNode old = post(POOLS, "{'metadata':{'name':'a'},'spec':{'weight':1}}").body();
    assertEquals(200, send("PUT", POOLS + "/a", "application/json", weighing(old, 2)).code());
    Answer late = send("PUT", POOLS + "/a", "application/json", weighing(old, 3));
    assertEquals(409, late.code());
    assertTrue(late.body().path("message").asText().contains("the object has been modified"));
  }

  @Test
  void aMergePatchDecidedOnAnOldVersionIsAConflict() throws Exception {
    post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(
        409,
        merge(POOLS + "/a", "{'metadata':{'resourceVersion':'1'},'spec':{'weight':2}}").code());
  }

  @Test
  void aPatchWithTheWrongContentTypeIsRefused() throws Exception {
    post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(415, send("PATCH", POOLS + "/a", "application/json", "{}").code());
  }

  @Test
  void aChangeOfSpecIsANewGenerationAndALabelIsNot() throws Exception {
    post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(
        1,
        merge(POOLS + "/a", "{'metadata':{'labels':{'x':'y'}}}")
            .body()
            .at("/metadata/generation")
            .asInt());
    assertEquals(
        2, merge(POOLS + "/a", "{'spec':{'weight':2}}").body().at("/metadata/generation").asInt());
  }

  @Test
  void aPatchThatChangesNothingIsNoNewVersion() throws Exception {
    JsonNode created = post(POOLS, "{'metadata':{'name':'a'},'spec':{'weight':2}}").body();
    JsonNode patched = merge(POOLS + "/a", "{'spec':{'weight':2}}").body();
    assertEquals(created.at("/metadata/resourceVersion"), patched.at("/metadata/resourceVersion"));
  }

  @Test
  void statusIsWrittenOnlyThroughItsSubresource() throws Exception {
    post(POOLS, "{'metadata':{'name':'a'},'spec':{'weight':1}}");
    assertTrue(merge(POOLS + "/a", "{'status':{'nodes':3}}").body().path("status").isMissingNode());
    JsonNode written =
        merge(POOLS + "/a/status", "{'spec':{'weight':9},'status':{'nodes':3}}").body();
    assertEquals(3, written.at("/status/nodes").asInt());
    assertEquals(1, written.at("/spec/weight").asInt());
  }

  @Test
  void aJsonPatchIsAppliedWholeOrNotAtAll() throws Exception {
    post(POOLS, "{'metadata':{'name':'a'},'spec':{'weight':1}}");
    String operations =
        "[{'op':'replace','path':'/spec/weight','value':2},{'op':'test','path':'/spec/weight','value':7}]";
    assertEquals(
        422, send("PATCH", POOLS + "/a", "application/json-patch+json", operations).code());
    assertEquals(1, send("GET", POOLS + "/a", "", "").body().at("/spec/weight").asInt());
  }

  @Test
  void anObjectWithAFinalizerStaysUntilItIsRemoved() throws Exception {
    post(POOLS, "{'metadata':{'name':'a','finalizers':['x/y']}}");
    assertEquals(200, send("DELETE", POOLS + "/a", "", "").code());
    assertTrue(
        send("GET", POOLS + "/a", "", "").body().path("metadata").hasNonNull("deletionTimestamp"));
    merge(POOLS + "/a", "{'metadata':{'finalizers':null}}");
    assertEquals(404, send("GET", POOLS + "/a", "", "").code());
  }

  @Test
  void aDeleteMeantForAnotherObjectOfTheNameIsAConflict() throws Exception {
    post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(
        409,
        send("DELETE", POOLS + "/a", "application/json", "{'preconditions':{'uid':'other'}}")
            .code());
  }

  @Test
  void aPagedListShowsOneVersionWhateverIsWrittenMeanwhile() throws Exception {
    for (String name : List.of("a", "b", "c")) {
      post(POOLS, "{'metadata':{'name':'" + name + "'}}");
    }
    JsonNode first = send("GET", POOLS + "?limit=2", "", "").body();
    post(POOLS, "{'metadata':{'name':'d'}}");
    JsonNode second =
        send("GET", POOLS + "?limit=2&continue=" + first.at("/metadata/continue").asText(), "", "")
            .body();
    assertEquals(2, first.path("items").size());
    assertEquals(List.of("c"), second.path("items").findValuesAsText("name"));
    assertEquals(first.at("/metadata/resourceVersion"), second.at("/metadata/resourceVersion"));
  }

  @Test
  void aListUnderWayExpiresWithItsHistory() throws Exception {
    server.put(pool("a"));
    server.put(pool("b"));
    JsonNode first = send("GET", POOLS + "?limit=1", "", "").body();
    server.compact();
    assertEquals(
        410,
        send("GET", POOLS + "?limit=1&continue=" + first.at("/metadata/continue").asText(), "", "")
            .code());
  }

  @Test
  void aListObeysItsSelectors() throws Exception {
    post(MAPS, "{'metadata':{'name':'a','labels':{'x':'1'}}}");
    post(MAPS, "{'metadata':{'name':'b','labels':{'x':'2'}}}");
    assertEquals(List.of("b"), names(MAPS + "?labelSelector=x%3D2"));
    assertEquals(List.of("a"), names(MAPS + "?fieldSelector=metadata.name%3Da"));
    assertEquals(List.of("a", "b"), names(MAPS + "?labelSelector=x%20in%20(1,2)"));
    assertEquals(400, send("GET", MAPS + "?fieldSelector=data.x%3Da", "", "").code());
  }

  @Test
  void aWatchTellsTheStateItsEndAndThenWhatHappens() throws Exception {
    server.put(pool("a"));
    try (Stream stream =
        watch(
            POOLS
                + "?watch=1&sendInitialEvents=true&resourceVersionMatch=NotOlderThan&allowWatchBookmarks=true")) {
      assertEquals("ADDED a", stream.next());
      JsonNode end = stream.read();
      assertEquals(
          "true", end.at("/object/metadata/annotations/k8s.io~1initial-events-end").asText());
      server.put(pool("b"));
      assertEquals("ADDED b", stream.next());
      server.remove("karpenter.sh/v1", "NodePool", "", "a");
      assertEquals("DELETED a", stream.next());
    }
  }

  @Test
  void aWatchResumesAfterTheVersionItNames() throws Exception {
    String version = server.put(pool("a")).at("/metadata/resourceVersion").asText();
    server.put(pool("b"));
    try (Stream stream = watch(POOLS + "?watch=1&resourceVersion=" + version)) {
      assertEquals("ADDED b", stream.next());
    }
  }

  @Test
  void aWatchFromBeforeHistoryIsToldSo() throws Exception {
    String version = server.put(pool("a")).at("/metadata/resourceVersion").asText();
    server.compact();
    try (Stream stream = watch(POOLS + "?watch=1&resourceVersion=" + version)) {
      JsonNode error = stream.read();
      assertEquals("ERROR", error.path("type").asText());
      assertEquals(410, error.at("/object/code").asInt());
    }
  }

  @Test
  void anObjectThatNoLongerMatchesIsDeletedForTheWatch() throws Exception {
    try (Stream stream = watch(MAPS + "?watch=1&labelSelector=x%3D1")) {
      post(MAPS, "{'metadata':{'name':'a','labels':{'x':'1'}}}");
      assertEquals("ADDED a", stream.next());
      merge(MAPS + "/a", "{'metadata':{'labels':{'x':'2'}}}");
      assertEquals("DELETED a", stream.next());
    }
  }

  @Test
  void aCutWatchBreaksInTheMiddleOfAnEvent() throws Exception {
    server.put(pool("a"));
    server.faults().next("watch", "nodepools", Fault.cutAfter(1));
    try (Stream stream = watch(POOLS + "?watch=1")) {
      assertEquals("ADDED a", stream.next());
      server.put(pool("b"));
      assertThrows(IOException.class, stream::next);
    }
  }

  @Test
  void aFaultMeetsTheNextRequestOnly() throws Exception {
    server.faults().next("create", "nodepools", Fault.status(429).retryAfter(3));
    Answer refused = post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(429, refused.code());
    assertEquals("3", refused.response().headers().firstValue("Retry-After").orElse(""));
    assertEquals(201, post(POOLS, "{'metadata':{'name':'a'}}").code());
  }

  @Test
  void aMuteServerHasAppliedTheWrite() {
    server.faults().next("create", "nodepools", Fault.mute());
    assertThrows(IOException.class, () -> post(POOLS, "{'metadata':{'name':'a'}}"));
    assertTrue(server.read("karpenter.sh/v1", "NodePool", "", "a").isPresent());
  }

  @Test
  void aRefusedRequestHasDoneNothing() {
    server.faults().next("create", "nodepools", Fault.refuse());
    assertThrows(IOException.class, () -> post(POOLS, "{'metadata':{'name':'a'}}"));
    assertTrue(server.all("karpenter.sh/v1", "NodePool").isEmpty());
  }

  @Test
  void aHeldRequestIsServedOnceItIsLetGo() throws Exception {
    CountDownLatch latch = new CountDownLatch(1);
    server.faults().next("list", "nodepools", Fault.held(latch));
    var answer = http.sendAsync(request("GET", POOLS, "", ""), BodyHandlers.ofString());
    server.awaitRequests("list", "nodepools", 1);
    assertFalse(answer.isDone());
    latch.countDown();
    assertEquals(200, answer.get().statusCode());
  }

  @Test
  void whatItWasAskedIsRecorded() throws Exception {
    server.put(pool("a"));
    merge(POOLS + "/a", "{'spec':{'weight':5}}");
    Asked asked = server.writes().getFirst();
    assertEquals("patch", asked.verb());
    assertEquals("nodepools", asked.plural());
    assertEquals("application/merge-patch+json", asked.contentType());
    assertEquals(5, asked.body().at("/spec/weight").asInt());
    assertEquals(1, server.requests().size());
  }

  private static ObjectNode pool(String name) {
    ObjectNode pool =
        JSON.createObjectNode().put("apiVersion", "karpenter.sh/v1").put("kind", "NodePool");
    pool.putObject("metadata").put("name", name);
    return pool;
  }

  private static String weighing(JsonNode pool, int weight) {
    ObjectNode changed = pool.deepCopy();
    changed.withObjectProperty("spec").put("weight", weight);
    return changed.toString();
  }

  private List<String> names(String path) throws Exception {
    return send("GET", path, "", "").body().path("items").findValuesAsText("name");
  }

  private Answer post(String path, String body) throws IOException, InterruptedException {
    return send("POST", path, "application/json", body);
  }

  private Answer merge(String path, String body) throws IOException, InterruptedException {
    return send("PATCH", path, "application/merge-patch+json", body);
  }

  private Answer send(String method, String path, String contentType, String body)
      throws IOException, InterruptedException {
    HttpResponse<String> response =
        http.send(request(method, path, contentType, body), BodyHandlers.ofString());
    return new Answer(response.statusCode(), JSON.readTree(response.body()), response);
  }

  private HttpRequest request(String method, String path, String contentType, String body) {
    HttpRequest.Builder builder =
        HttpRequest.newBuilder(URI.create(server.uri() + path))
            .method(
                method,
                body.isEmpty()
                    ? BodyPublishers.noBody()
                    : BodyPublishers.ofString(body.replace('\'', '"')));
    return (contentType.isEmpty() ? builder : builder.header("Content-Type", contentType)).build();
  }

  private Stream watch(String path) throws IOException, InterruptedException {
    HttpResponse<InputStream> response =
        http.send(request("GET", path, "", ""), BodyHandlers.ofInputStream());
    return new Stream(response.body());
  }

  /** A watch as it arrives. The parser is made late, as it waits for the first bytes. */
  private static final class Stream implements AutoCloseable {
    private final InputStream body;
    private @Nullable JsonParser events;

    Stream(InputStream body) {
      this.body = body;
    }

    JsonNode read() throws IOException {
      if (events == null) {
        events = JSON.createParser(body);
      }
      return JSON.readTree(events);
    }

    String next() throws IOException {
      JsonNode event = read();
      return event.path("type").asText() + " " + event.at("/object/metadata/name").asText();
    }

    @Override
    public void close() throws IOException {
      body.close();
    }
  }
}
