package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.policies.CustomResources;
import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * Good and bad SpotPools, with what kube-apiserver v1.36.3 made of them under Windfall's
 * definition. The order of the causes is not compared: a real one has none.
 */
class SpotPoolVerdictsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final HttpClient HTTP = HttpClient.newHttpClient();
  private static LocalApiServer cluster;

  @BeforeAll
  static void start() throws Exception {
    cluster = LocalApiServer.start();
    HttpResponse<String> defined =
        post(
            "/apis/apiextensions.k8s.io/v1/customresourcedefinitions",
            CustomResources.spotPool().toString());
    assertEquals(201, defined.statusCode(), defined.body());
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

  private static JsonNode recorded() throws IOException {
    try (InputStream in =
        Objects.requireNonNull(SpotPoolVerdictsTest.class.getResourceAsStream("spotpools.json"))) {
      return JSON.readTree(in).path("cases");
    }
  }

  @TestFactory
  Stream<DynamicTest> theVerdictIsThatOfTheRealServer() throws IOException {
    return recorded()
        .valueStream()
        .map(each -> DynamicTest.dynamicTest(each.path("is").asText(), () -> compare(each)));
  }

  private static void compare(JsonNode expected) throws Exception {
    HttpResponse<String> answer =
        post(
            "/apis/windfall.dev/v1alpha1/spotpools?dryRun=All&fieldValidation="
                + expected.path("validation").asText(),
            expected.path("object").toString());
    JsonNode body = JSON.readTree(answer.body());

    assertEquals(expected.path("code").asInt(), answer.statusCode(), answer.body());
    assertEquals(
        texts(expected.path("causes")),
        body.at("/details/causes")
            .valueStream()
            .map(cause -> cause.path("field").asText() + ": " + cause.path("message").asText())
            .map(SpotPoolVerdictsTest::withoutTheErrorsWords)
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
        .map(SpotPoolVerdictsTest::withoutTheErrorsWords)
        .sorted()
        .toList();
  }

  /** What exactly CEL has to say of a rule that trips is the library's affair. */
  private static String withoutTheErrorsWords(String cause) {
    return cause.replaceFirst("(Invalid value: \"string\": ).* (evaluating rule: )", "$1... $2");
  }
}
