package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class NamespacesTest {
  private static final String NAMESPACES = "/api/v1/namespaces";
  private static final String MAPS = NAMESPACES + "/team/configmaps";

  private final LocalApiServer server = LocalApiServer.start();
  private final Http http = new Http(server);

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  @Test
  void theUsualOnesAreThereFromTheStart() throws Exception {
    assertEquals(
        List.of("default", "kube-node-lease", "kube-public", "kube-system"),
        http.names(NAMESPACES + "?fieldSelector=status.phase=Active"));
    assertEquals(
        List.of("default"),
        http.names(NAMESPACES + "?labelSelector=kubernetes.io/metadata.name=default"));
  }

  @Test
  void nothingIsCreatedWhereThereIsNoNamespace() throws Exception {
    Http.Answer answer = http.post(MAPS, "{'metadata':{'name':'a'}}");
    assertEquals(404, answer.code());
    assertEquals("namespaces \"team\" not found", answer.message());
  }

  @Test
  void aNewOneIsActiveAndLabelledWithItsName() throws Exception {
    http.post(NAMESPACES, "{'metadata':{'name':'team'}}");
    var team = http.get(NAMESPACES + "/team").body();
    assertEquals("Active", team.at("/status/phase").asText());
    assertEquals("team", team.at("/metadata/labels/kubernetes.io~1metadata.name").asText());
    assertEquals(201, http.post(MAPS, "{'metadata':{'name':'a'}}").code());
  }

  @Test
  void whatIsInItGoesWithIt() throws Exception {
    server.addNamespace("team");
    http.post(MAPS, "{'metadata':{'name':'a'}}");
    http.post(NAMESPACES + "/default/configmaps", "{'metadata':{'name':'b'}}");
    try (Http.Stream stream =
        http.watch(NAMESPACES + "?watch=1&fieldSelector=metadata.name=team")) {
      assertEquals("ADDED team", stream.next());
      assertEquals(200, http.delete(NAMESPACES + "/team").code());
      assertEquals("MODIFIED team", stream.next());
      assertEquals("DELETED team", stream.next());
    }
    assertEquals(List.of("b"), http.names("/api/v1/configmaps"));
    assertEquals(404, http.get(NAMESPACES + "/team").code());
  }

  @Test
  void oneThatHoldsSomethingHeldIsTerminating() throws Exception {
    server.addNamespace("team");
    http.post(MAPS, "{'metadata':{'name':'a','finalizers':['x/y']}}");
    http.delete(NAMESPACES + "/team");
    assertEquals("Terminating", http.get(NAMESPACES + "/team").body().at("/status/phase").asText());
    Http.Answer refused = http.post(MAPS, "{'metadata':{'name':'b'}}");
    assertEquals(403, refused.code());
    assertTrue(refused.message().contains("is being terminated"), refused.message());

    http.merge(MAPS + "/a", "{'metadata':{'finalizers':null}}");
    assertEquals(404, http.get(NAMESPACES + "/team").code());
  }

  @ParameterizedTest
  @ValueSource(strings = {"default", "kube-system", "kube-public"})
  void someAreNeverDeleted(String name) throws Exception {
    assertEquals(403, http.delete(NAMESPACES + "/" + name).code());
  }

  @Test
  void whatATestPutsBringsItsNamespaceAlong() {
    server.put(
        Http.json(
            "{'apiVersion':'v1','kind':'ConfigMap','metadata':{'name':'a','namespace':'team'}}"));
    assertTrue(server.read("v1", "Namespace", "", "team").isPresent());
  }
}
