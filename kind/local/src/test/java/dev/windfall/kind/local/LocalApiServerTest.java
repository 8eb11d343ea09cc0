package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class LocalApiServerTest {
  private static final String POOLS = "/apis/karpenter.sh/v1/nodepools";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";

  private final LocalApiServer server = LocalApiServer.start();
  private final Http http = new Http(server);

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  @Test
  void aCreatedObjectHasWhatOnlyTheServerGives() throws Exception {
    Http.Answer created = http.post(POOLS, "{'metadata':{'name':'a'},'spec':{'weight':1}}");
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
    http.post(POOLS, "{'metadata':{'name':'a'}}");
    Http.Answer again = http.post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(409, again.code());
    assertEquals("AlreadyExists", again.body().path("reason").asText());
    assertEquals(
        "nodepools.karpenter.sh \"a\" already exists", again.body().path("message").asText());
  }

  @Test
  void aChangeFromInsideCoversTheStatusAndLeavesAloneWhatIsGone() throws Exception {
    http.post(POOLS, "{'metadata':{'name':'a'}}");
    server.forgetRequests();

    boolean there =
        server.change(
            "karpenter.sh/v1",
            "NodePool",
            "",
            "a",
            pool -> {
              pool.putObject("spec").put("weight", 7);
              pool.putObject("status").put("nodes", 2);
              return pool;
            });

    assertTrue(there);
    assertEquals(List.of(), server.writes());
    JsonNode changed = http.get(POOLS + "/a").body();
    assertEquals(7, changed.at("/spec/weight").asInt());
    assertEquals(2, changed.at("/status/nodes").asInt());
    assertFalse(server.change("karpenter.sh/v1", "NodePool", "", "gone", pool -> pool));
    assertEquals(404, http.get(POOLS + "/gone").code());
  }

  @Test
  void generatedNamesDiffer() throws Exception {
    String first =
        http.post(MAPS, "{'metadata':{'generateName':'a-'}}").body().at("/metadata/name").asText();
    String second =
        http.post(MAPS, "{'metadata':{'generateName':'a-'}}").body().at("/metadata/name").asText();
    assertTrue(
        first.startsWith("a-") && second.startsWith("a-") && !first.equals(second),
        first + " " + second);
  }

  @Test
  void anUnknownKindIsNotFound() throws Exception {
    Http.Answer answer = http.get("/apis/nobody.example/v1/things");
    assertEquals(404, answer.code());
    assertEquals(
        "the server could not find the requested resource", answer.body().path("message").asText());
  }

  @Test
  void aDefinitionServesItsKind() throws Exception {
    http.post(
        "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
        """
        {'metadata':{'name':'things.nobody.example'},'spec':{'group':'nobody.example','scope':'Cluster',
         'names':{'plural':'things','kind':'Thing'},'versions':[{'name':'v1','served':true,'storage':true}]}}\
        """);
    assertEquals(200, http.get("/apis/nobody.example/v1/things").code());
  }

  @Test
  void aReplaceDecidedOnAnOldVersionIsAConflict() throws Exception {
    JsonNode old = http.post(POOLS, "{'metadata':{'name':'a'},'spec':{'weight':1}}").body();
    assertEquals(200, http.send("PUT", POOLS + "/a", "application/json", weighing(old, 2)).code());
    Http.Answer late = http.send("PUT", POOLS + "/a", "application/json", weighing(old, 3));
    assertEquals(409, late.code());
    assertTrue(late.body().path("message").asText().contains("the object has been modified"));
  }

  @Test
  void aMergePatchDecidedOnAnOldVersionIsAConflict() throws Exception {
    http.post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(
        409,
        http.merge(POOLS + "/a", "{'metadata':{'resourceVersion':'1'},'spec':{'weight':2}}")
            .code());
  }

  @Test
  void aPatchWithTheWrongContentTypeIsRefused() throws Exception {
    http.post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(415, http.send("PATCH", POOLS + "/a", "application/json", "{}").code());
  }

  @Test
  void aChangeOfSpecIsANewGenerationAndALabelIsNot() throws Exception {
    http.post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(
        1,
        http.merge(POOLS + "/a", "{'metadata':{'labels':{'x':'y'}}}")
            .body()
            .at("/metadata/generation")
            .asInt());
    assertEquals(
        2,
        http.merge(POOLS + "/a", "{'spec':{'weight':2}}")
            .body()
            .at("/metadata/generation")
            .asInt());
  }

  @Test
  void aPatchThatChangesNothingIsNoNewVersion() throws Exception {
    JsonNode created = http.post(POOLS, "{'metadata':{'name':'a'},'spec':{'weight':2}}").body();
    JsonNode patched = http.merge(POOLS + "/a", "{'spec':{'weight':2}}").body();
    assertEquals(created.at("/metadata/resourceVersion"), patched.at("/metadata/resourceVersion"));
  }

  @Test
  void statusIsWrittenOnlyThroughItsSubresource() throws Exception {
    http.post(POOLS, "{'metadata':{'name':'a'},'spec':{'weight':1}}");
    assertTrue(
        http.merge(POOLS + "/a", "{'status':{'nodes':3}}").body().path("status").isMissingNode());
    JsonNode written =
        http.merge(POOLS + "/a/status", "{'spec':{'weight':9},'status':{'nodes':3}}").body();
    assertEquals(3, written.at("/status/nodes").asInt());
    assertEquals(1, written.at("/spec/weight").asInt());
  }

  @Test
  void aJsonPatchIsAppliedWholeOrNotAtAll() throws Exception {
    http.post(POOLS, "{'metadata':{'name':'a'},'spec':{'weight':1}}");
    String operations =
        "[{'op':'replace','path':'/spec/weight','value':2},{'op':'test','path':'/spec/weight','value':7}]";
    assertEquals(
        422, http.send("PATCH", POOLS + "/a", "application/json-patch+json", operations).code());
    assertEquals(1, http.get(POOLS + "/a").body().at("/spec/weight").asInt());
  }

  @Test
  void anObjectWithAFinalizerStaysUntilItIsRemoved() throws Exception {
    http.post(POOLS, "{'metadata':{'name':'a','finalizers':['x/y']}}");
    assertEquals(200, http.delete(POOLS + "/a").code());
    assertTrue(http.get(POOLS + "/a").body().path("metadata").hasNonNull("deletionTimestamp"));
    http.merge(POOLS + "/a", "{'metadata':{'finalizers':null}}");
    assertEquals(404, http.get(POOLS + "/a").code());
  }

  @Test
  void aDeleteMeantForAnotherObjectOfTheNameIsAConflict() throws Exception {
    http.post(POOLS, "{'metadata':{'name':'a'}}");
    assertEquals(
        409,
        http.send("DELETE", POOLS + "/a", "application/json", "{'preconditions':{'uid':'other'}}")
            .code());
  }

  @Test
  void aPagedListShowsOneVersionWhateverIsWrittenMeanwhile() throws Exception {
    for (String name : List.of("a", "b", "c")) {
      http.post(POOLS, "{'metadata':{'name':'" + name + "'}}");
    }
    JsonNode first = http.get(POOLS + "?limit=2").body();
    http.post(POOLS, "{'metadata':{'name':'d'}}");
    JsonNode second =
        http.get(POOLS + "?limit=2&continue=" + first.at("/metadata/continue").asText()).body();
    assertEquals(2, first.path("items").size());
    assertEquals(List.of("c"), second.path("items").findValuesAsText("name"));
    assertEquals(first.at("/metadata/resourceVersion"), second.at("/metadata/resourceVersion"));
  }

  @Test
  void aListUnderWayExpiresWithItsHistory() throws Exception {
    server.put(pool("a"));
    server.put(pool("b"));
    JsonNode first = http.get(POOLS + "?limit=1").body();
    server.compact();
    assertEquals(
        410,
        http.get(POOLS + "?limit=1&continue=" + first.at("/metadata/continue").asText()).code());
  }

  @Test
  void aListObeysItsSelectors() throws Exception {
    http.post(MAPS, "{'metadata':{'name':'a','labels':{'x':'1'}}}");
    http.post(MAPS, "{'metadata':{'name':'b','labels':{'x':'2'}}}");
    assertEquals(List.of("b"), http.names(MAPS + "?labelSelector=x%3D2"));
    assertEquals(List.of("a"), http.names(MAPS + "?fieldSelector=metadata.name%3Da"));
    assertEquals(List.of("a", "b"), http.names(MAPS + "?labelSelector=x%20in%20(1,2)"));
    assertEquals(400, http.get(MAPS + "?fieldSelector=data.x%3Da").code());
  }

  @Test
  void aWatchTellsTheStateItsEndAndThenWhatHappens() throws Exception {
    server.put(pool("a"));
    try (Http.Stream stream =
        http.watch(
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
    try (Http.Stream stream = http.watch(POOLS + "?watch=1&resourceVersion=" + version)) {
      assertEquals("ADDED b", stream.next());
    }
  }

  @Test
  void aWatchFromBeforeHistoryIsToldSo() throws Exception {
    String version = server.put(pool("a")).at("/metadata/resourceVersion").asText();
    server.compact();
    try (Http.Stream stream = http.watch(POOLS + "?watch=1&resourceVersion=" + version)) {
      JsonNode error = stream.read();
      assertEquals("ERROR", error.path("type").asText());
      assertEquals(410, error.at("/object/code").asInt());
    }
  }

  @Test
  void anObjectThatNoLongerMatchesIsDeletedForTheWatch() throws Exception {
    try (Http.Stream stream = http.watch(MAPS + "?watch=1&labelSelector=x%3D1")) {
      http.post(MAPS, "{'metadata':{'name':'a','labels':{'x':'1'}}}");
      assertEquals("ADDED a", stream.next());
      http.merge(MAPS + "/a", "{'metadata':{'labels':{'x':'2'}}}");
      assertEquals("DELETED a", stream.next());
    }
  }

  @Test
  void whatItWasAskedIsRecorded() throws Exception {
    server.put(pool("a"));
    http.merge(POOLS + "/a", "{'spec':{'weight':5}}");
    Asked asked = server.writes().getFirst();
    assertEquals("patch", asked.verb());
    assertEquals("nodepools", asked.plural());
    assertEquals("application/merge-patch+json", asked.contentType());
    assertEquals(5, asked.body().at("/spec/weight").asInt());
    assertEquals(1, server.requests().size());
  }

  private static ObjectNode pool(String name) {
    return Http.json(
        "{'apiVersion':'karpenter.sh/v1','kind':'NodePool','metadata':{'name':'" + name + "'}}");
  }

  private static String weighing(JsonNode pool, int weight) {
    ObjectNode changed = pool.deepCopy();
    changed.withObjectProperty("spec").put("weight", weight);
    return changed.toString();
  }
}
