package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class DiscoveryTest {
  private static final String CRDS = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions";
  private static final String AGGREGATED =
      "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList,application/json";
  private static final String THINGS =
      """
      {'metadata':{'name':'things.nobody.example'},'spec':{'group':'nobody.example','scope':'Namespaced',
       'names':{'plural':'things','kind':'Thing','shortNames':['th'],'categories':['all']},
       'versions':[{'name':'v1','served':true,'storage':true,'subresources':{'status':{}},
        'schema':{'openAPIV3Schema':{'type':'object','properties':{'spec':{'type':'object',
         'properties':{'color':{'type':'string','description':'As painted.'}}}}}}}]}}\
      """;

  private final LocalApiServer server = LocalApiServer.start();
  private final Http http = new Http(server);

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  @ParameterizedTest
  @ValueSource(strings = {"/healthz", "/livez", "/readyz"})
  void itSaysThatItIsWell(String path) throws Exception {
    Http.Answer answer = http.get(path);
    assertEquals(200, answer.code());
    assertEquals("ok", answer.body().asText());
  }

  @Test
  void itHasAVersionThatClientsCanRead() throws Exception {
    JsonNode version = http.get("/version").body();
    assertEquals("1", version.path("major").asText());
    assertTrue(version.path("gitVersion").asText().startsWith("v1."), version.toString());
  }

  @Test
  void theCoreGroupAndTheOthersAreListedApart() throws Exception {
    assertEquals("v1", http.get("/api").body().at("/versions/0").asText());
    List<String> groups = texts(http.get("/apis").body().path("groups"), "name");
    assertTrue(groups.contains("karpenter.sh"), groups.toString());
    assertFalse(groups.contains(""), groups.toString());
  }

  @Test
  void aKindIsToldWithItsNamesAndVerbs() throws Exception {
    JsonNode pods = resource(http.get("/api/v1").body(), "pods");
    assertEquals("pod", pods.path("singularName").asText());
    assertEquals("Pod", pods.path("kind").asText());
    assertTrue(pods.path("namespaced").asBoolean());
    assertEquals("[\"po\"]", pods.path("shortNames").toString());
    assertEquals(
        "[\"create\",\"delete\",\"deletecollection\",\"get\",\"list\",\"patch\",\"update\",\"watch\"]",
        pods.path("verbs").toString());
  }

  @Test
  void aDefinedKindIsServedWithItsSubresourceUntilItsDefinitionGoes() throws Exception {
    assertEquals(404, http.get("/apis/nobody.example/v1").code());
    assertEquals(201, http.post(CRDS, THINGS).code());
    JsonNode served = http.get("/apis/nobody.example/v1").body();
    assertEquals(List.of("things", "things/status"), texts(served.path("resources"), "name"));
    assertEquals("[\"th\"]", resource(served, "things").path("shortNames").toString());
    assertEquals("[\"all\"]", resource(served, "things").path("categories").toString());

    assertEquals(200, http.delete(CRDS + "/things.nobody.example").code());
    assertEquals(404, http.get("/apis/nobody.example/v1").code());
    assertEquals(404, http.get("/apis/nobody.example").code());
    assertEquals(404, http.get("/apis/nobody.example/v1/things").code());
  }

  @Test
  void aDefinitionTakesItsObjectsAlongAndEndsTheirWatches() throws Exception {
    http.post(CRDS, THINGS);
    String things = "/apis/nobody.example/v1/namespaces/default/things";
    http.post(things, "{'metadata':{'name':'a'}}");
    try (Http.Stream stream = http.watch("/apis/nobody.example/v1/things?watch=1")) {
      assertEquals("ADDED a", stream.next());
      http.delete(CRDS + "/things.nobody.example");
      assertEquals("DELETED a", stream.next());
      assertTrue(stream.read().isMissingNode());
    }
    http.post(CRDS, THINGS);
    assertEquals(List.of(), http.names(things));
  }

  @Test
  void aDefinitionWaitsForAnObjectThatIsHeld() throws Exception {
    http.post(CRDS, THINGS);
    String things = "/apis/nobody.example/v1/namespaces/default/things";
    http.post(things, "{'metadata':{'name':'a','finalizers':['x/y']}}");
    http.delete(CRDS + "/things.nobody.example");
    assertEquals(200, http.get(CRDS + "/things.nobody.example").code());
    assertEquals(405, http.post(things, "{'metadata':{'name':'b'}}").code());
    http.merge(things + "/a", "{'metadata':{'finalizers':null}}");
    assertEquals(404, http.get(CRDS + "/things.nobody.example").code());
  }

  @Test
  void aChangedDefinitionIsServedAsItIsNow() throws Exception {
    http.post(CRDS, THINGS);
    http.merge(CRDS + "/things.nobody.example", "{'spec':{'names':{'shortNames':['tg']}}}");
    JsonNode served = http.get("/apis/nobody.example/v1").body();
    assertEquals("[\"tg\"]", resource(served, "things").path("shortNames").toString());
  }

  @Test
  void aDefinitionIsNamedAfterItsKind() throws Exception {
    Http.Answer answer = http.post(CRDS, THINGS.replaceFirst("things.nobody", "thing.nobody"));
    assertEquals(422, answer.code());
    assertTrue(answer.message().contains("metadata.name"), answer.message());
  }

  @Test
  void versionsOfAKindAreTheSameObjects() throws Exception {
    http.post(
        CRDS,
        """
        {'metadata':{'name':'things.nobody.example'},'spec':{'group':'nobody.example','scope':'Cluster',
         'names':{'plural':'things','kind':'Thing'},'versions':[
          {'name':'v1','served':true,'storage':true},{'name':'v2','served':true,'storage':false}]}}\
        """);
    http.post("/apis/nobody.example/v1/things", "{'metadata':{'name':'a'}}");
    JsonNode seen = http.get("/apis/nobody.example/v2/things/a").body();
    assertEquals("nobody.example/v2", seen.path("apiVersion").asText());
  }

  @Test
  void everythingIsToldAtOnceToWhoAsksForThat() throws Exception {
    Http.Answer answer = http.get("/apis", AGGREGATED);
    assertEquals(
        "application/json;g=apidiscovery.k8s.io;v=v2;as=APIGroupDiscoveryList",
        answer.response().headers().firstValue("Content-Type").orElse(""));
    JsonNode karpenter =
        StreamSupport.stream(answer.body().path("items").spliterator(), false)
            .filter(group -> group.at("/metadata/name").asText().equals("karpenter.sh"))
            .findFirst()
            .orElseThrow();
    JsonNode resources = karpenter.at("/versions/0/resources");
    assertEquals(List.of("nodepools", "nodeclaims"), texts(resources, "resource"));
    assertEquals("NodePool", resources.at("/0/responseKind/kind").asText());
    assertEquals("status", resources.at("/0/subresources/0/subresource").asText());
  }

  @Test
  void aWriteIsSaidToTakeFieldValidation() throws Exception {
    String path =
        http.get("/openapi/v3")
            .body()
            .at("/paths/apis~1karpenter.sh~1v1/serverRelativeURL")
            .asText();
    JsonNode patch =
        http.get(path).body().at("/paths/~1apis~1karpenter.sh~1v1~1nodepools~1{name}/patch");
    assertEquals("NodePool", patch.at("/x-kubernetes-group-version-kind/kind").asText());
    assertTrue(texts(patch.path("parameters"), "name").contains("fieldValidation"));
  }

  @Test
  void theFieldsOfADefinedKindAreExplained() throws Exception {
    http.post(CRDS, THINGS);
    JsonNode schemas =
        http.get("/openapi/v3/apis/nobody.example/v1").body().path("components").path("schemas");
    assertEquals(
        "As painted.", schemas.at("/Thing/properties/spec/properties/color/description").asText());
  }

  @Test
  void whatIsNotExplainedSaysSo() throws Exception {
    JsonNode schemas = http.get("/openapi/v3/api/v1").body().path("components").path("schemas");
    String description = schemas.at("/Pod/description").asText();
    assertTrue(description.contains("not described here"), description);
    Http.Answer old = http.get("/openapi/v2");
    assertEquals(404, old.code());
    assertTrue(old.message().contains("/openapi/v3"), old.message());
  }

  @Test
  void aFormThatIsNotKnownHereIsRefused() throws Exception {
    assertEquals(406, http.get("/api/v1/pods", "application/yaml").code());
  }

  private static JsonNode resource(JsonNode list, String name) {
    for (JsonNode resource : list.path("resources")) {
      if (resource.path("name").asText().equals(name)) {
        return resource;
      }
    }
    throw new AssertionError(name + " is not in " + list);
  }

  private static List<String> texts(JsonNode array, String field) {
    List<String> texts = new ArrayList<>();
    array.forEach(each -> texts.add(each.path(field).asText()));
    return texts;
  }
}
