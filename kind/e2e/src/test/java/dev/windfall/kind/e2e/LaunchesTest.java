package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Map;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Launches that fail, on a Karpenter whose cloud has run dry of one offer. */
class LaunchesTest {
  private static final String DRY = "eu-central-1a.g6.xlarge.spot";
  private static final String NEXT = "eu-central-1b.g6.xlarge.spot";

  private Bed bed;
  private WindfallProcess windfall;

  @BeforeEach
  void aCloudThatHasRunDryOfWhatIsCheapest() {
    bed = Bed.up("--karpenter", "UNAVAILABLE_FOR=5s");
    // By far, so that it is the cheapest still when it is expected to run dry again.
    bed.price("eu-central-1a", "g6.xlarge", "spot", "0.1000");
    bed.capacity("none", DRY);
    windfall = WindfallProcess.start(bed, Map.of("WINDFALL_MARKET_RETRYAFTER", "30s"));
    bed.apply(Bed.spotPool("g6", "g5"), "apply", "-f", "-");
    eventually("the cheapest has a rung", () -> state(DRY).equals("Open"));
  }

  @AfterEach
  void end() {
    try {
      windfall.stop();
    } finally {
      bed.close();
    }
  }

  @Test
  void anOfferThatHasRunDryIsSteppedOverAndUsedAgainWhenItIsThere() {
    create("first");
    eventually("the rung is closed", () -> state(DRY).equals("Closed"));
    String why = rung(DRY).path("reason").asText();
    assertTrue(why.startsWith("no capacity, once; tried again at "), why);

    eventually("the pod runs", () -> bed.runs("first"));
    assertEquals(NEXT, bed.offerUnder("first"));
    assertTrue(history().contains(DRY), "what failed is kept in the cluster");

    // It is offered again, and nobody waits: nothing is tried, so nothing fails.
    eventually("the rung is open again", () -> state(DRY).equals("Open"));
    assertEquals(1, failures());

    create("second");
    eventually("the second pod runs", () -> bed.runs("second"));
    assertNotEquals(DRY, bed.offerUnder("second"));
    assertEquals(2, failures());
    assertTrue(rung(DRY).path("reason").asText().startsWith("no capacity, 2 times; "));

    bed.capacity("restore", DRY);
    eventually("the rung is open for good", () -> state(DRY).equals("Open"));
    create("third");
    eventually("the third pod runs", () -> bed.runs("third"));
    assertEquals(DRY, bed.offerUnder("third"));
    assertEquals(2, failures());
  }

  private void create(String pod) {
    bed.create(TestPod.spot(pod).wish("spot", "require"));
  }

  private JsonNode rung(String offer) {
    for (JsonNode rung : bed.get("spotpool", "gpu").at("/status/rungs")) {
      if (rung.path("offer").asText().equals(offer)) {
        return rung;
      }
    }
    return bed.get("spotpool", "gpu").path("no such rung");
  }

  private String state(String offer) {
    return rung(offer).path("state").asText();
  }

  private String history() {
    String[] kept = {""};
    eventually(
        "it is written",
        () -> {
          kept[0] = bed.get("configmaps", "-n", "windfall-system").at("/items").toString();
          return kept[0].contains("history.json");
        });
    return kept[0];
  }

  /** Claims for which Karpenter found no capacity. */
  private int failures() {
    return bed.get("events", "--field-selector", "reason=InsufficientCapacityError")
        .at("/items")
        .size();
  }

  private static void eventually(String what, BooleanSupplier condition) {
    await(what)
        .atMost(Duration.ofSeconds(150))
        .pollInterval(Duration.ofMillis(300))
        .until(condition::getAsBoolean);
  }
}
