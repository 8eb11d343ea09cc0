package dev.windfall.kind.local;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Objects;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;

/**
 * What kube-apiserver v1.36.3 said to the objects of {@code things.json}, and what this server
 * says. The order of the causes is not compared: a real one has none.
 */
class RecordedVerdictsTest {
  private static LocalApiServer server;
  private static Caller caller;
  private static JsonNode recorded;

  @BeforeAll
  static void start() throws Exception {
    server = LocalApiServer.start();
    caller = new Caller(server.uri());
    recorded = read("things.json");
    assertEquals(
        201, caller.post(Caller.DEFINITIONS, recorded.path("definition").toString()).code());
  }

  @AfterAll
  static void stop() {
    caller.close();
    server.close();
  }

  private static JsonNode read(String name) throws IOException {
    try (InputStream in =
        Objects.requireNonNull(RecordedVerdictsTest.class.getResourceAsStream(name), name)) {
      return Caller.JSON.readTree(in);
    }
  }

  @TestFactory
  Stream<DynamicTest> theVerdictIsThatOfTheRealServer() {
    return recorded
        .path("cases")
        .valueStream()
        .map(each ->
            DynamicTest.dynamicTest(
                each.path("is").asText() + " (" + each.path("validation").asText() + ")",
                () -> compare(each)));
  }

  private void compare(JsonNode expected) throws Exception {
    Caller.Answer answer =
        caller.post(
            "/apis/test.example/v1/things?dryRun=All&fieldValidation="
                + expected.path("validation").asText(),
            expected.path("object").toString());

    assertEquals(expected.path("code").asInt(), answer.code(), answer.message());
    assertEquals(
        expected.path("causes").valueStream().map(JsonNode::asText).sorted().toList(),
        answer.causes().stream().sorted().toList());
    assertEquals(
        expected.path("warnings").valueStream().map(JsonNode::asText).sorted().toList(),
        answer.warnings().stream().sorted().toList());
    assertEquals(expected.path("stored").path("spec"), answer.body().path("spec"));
    assertEquals(expected.path("stored").has("status"), answer.body().path("status").isObject());
    if (expected.has("message")) {
      assertEquals(expected.path("message").asText(), answer.message());
    }
  }
}
