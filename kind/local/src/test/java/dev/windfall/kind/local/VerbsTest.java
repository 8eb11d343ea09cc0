package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.time.InstantSource;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** What kubectl asks for beyond plain reading and writing, and what it is refused. */
class VerbsTest {
  private static final String PODS = "/api/v1/namespaces/default/pods";
  private static final String MAPS = "/api/v1/namespaces/default/configmaps";
  private static final String POOLS = "/apis/karpenter.sh/v1/nodepools";

  private final LocalApiServer server = LocalApiServer.start();
  private final Http http = new Http(server);

  @AfterEach
  void stop() {
    http.close();
    server.close();
  }

  @ParameterizedTest
  @CsvSource({
    "application/strategic-merge-patch+json,strategic merge patch is not done here",
    "application/apply-patch+yaml,server-side apply is not done here",
  })
  void aPatchThatIsNotDoneHereIsRefusedWithWhatToUseInstead(String type, String why)
      throws Exception {
    http.post(MAPS, "{'metadata':{'name':'a'}}");
    Http.Answer answer = http.send("PATCH", MAPS + "/a", type, "{}");
    assertEquals(415, answer.code());
    assertTrue(answer.message().startsWith(why), answer.message());
    assertTrue(answer.message().contains("kubectl replace"), answer.message());
  }

  @ParameterizedTest
  @ValueSource(strings = {"log", "exec", "attach", "portforward"})
  void whatNeedsContainersIsRefused(String subresource) throws Exception {
    http.post(PODS, "{'metadata':{'name':'a'}}");
    for (Http.Answer answer :
        List.of(
            http.get(PODS + "/a/" + subresource), http.post(PODS + "/a/" + subresource, "{}"))) {
      assertEquals(405, answer.code());
      assertEquals("Status", answer.body().path("kind").asText());
      assertTrue(answer.message().contains("runs no containers"), answer.message());
    }
  }

  @Test
  void anEvictionDeletesThePodThatItMeans() throws Exception {
    String uid = http.post(PODS, "{'metadata':{'name':'a'}}").body().at("/metadata/uid").asText();
    String eviction =
        "{'apiVersion':'policy/v1','kind':'Eviction','metadata':{'name':'a'},'deleteOptions':{%s"
            + "'preconditions':{'uid':'%s'}}}";
    String path = PODS + "/a/eviction";

    assertEquals(409, http.post(path, eviction.formatted("", "another")).code());
    assertEquals(201, http.post(path, eviction.formatted("'dryRun':['All'],", uid)).code());
    assertEquals(201, http.post(path + "?dryRun=All", eviction.formatted("", uid)).code());
    assertEquals(List.of("a"), http.names(PODS));
    assertEquals(201, http.post(path, eviction.formatted("", uid)).code());
    assertEquals(List.of(), http.names(PODS));
    assertEquals(404, http.post(path, eviction.formatted("", uid)).code());
    assertEquals(400, http.post(path, "{'kind':'Pod','metadata':{'name':'a'}}").code());
  }

  /** A budget, say. */
  @Test
  void anEvictionMayBeRefusedWhereACreationIsNot() throws Exception {
    http.post(PODS, "{'metadata':{'name':'a'}}");
    server.faults().always("create", "pods/eviction", Fault.status(429));
    String eviction = "{'apiVersion':'policy/v1','kind':'Eviction','metadata':{'name':'a'}}";
    assertEquals(429, http.post(PODS + "/a/eviction", eviction).code());
    assertEquals(201, http.post(PODS, "{'metadata':{'name':'b'}}").code());
    assertEquals(List.of("a", "b"), http.names(PODS));
  }

  @Test
  void aSubresourceThatIsNotServedIsNamed() throws Exception {
    http.post(POOLS, "{'metadata':{'name':'a'}}");
    Http.Answer answer = http.get(POOLS + "/a/scale");
    assertEquals(404, answer.code());
    assertEquals(
        "nodepools.karpenter.sh \"a\": the subresource scale is not served here", answer.message());
    assertEquals(200, http.get(POOLS + "/a/status").code());
  }

  @Test
  void aCollectionIsDeletedAsFarAsItIsSelected() throws Exception {
    http.post(MAPS, "{'metadata':{'name':'a','labels':{'x':'1'}}}");
    http.post(MAPS, "{'metadata':{'name':'b','labels':{'x':'2'}}}");
    Http.Answer answer = http.delete(MAPS + "?labelSelector=x%3D1");
    assertEquals(200, answer.code());
    assertEquals(List.of("a"), answer.body().path("items").findValuesAsText("name"));
    assertEquals(List.of("b"), http.names(MAPS));
    http.delete(MAPS);
    assertEquals(List.of(), http.names(MAPS));
  }

  @Test
  void aDryRunOfADeleteDeletesNothing() throws Exception {
    http.post(MAPS, "{'metadata':{'name':'a'}}");
    assertEquals(200, http.delete(MAPS + "/a?dryRun=All").code());
    assertEquals(200, http.delete(MAPS + "?dryRun=All").code());
    assertEquals(List.of("a"), http.names(MAPS));
  }

  @Test
  void whatIsGoneIsToldByItsUid() throws Exception {
    String uid = http.post(MAPS, "{'metadata':{'name':'a'}}").body().at("/metadata/uid").asText();
    JsonNode answer = http.delete(MAPS + "/a").body();
    assertEquals("Success", answer.path("status").asText());
    assertEquals(uid, answer.at("/details/uid").asText());
  }

