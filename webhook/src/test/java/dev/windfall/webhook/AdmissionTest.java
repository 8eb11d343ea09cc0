package dev.windfall.webhook;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.flipkart.zjsonpatch.JsonPatch;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Surroundings;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import io.prometheus.metrics.model.snapshots.HistogramSnapshot;
import java.io.IOException;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.function.Supplier;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class AdmissionTest {
  private final PrometheusRegistry registry = new PrometheusRegistry();
  private Supplier<PriceBook> book = () -> Markets.BOOK;
  private final Admission admission =
      new Admission(
          () -> book.get(),
          List::of,
          () -> Surroundings.NONE,
          Optional::empty,
          () -> false,
          InstantSource.fixed(Markets.NOW),
          registry);

  /** A review as kube-apiserver 1.36 posts it for a pod of a ReplicaSet. */
  private static ObjectNode review() throws IOException {
    try (var fixture = AdmissionTest.class.getResourceAsStream("create-pod-review.json")) {
      return (ObjectNode) Json.MAPPER.readTree(fixture);
    }
  }

  private static ObjectNode annotated(String key, String value) throws IOException {
    ObjectNode review = review();
    ((ObjectNode) review.at("/request/object/metadata/annotations")).put(key, value);
    return review;
  }

  private JsonNode answer(JsonNode review) throws IOException {
    return Json.MAPPER.readTree(admission.review(Json.bytes(review)));
  }

  private double reviews(String outcome) {
    return registry.scrape(name -> name.equals("windfall_admission_reviews")).stream()
        .flatMap(snapshot -> ((CounterSnapshot) snapshot).getDataPoints().stream())
        .filter(point -> outcome.equals(point.getLabels().get("outcome")))
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  @Test
  void aPodIsPatched() throws IOException {
    JsonNode answer = answer(review());

    assertEquals("admission.k8s.io/v1", answer.path("apiVersion").asText());
    assertEquals("AdmissionReview", answer.path("kind").asText());
    JsonNode response = answer.path("response");
    assertEquals("705ab4f5-6393-11e8-b7cc-42010a800002", response.path("uid").asText());
    assertTrue(response.path("allowed").asBoolean());
    assertEquals("JSONPatch", response.path("patchType").asText());
    JsonNode admitted =
        JsonPatch.apply(
            Json.MAPPER.readTree(response.path("patch").binaryValue()),
            review().at("/request/object"));
    assertEquals(4, admitted.at("/spec/tolerations").size());
    assertEquals(
        admitted.at("/metadata/annotations/windfall.dev~1decision"),
        response.at("/auditAnnotations/decision"));
    assertFalse(response.has("warnings"));
    assertEquals(1, reviews("patched"));
  }

  @Test
  void anAnswerWithoutAPatchHasNoPatchType() throws IOException {
    ObjectNode review = review();
    ((ObjectNode) review.at("/request/object/metadata")).putNull("annotations");

    JsonNode response = answer(review).path("response");

    assertEquals(
        Pods.json("{'uid':'705ab4f5-6393-11e8-b7cc-42010a800002','allowed':true}"), response);
    assertEquals(1, reviews("untouched"));
  }

  @Test
  void aPodThatWaitsIsToldSoAndCounted() throws IOException {
    JsonNode response =
        answer(annotated("windfall.dev/max-price-per-gpu", "0.01")).path("response");

    assertTrue(response.at("/warnings/0").asText().startsWith("the pod waits: no offer"));
    assertEquals(1, reviews("gated"));
  }

  @ParameterizedTest
  @CsvSource({
    "/operation, UPDATE",
    "/operation, DELETE",
    "/subResource, eviction",
    "/resource/resource, deployments",
    "/resource/group, apps"
  })
  void whatCreatesNoPodPassesUntouched(String pointer, String value) throws IOException {
    ObjectNode review = review();
    int slash = pointer.lastIndexOf('/');
    ((ObjectNode) review.at("/request" + pointer.substring(0, slash)))
        .put(pointer.substring(slash + 1), value);

    assertEquals(
        Pods.json("{'uid':'705ab4f5-6393-11e8-b7cc-42010a800002','allowed':true}"),
        answer(review).path("response"));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "{",
        "null",
        "[]",
        "{}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\"}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"\"}}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":1e400}}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"a\\nb\"}}",
        "{\"apiVersion\":\"admission.k8s.io/v1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"\\ud800\"}}",
        "{\"apiVersion\":\"admission.k8s.io/v1beta1\",\"kind\":\"AdmissionReview\",\"request\":{\"uid\":\"1\"}}",
      })
  void whatIsNoReviewIsRefused(String body) {
    assertThrows(UnreadableReviewException.class, () -> admission.review(body.getBytes(UTF_8)));
    assertEquals(1, reviews("unreadable"));
  }

  @Test
  void aBodyThatIsTooDeepOrHasTooManyPartsIsRefused() {
    byte[] deep = "[".repeat(5000).getBytes(UTF_8);
    byte[] many = ("[" + "{},".repeat(200_000) + "{}]").getBytes(UTF_8);

    assertThrows(UnreadableReviewException.class, () -> admission.review(deep));
    assertThrows(UnreadableReviewException.class, () -> admission.review(many));
  }

  @Test
  void anErrorOfOurOwnAdmitsThePodAsWritten() throws IOException {
    book =
        () -> {
          throw new IllegalStateException("a secret of the log's");
        };

    JsonNode response = answer(review()).path("response");

    assertTrue(response.path("allowed").asBoolean());
    assertFalse(response.has("patch"));
    assertEquals(
        "Windfall leaves this pod as it was written: an error of Windfall's own, which its log"
            + " shows",
        response.at("/warnings/0").asText());
    assertEquals(1, reviews("failed"));
  }

  @Test
  void aPodThatCannotBeReadIsAdmittedAsWrittenWithTheReason() throws IOException {
    ObjectNode review = review();
    ((ObjectNode) review.at("/request/object/spec/containers/0/resources/limits"))
        .put("nvidia.com/gpu", "-1");

    assertEquals(
        "Windfall leaves this pod as it was written: quantity \"-1\" must be a quantity such as"
            + " 24Gi",
        answer(review).at("/response/warnings/0").asText());
  }

  @Test
  void warningsAreShortPrintableAndFew() throws IOException {
    ObjectNode review = annotated("windfall.dev/" + "x".repeat(500), "");
    ObjectNode annotations = (ObjectNode) review.at("/request/object/metadata/annotations");
    annotations.put("windfall.dev/spot", "a\nb\u0000😀");
    for (int i = 0; i < 100; i++) {
      annotations.put("windfall.dev/a" + i, "");
    }

    JsonNode warnings = answer(review).at("/response/warnings");

    assertEquals(16, warnings.size());
    warnings.forEach(warning -> {
      String text = warning.asText();
      assertTrue(text.codePointCount(0, text.length()) <= 256, text);
      assertTrue(text.chars().noneMatch(Character::isISOControl), text);
    });
  }

  @Test
  void aLineIsCutToTwoHundredAndFiftySixCharactersAndHasNoHalfOnes() {
    assertEquals("x".repeat(256), Warnings.line("x".repeat(256)));
    assertEquals("x".repeat(255) + "…", Warnings.line("x".repeat(257)));
    assertEquals("😀".repeat(255) + "…", Warnings.line("😀".repeat(300)));
    assertEquals("a b \ufffd", Warnings.line("a\nb\u2028\ud83d"));
  }

  @Test
  void theTimeOfEachReviewIsMeasured() throws IOException {
    answer(review());

    HistogramSnapshot histogram =
        (HistogramSnapshot)
            registry.scrape(name -> name.equals("windfall_admission_duration_seconds")).get(0);
    assertEquals(1, histogram.getDataPoints().get(0).getCount());
  }
}
