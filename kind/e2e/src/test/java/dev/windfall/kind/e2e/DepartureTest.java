package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A SpotPool is deleted while a pod runs on one of its nodes, with the real garbage collector and a
 * real Karpenter about.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
class DepartureTest {
  /** Empty nodes go at once. */
  private static final String POOL = Bed.spotPool("g6") + "  disruption: {consolidateAfter: 1s}\n";

  private Bed bed;
  private WindfallProcess windfall;

  @BeforeAll
  void aBedWithWindfall() {
    bed = Bed.up();
    windfall = WindfallProcess.start(bed);
  }

  @AfterAll
  void end() {
    try {
      windfall.stop();
    } finally {
      bed.close();
    }
  }

  @Order(1)
  @ParameterizedTest
  @ValueSource(strings = {"background", "foreground"})
  void thePodRunsOnAndThePoolGoesWhenThePodIsGone(String cascade) {
    String pod = aPodOnANodeOfThePool();

    bed.kubectl("delete", "spotpool", "gpu", "--cascade=" + cascade, "--wait=false");

    inPeace(pod, () -> there("spotpool", "gpu"));
  }

  /** The API server deletes every SpotPool before their definition goes. */
  @Order(3)
  @Test
  void withTheDefinitionRemovedItIsTheSame() {
    String pod = aPodOnANodeOfThePool();

    bed.kubectl("delete", "crd", "spotpools.windfall.dev", "--wait=false");

    inPeace(pod, () -> there("crd", "spotpools.windfall.dev"));
  }

  @Order(2)
  @Test
  void forcedItsNodesGoWithIt() {
    String _ = aPodOnANodeOfThePool();

    bed.kubectl("annotate", "spotpool", "gpu", "windfall.dev/force-delete=true");
    bed.kubectl("delete", "spotpool", "gpu", "--wait=true", "--timeout=50s");

    eventually("no rung is left", () -> count("nodepools") == 0);
    eventually("no node is left", () -> count("nodeclaims") == 0);
    eventually("the pod is gone", () -> !there("pod", "train"));
  }

  private String aPodOnANodeOfThePool() {
    bed.apply(POOL, "apply", "-f", "-");
    eventually("there are rungs", () -> count("nodepools") > 0);
    assertEquals(
        "windfall.dev/rungs", bed.get("spotpool", "gpu").at("/metadata/finalizers/0").asText());
    bed.create(TestPod.spot("train"));
    eventually("the pod runs", () -> bed.runs("train"));
    return bed.get("pod", "train").at("/metadata/uid").asText();
  }

  private void inPeace(String pod, BooleanSupplier waits) {
    eventually(
        "it says that it is being deleted", () -> ready().contains("windfall.dev/force-delete"));
    eventually("its rungs are closed", this::allClosed);
    // Whoever would delete something has had the time to do so.
    bed.kubectl(
        "annotate",
        "nodepools",
        "-l",
        "windfall.dev/pool",
        "--overwrite",
        "windfall.dev/closed-at=2026-01-01T00:00:00Z");
    eventually("the empty rungs are gone", () -> count("nodepools") == 1);
    JsonNode running = bed.get("pod", "train");
    assertEquals(pod, running.at("/metadata/uid").asText());
    assertEquals("Running", running.at("/status/phase").asText());
    assertFalse(running.path("metadata").has("deletionTimestamp"));
    for (JsonNode claim : bed.get("nodeclaims").at("/items")) {
      assertFalse(claim.path("metadata").has("deletionTimestamp"), claim::toString);
    }
    assertEquals(true, waits.getAsBoolean());

    bed.kubectl("delete", "pod", "train", "--grace-period=0", "--force", "--wait=true");

    eventually("its node has gone", () -> count("nodeclaims") == 0);
    eventually("its last rung has gone", () -> count("nodepools") == 0);
    eventually("it has gone itself", () -> !waits.getAsBoolean());
  }

  private String ready() {
    for (JsonNode condition : bed.get("spotpool", "gpu").at("/status/conditions")) {
      if (condition.path("reason").asText().equals("Deleting")) {
        return condition.path("message").asText();
      }
    }
    return "";
  }

  private boolean allClosed() {
    for (JsonNode rung : bed.get("nodepools").at("/items")) {
      if (!rung.at("/spec/limits/nvidia.com~1gpu").asText().equals("0")) {
        return false;
      }
    }
    return true;
  }

  private int count(String kind) {
    return bed.get(kind).at("/items").size();
  }

  private boolean there(String kind, String name) {
    return bed.attempt("", "get", kind, name).status() == 0;
  }

  private static void eventually(String what, BooleanSupplier condition) {
    await(what)
        .atMost(Duration.ofSeconds(90))
        .pollInterval(Duration.ofMillis(500))
        .until(condition::getAsBoolean);
  }
}
