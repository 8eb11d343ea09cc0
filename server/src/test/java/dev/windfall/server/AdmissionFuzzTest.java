package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.DeserializationFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.flipkart.zjsonpatch.JsonPatch;
import dev.windfall.market.Basis;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.Surroundings;
import dev.windfall.policies.Usd;
import dev.windfall.webhook.Admission;
import dev.windfall.webhook.AssignedScheduler;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

/**
 * Ten thousand reviews that are nearly right, over HTTP; what has to hold for each. {@code
 * -Dfuzz.seed=N} repeats a run, {@code -Dfuzz.reviews=N} makes it longer.
 */
@Timeout(value = 30, unit = TimeUnit.MINUTES)
class AdmissionFuzzTest {
  private static final int REVIEWS = Integer.getInteger("fuzz.reviews", 10_000);

  /** The API server gives up after two seconds; this machine may be busy. */
  private static final Duration DEADLINE = Duration.ofSeconds(10);

  /** What is Windfall's to write over: its own words, and a scheduler that nobody chose. */
  private static final Set<String> GIVE_WAY = Set.of("schedulerName", "windfall.dev/decision");

  /** Exact, so that a number that passes is the number that was sent. */
  private static final ObjectMapper JSON =
      JsonMapper.builder()
          .enable(JsonWriteFeature.ESCAPE_NON_ASCII)
          .enable(DeserializationFeature.USE_BIG_DECIMAL_FOR_FLOATS)
          .build();

  private static final List<List<SpotPool>> BUYERS =
      List.of(List.of(), List.of(pool("g6")), List.of(pool("p5")), List.of(pool("g6"), pool("p5")));

  private final long seed = Long.getLong("fuzz.seed", new SplittableRandom().nextLong());
  private final SplittableRandom random = new SplittableRandom(seed);

  // What the webhook knows, drawn anew for each review.
  private volatile PriceBook book = PriceBook.empty();
  private volatile List<SpotPool> pools = List.of();
  private volatile Optional<AssignedScheduler> assigned = Optional.empty();

  private final PrometheusRegistry registry = new PrometheusRegistry();
  private final Bodies bodies = Bodies.ofAdmission();
  private final Listener listener = open();
  private final KeptConnection connection = new KeptConnection(listener.port(), DEADLINE);

  AdmissionFuzzTest() throws IOException {}

  private Listener open() {
    Admission admission =
        new Admission(
            () -> book,
            () -> pools,
            () -> Surroundings.NONE,
            () -> assigned,
            () -> true,
            InstantSource.fixed(Instant.parse("2026-11-20T10:00:00Z")),
            registry);
    return Listener.open(
        new Listener.Spec(
            "admission",
            "127.0.0.1",
            0,
            Optional.empty(),
            bodies.maxBody(),
            Routes.admission(admission, bodies)));
  }

  @AfterEach
  void close() throws IOException {
    connection.close();
    listener.close();
    bodies.close();
  }

  @Test
  void everyReviewIsAnsweredAndEveryPatchAppliesLosesNothingAndIsNotNeededTwice()
      throws IOException {
    System.out.println("-Dfuzz.seed=" + seed);
    RandomReviews reviews = new RandomReviews();
    int patched = 0;
    int unreadable = 0;
    for (int i = 0; i < REVIEWS; i++) {
      drawTheWorld();
      RandomReviews.Drawn drawn = reviews.next(random);
      byte[] body = bytes(drawn.review());
      boolean garbled = random.nextInt(10) == 0;
      if (garbled) {
        garble(body);
      }
      double failed = failed();
      String number = "-Dfuzz.seed=" + seed + ", review " + i + ": ";
      Supplier<@Nullable String> which = () -> number + new String(body, StandardCharsets.UTF_8);

      KeptConnection.Answer answer = post(body);

      JsonNode sent = parsed(body);
      if (answer.status() == 400 && !answerable(sent)) {
        unreadable++;
        continue;
      }
      assertEquals(200, answer.status(), which);
      JsonNode response = response(answer, sent, which);
      if (drawn.sound() && !garbled) {
        assertEquals(failed, failed(), which);
      }
      if (response.has("patch")) {
        patched++;
        JsonNode object = sent.at("/request/object");
        JsonNode admitted =
            JsonPatch.apply(JSON.readTree(response.path("patch").binaryValue()), object);
        assertHolds(object, admitted, which);
        assertEquals(answer.body(), post(body).body(), which);
        book = book();
        ((ObjectNode) sent.get("request")).set("object", admitted);
        assertTrue(!response(post(bytes(sent)), sent, which).has("patch"), which);
      }
    }
    System.out.printf("%d reviews, %d patched, %d unreadable%n", REVIEWS, patched, unreadable);
    assertTrue(patched > REVIEWS / 10, "of pods that were patched there were only " + patched);
    assertTrue(unreadable > REVIEWS / 100, "of reviews that were none, only " + unreadable);
  }

