package dev.windfall.extender;

import static java.util.function.Function.identity;
import static java.util.stream.Collectors.counting;
import static java.util.stream.Collectors.groupingBy;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.code_intelligence.jazzer.junit.FuzzTest;
import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;

/**
 * Whatever bytes come, each verb has an answer that the scheduler can decode, and the answer is the
 * right one. Without more it goes through the corpus beside it; CONTRIBUTING says how to fuzz.
 */
class ExtenderFuzzTest {
  private static final JsonMapper STRICT =
      JsonMapper.builder(
              JsonFactory.builder().enable(StreamReadFeature.STRICT_DUPLICATE_DETECTION).build())
          .enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS)
          .build();

  /** A name asked about twice may be refused twice. */
  private static final JsonMapper AS_GO =
      JsonMapper.builder().enable(DeserializationFeature.FAIL_ON_TRAILING_TOKENS).build();

  private static final FuzzWorld WORLD = new FuzzWorld();
  private static final Extender EXTENDER = WORLD.extender();
  private static final ReferenceScorer REFERENCE = new ReferenceScorer(WORLD);

  @FuzzTest(maxDuration = "5m")
  void everyCallHasAnAnswerThatIsRight(byte[] body) throws IOException {
    Optional<ReferenceScorer.Call> call = ReferenceScorer.call(body);
    prioritize(body, call);
    filter(body, call);
    explain(body, call);
  }

  private static void prioritize(byte[] body, Optional<ReferenceScorer.Call> call)
      throws IOException {
    List<ReferenceScorer.Score> answer = new ArrayList<>();
    JsonNode list = STRICT.readTree(EXTENDER.prioritize(body));
    assertTrue(list.isArray());
    for (JsonNode one : list) {
      assertEquals(Set.of("Host", "Score"), keys(one));
      assertTrue(one.get("Host").isTextual());
      assertTrue(one.get("Score").isInt(), one.toString());
      int score = one.get("Score").intValue();
      assertTrue(score >= 0 && score <= 10, one.toString());
      answer.add(new ReferenceScorer.Score(one.get("Host").textValue(), score));
    }
    if (call.isEmpty()) {
      return;
    }
    List<String> asked = call.get().names().orElse(List.of());
    assertFalse(oftener(answer.stream().map(ReferenceScorer.Score::host).toList(), asked));
    if (call.get().asks().isEmpty()) {
      assertEquals(List.of(), answer);
    } else {
      REFERENCE
          .sent(call.get().asks(), asked)
          .ifPresent(expected -> assertEquals(expected, answer));
    }
  }

  /** Whether one of {@code some} is there more often than in {@code others}. */
  private static boolean oftener(List<String> some, List<String> others) {
    Map<String, Long> most = others.stream().collect(groupingBy(identity(), counting()));
    return some.stream().collect(groupingBy(identity(), counting())).entrySet().stream()
        .anyMatch(each -> each.getValue() > most.getOrDefault(each.getKey(), 0L));
  }

  private static void filter(byte[] body, Optional<ReferenceScorer.Call> call) throws IOException {
    JsonNode result = AS_GO.readTree(EXTENDER.filter(body));
    if (keys(result).equals(Set.of("Error"))) {
      assertFalse(result.get("Error").textValue().isBlank());
      assertTrue(call.isEmpty(), "a call is said to be none: " + result);
      return;
    }
    assertEquals(
        Set.of("Nodes", "NodeNames", "FailedNodes", "FailedAndUnresolvableNodes", "Error"),
        keys(result));
    assertTrue(result.get("Nodes").isNull());
    assertTrue(result.get("NodeNames").isArray());
    assertTrue(result.get("FailedNodes").isObject() && result.get("FailedNodes").isEmpty());
    assertEquals("", result.get("Error").textValue());
    List<String> passed = new ArrayList<>();
    result.get("NodeNames").forEach(name -> passed.add(name.textValue()));
    JsonNode failed = result.get("FailedAndUnresolvableNodes");
    failed.forEach(reason -> assertFalse(reason.textValue().isBlank()));
    if (call.isPresent()) {
      List<String> asked = call.get().names().orElse(List.of());
      assertFalse(oftener(passed, asked));
      Set<String> either = new TreeSet<>(passed);
      for (String name : keys(failed)) {
        assertTrue(either.add(name), name + " passed, and did not");
      }
      assertEquals(new TreeSet<>(asked), either);
    }
  }

  private static void explain(byte[] body, Optional<ReferenceScorer.Call> call) throws IOException {
    JsonNode answer;
    try {
      answer = STRICT.readTree(EXTENDER.explain(body));
    } catch (UnreadableQuestionException e) {
      assertFalse(String.valueOf(e.getMessage()).isBlank());
      assertTrue(
          call.isEmpty() || call.get().asks().isEmpty(), "a question is said to be none: " + e);
      return;
    }
    List<ReferenceScorer.Score> scores = new ArrayList<>();
    for (JsonNode node : answer.get("nodes")) {
      assertTrue(node.get("score").isInt());
      assertTrue(node.get("sent").isBoolean());
      assertFalse(node.get("why").textValue().isBlank());
      for (String number : List.of("usdPerHour", "usedWithPod", "usdPerGpuHour", "index")) {
        assertTrue(node.get(number).isNull() || node.get(number).isNumber(), number);
      }
      scores.add(
          new ReferenceScorer.Score(node.get("node").textValue(), node.get("score").intValue()));
    }
    if (call.isPresent()) {
      // Without names it is about the nodes that have room.
      List<String> asked =
          call.get()
              .names()
              .orElseGet(() -> scores.stream().map(ReferenceScorer.Score::host).toList());
      REFERENCE
          .scores(call.get().asks(), asked)
          .ifPresent(expected -> assertEquals(sorted(expected), sorted(scores)));
    }
  }

  private static List<String> sorted(List<ReferenceScorer.Score> scores) {
    return scores.stream().map(ReferenceScorer.Score::toString).sorted().toList();
  }

  private static Set<String> keys(JsonNode object) {
    assertTrue(object.isObject(), object.toString());
    Set<String> keys = new TreeSet<>();
    object.fieldNames().forEachRemaining(keys::add);
    return keys;
  }
}
