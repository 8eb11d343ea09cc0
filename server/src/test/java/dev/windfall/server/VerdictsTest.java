package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertDoesNotThrow;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.policies.CustomResources;
import dev.windfall.policies.LeftoverNodePool;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.UnreadableException;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Objects;
import java.util.function.BiFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.function.Executable;

/**
 * Good and bad SpotPools, SpotPolicies and LeftoverNodePools, with what kube-apiserver v1.36.3 made
 * of them under Windfall's definitions. The order of the causes is not compared: a real one has
 * none.
 */
class VerdictsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static LocalApiServer cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = LocalApiServer.start();
    for (ObjectNode definition :
        List.of(
            CustomResources.spotPool(),
            CustomResources.spotPolicy(),
            CustomResources.leftoverNodePool())) {
      HttpResponse<String> defined =
          post("/apis/apiextensions.k8s.io/v1/customresourcedefinitions", definition.toString());
      assertEquals(201, defined.statusCode(), defined.body());
    }
  }

  @AfterAll
  static void stop() {
    cluster.close();
    HTTP.close();
  }

  private static HttpResponse<String> post(String path, String body)
      throws IOException, InterruptedException {
    return HTTP.send(
        HttpRequest.newBuilder(cluster.uri().resolve(path))
            .header("Content-Type", "application/json")
            .POST(BodyPublishers.ofString(body))
            .build(),
        BodyHandlers.ofString());
  }

  private static Stream<JsonNode> recorded(String plural) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(VerdictsTest.class.getResourceAsStream(plural + ".json"))) {
      return JSON.readTree(in).path("cases").valueStream();
    }
  }

  @TestFactory
  Stream<DynamicTest> theVerdictOnASpotPoolIsThatOfTheRealServer() throws IOException {
    return recorded("spotpools").map(each -> test(each, () -> compare("spotpools", each)));
  }

  @TestFactory
  Stream<DynamicTest> theVerdictOnASpotPolicyIsThatOfTheRealServer() throws IOException {
    return recorded("spotpolicies").map(each -> test(each, () -> compare("spotpolicies", each)));
  }

  @TestFactory
  Stream<DynamicTest> theVerdictOnALeftoverNodePoolIsThatOfTheRealServer() throws IOException {
    return recorded("leftovernodepools")
        .map(each -> test(each, () -> compare("leftovernodepools", each)));
  }

  /** So a file is refused for what an object would be refused for, and the other way round. */
  @TestFactory
  Stream<DynamicTest> whatTheRealServerTakesTheReaderReadsAndNothingElse() throws IOException {
    return Stream.of(
            recorded("spotpools").map(each -> test(each, () -> read(each, SpotPool::read))),
            recorded("spotpolicies").map(each -> test(each, () -> read(each, SpotPolicy::readAll))),
            recorded("leftovernodepools")
                .map(each -> test(each, () -> read(each, LeftoverNodePool::read))))
        .flatMap(each -> each);
  }

  private static DynamicTest test(JsonNode recorded, Executable executable) {
    return DynamicTest.dynamicTest(recorded.path("is").asText(), executable);
  }

  private static void read(JsonNode recorded, BiFunction<String, String, Object> reader) {
    ObjectNode object = recorded.path("object").deepCopy();
    if (recorded.has("stored")) {
      // What is stored has defaults, and no longer what was pruned.
      object.set("spec", recorded.at("/stored/spec"));
      assertDoesNotThrow(() -> reader.apply("a file", object.toString()));
    } else {
      assertThrows(UnreadableException.class, () -> reader.apply("a file", object.toString()));
    }
  }

  private static void compare(String plural, JsonNode expected) throws Exception {
    HttpResponse<String> answer =
        post(
            "/apis/"
                + expected.at("/object/apiVersion").asText()
                + "/"
                + plural
                + "?dryRun=All&fieldValidation="
                + expected.path("validation").asText(),
            expected.path("object").toString());
    JsonNode body = JSON.readTree(answer.body());

    assertEquals(expected.path("code").asInt(), answer.statusCode(), answer.body());
    assertEquals(
        texts(expected.path("causes")),
        body.at("/details/causes")
            .valueStream()
            .map(cause -> cause.path("field").asText() + ": " + cause.path("message").asText())
            .map(VerdictsTest::withoutTheErrorsWords)
            .sorted()
            .toList());
    assertEquals(
        texts(expected.path("warnings")),
        answer.headers().allValues("Warning").stream().sorted().toList());
    assertEquals(expected.path("stored").path("spec"), body.path("spec"));
    if (expected.has("message")) {
      assertEquals(expected.path("message"), body.path("message"));
    }
  }

  private static List<String> texts(JsonNode array) {
    return array
        .valueStream()
        .map(JsonNode::asText)
        .map(VerdictsTest::withoutTheErrorsWords)
        .sorted()
        .toList();
  }

  /** What exactly CEL has to say of a rule that trips is the library's affair. */
  private static String withoutTheErrorsWords(String cause) {
    return cause.replaceFirst("(Invalid value: \"string\": ).* (evaluating rule: )", "$1... $2");
  }
}