  /** How many pods passed as they were because of an error. */
  private double failed() {
    return registry.scrape(name -> name.equals("windfall_admission_reviews")).stream()
        .flatMap(counter -> ((CounterSnapshot) counter).getDataPoints().stream())
        .filter(point -> "failed".equals(point.getLabels().get("outcome")))
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  private KeptConnection.Answer post(byte[] body) throws IOException {
    return connection.post("/mutate", body);
  }

  /** As the API server checks an answer, before it looks what it says. */
  private static JsonNode response(
      KeptConnection.Answer answer, JsonNode sent, Supplier<@Nullable String> which)
      throws IOException {
    JsonNode review = JSON.readTree(answer.body());
    assertEquals("admission.k8s.io/v1", review.path("apiVersion").asText(), which);
    assertEquals("AdmissionReview", review.path("kind").asText(), which);
    JsonNode response = review.path("response");
    assertEquals(sent.at("/request/uid").asText(), response.path("uid").asText(), which);
    assertTrue(response.path("allowed").asBoolean(), which);
    assertEquals(response.has("patch"), response.has("patchType"), which);
    for (JsonNode warning : response.path("warnings")) {
      String text = warning.asText();
      assertTrue(text.codePointCount(0, text.length()) <= 256, which);
      assertTrue(text.chars().noneMatch(Character::isISOControl), which);
    }
    return response;
  }

  private static boolean answerable(JsonNode sent) {
    JsonNode uid = sent.at("/request/uid");
    return "admission.k8s.io/v1".equals(sent.path("apiVersion").textValue())
        && "AdmissionReview".equals(sent.path("kind").textValue())
        && uid.isTextual()
        && uid.asText().matches("[ -~]{1,256}");
  }

  /** Whatever else was there is there still, in its place. */
  private static void assertHolds(
      JsonNode before, JsonNode after, Supplier<@Nullable String> which) {
    if (before.isObject() && after.isObject()) {
      before
          .properties()
          .forEach(field -> {
            if (!GIVE_WAY.contains(field.getKey())) {
              assertTrue(after.has(field.getKey()), which);
              assertHolds(field.getValue(), after.get(field.getKey()), which);
            }
          });
    } else if (before.isArray() && after.isArray()) {
      for (int i = 0; i < before.size(); i++) {
        assertHolds(before.get(i), after.path(i), which);
      }
    } else if (!before.isNull()) {
      assertEquals(before, after, which);
    }
  }

  private static byte[] bytes(JsonNode json) throws IOException {
    return JSON.writeValueAsBytes(json);
  }

  private static JsonNode parsed(byte[] body) {
    try {
      return JSON.readTree(body);
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  private void garble(byte[] body) {
    for (int times = random.nextInt(1, 4); times > 0; times--) {
      int at = random.nextInt(body.length);
      body[at] =
          (byte) (random.nextBoolean() ? random.nextInt(256) : body[at] ^ 1 << random.nextInt(8));
    }
  }

  private void drawTheWorld() {
    book = book();
    pools = RandomReviews.pick(random, BUYERS);
    assigned =
        random.nextBoolean()
            ? Optional.of(new AssignedScheduler("gpu-scheduler", random.nextBoolean()))
            : Optional.empty();
  }

  private PriceBook book() {
    List<Offer> offers = new ArrayList<>();
    for (String type : List.of("g6.xlarge", "p5.48xlarge")) {
      for (String zone : List.of("eu-central-1a", "eu-central-1b")) {
        for (String capacity : List.of("spot", "on-demand")) {
          if (random.nextInt(3) > 0) {
            offers.add(offer(zone + "." + type + "." + capacity, type.startsWith("p5") ? 8 : 1));
          }
        }
      }
    }
    return PriceBook.of(offers, List.of());
  }

  private Offer offer(String key, int gpus) {
    return new Offer(
        "test",
        "aws",
        "eu-central-1",
        OfferKey.parse(key).orElseThrow(),
        Architecture.AMD64,
        new Gpu("NVIDIA", gpus == 8 ? "H100" : "L4", gpus, Memory.parse("24Gi")),
        4 * gpus,
        Memory.parse("16Gi"),
        Usd.parse(random.nextInt(1, 20_000) / 1000 + ".25"),
        Basis.QUOTED,
        Optional.empty(),
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  private static SpotPool pool(String family) {
    return SpotPool.read(
        "pool.yaml",
        """
        apiVersion: windfall.dev/v1alpha1
        kind: SpotPool
        metadata: {name: gpu}
        spec:
          provider: aws
          region: eu-central-1
          nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu}
          families: [%s]
        """
            .formatted(family));
  }
}