  @Test
  void waitingForDependentsIsRefused() throws Exception {
    http.post(MAPS, "{'metadata':{'name':'a'}}");
    Http.Answer answer =
        http.send("DELETE", MAPS + "/a", "application/json", "{'propagationPolicy':'Foreground'}");
    assertEquals(400, answer.code());
    assertEquals(List.of("a"), http.names(MAPS));
  }

  @Test
  void aClientsStatusIsLeftOutAtCreation() throws Exception {
    assertFalse(
        http.post(POOLS, "{'metadata':{'name':'a'},'status':{'nodes':3}}").body().has("status"));
    assertEquals(
        "Pending",
        http.post(PODS, "{'metadata':{'name':'a'},'status':{'phase':'Running'}}")
            .body()
            .at("/status/phase")
            .asText());
  }

  @Test
  void aWatchOfOneNameSeesNoOther() throws Exception {
    try (Http.Stream stream = http.watch(MAPS + "?watch=1&fieldSelector=metadata.name=b")) {
      http.post(MAPS, "{'metadata':{'name':'a'}}");
      http.post(MAPS, "{'metadata':{'name':'b'}}");
      assertEquals("ADDED b", stream.next());
      http.delete(MAPS + "/b");
      assertEquals("DELETED b", stream.next());
    }
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "labelSelector=x | a",
        "labelSelector=!x | b",
        "labelSelector=n%3E5 | a",
        "labelSelector=n%3C5 | b",
        "labelSelector=x%20notin%20(1) | b",
        "fieldSelector=metadata.name!=a | b",
        "fieldSelector=metadata.name%3D%3Da | a",
      })
  void aSelectorIsReadAsTheApiServerReadsIt(String selector, String name) throws Exception {
    http.post(MAPS, "{'metadata':{'name':'a','labels':{'x':'1','n':'9'}}}");
    http.post(MAPS, "{'metadata':{'name':'b','labels':{'n':'2'}}}");
    assertEquals(List.of(name), http.names(MAPS + "?" + selector));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "labelSelector=x%20in%20(1",
        "labelSelector=a%20b",
        "fieldSelector=metadata.name",
        "fieldSelector=spec.nodeName=a",
      })
  void aSelectorThatCannotBeReadIsRefused(String selector) throws Exception {
    assertEquals(400, http.get(MAPS + "?" + selector).code());
  }

  @ParameterizedTest
  @CsvSource({"kube+system,404", "a%2Bb,404"})
  void aNameWithAPlusSignIsNoOtherName(String name, int code) throws Exception {
    Http.Answer answer = http.get(POOLS + "/" + name);
    assertEquals(code, answer.code());
    assertTrue(answer.message().contains("+"), answer.message());
  }

  /** As kubectl sends it: {@code kubectl create configmap a --from-literal=k=v}. */
  @Test
  void whatKubectlCreatesIsReadFromProtobuf() throws Exception {
    byte[] metadata = field(1, text(1, "a"), field(11, text(1, "x"), text(2, "y")));
    byte[] map = concat(metadata, field(2, text(1, "k"), text(2, "v")));
    assertEquals(201, postProtobuf("ConfigMap", map));
    JsonNode created = http.get(MAPS + "/a").body();
    assertEquals("v", created.at("/data/k").asText());
    assertEquals("y", created.at("/metadata/labels/x").asText());
  }

  @Test
  void anotherKindOrFieldInProtobufIsRefused() throws Exception {
    assertEquals(415, postProtobuf("Pod", field(1, text(1, "a"))));
    assertEquals(415, postProtobuf("ConfigMap", concat(field(1, text(1, "a")), field(9))));
    assertEquals(415, postProtobuf("ConfigMap", new byte[] {10, 100}));
    assertEquals(List.of(), http.names(MAPS));
  }

  @Test
  void aBusyPortIsSaidToBeBusy() throws IOException {
    try (ServerSocket busy = new ServerSocket()) {
      busy.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0));
      IllegalStateException failure =
          assertThrows(
              IllegalStateException.class,
              () -> LocalApiServer.start(InstantSource.system(), busy.getLocalPort()));
      assertTrue(
          String.valueOf(failure.getMessage())
              .startsWith("cannot listen on 127.0.0.1:" + busy.getLocalPort() + ": "),
          failure.getMessage());
    }
  }

  private int postProtobuf(String kind, byte[] object) throws Exception {
    byte[] type = field(1, text(1, "v1"), text(2, kind));
    byte[] body = concat("k8s\0".getBytes(StandardCharsets.US_ASCII), type, field(2, object));
    try (HttpClient client = HttpClient.newHttpClient()) {
      HttpRequest request =
          HttpRequest.newBuilder(URI.create(server.uri() + MAPS))
              .header("Content-Type", "application/vnd.kubernetes.protobuf")
              .POST(HttpRequest.BodyPublishers.ofByteArray(body))
              .build();
      return client.send(request, BodyHandlers.discarding()).statusCode();
    }
  }

  private static byte[] text(int number, String text) throws IOException {
    return field(number, text.getBytes(StandardCharsets.UTF_8));
  }

  private static byte[] field(int number, byte[]... content) throws IOException {
    byte[] all = concat(content);
    return concat(new byte[] {(byte) (number << 3 | 2), (byte) all.length}, all);
  }

  private static byte[] concat(byte[]... parts) throws IOException {
    ByteArrayOutputStream all = new ByteArrayOutputStream();
    for (byte[] part : parts) {
      all.write(part);
    }
    return all.toByteArray();
  }
}
