package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** Work that may be begun anew, and work that may not, under prices that flip. */
class ReplacementTest {
  private static final String FIRST = "eu-central-1a.g6.xlarge.spot";
  private static final String SECOND = "eu-central-1b.g6.xlarge.spot";

  private static final String POOL =
      Bed.spotPool("g6")
          + "  disruption: {consolidateAfter: 1s, replaceRestartable: true}\n"
          + "  ranking: {minHold: 2s}\n";

  private Bed bed;
  private WindfallProcess windfall;

  @BeforeEach
  void twoPodsOnTheCheapestOffer() {
    bed = Bed.up();
    windfall = WindfallProcess.start(bed);
    bed.apply(POOL, "apply", "-f", "-");
    eventually("there are rungs", () -> bed.get("nodepools").at("/items").size() > 0);
    String spot = "windfall.dev/spot: prefer";
    deploy("moves", spot + ", windfall.dev/restartable: 24h, windfall.dev/lost-work: 10m");
    deploy("stays", spot);
    eventually("both run", () -> offerUnder("moves").equals(FIRST));
    eventually("both run", () -> offerUnder("stays").equals(FIRST));
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
  void whoOptedInIsBegunAnewOnTheCheapMachineAndNobodyElseIsMoved() {
    String moved = uid("moves");
    String stayed = uid("stays");
    // Nobody waits for half an hour here; the kubelets are played, and say what they are told.
    hasRunFor(Duration.ofHours(2), "moves");
    hasRunFor(Duration.ofHours(2), "stays");
    String old = pod("moves").at("/spec/nodeName").asText();

    bed.price("eu-central-1a", "g6.xlarge", "spot", "0.9500");

    eventually("it says what it may not do", () -> said("EvictionForbidden"));
    assertEquals(moved, uid("moves"), "without the right nobody is evicted");
    assertFalse(
        bed.get("node", old).at("/metadata/annotations").has("windfall.dev/replacing"),
        "and no node is emptied");
    bed.kubectl("apply", "-f", Command.root().resolve("deploy/replace.yaml").toString());

    eventually("it runs on the cheaper one", () -> offerUnder("moves").equals(SECOND));
    assertEquals(stayed, uid("stays"));
    assertEquals(FIRST, offerUnder("stays"));
    assertEquals(1, windfall.metric("windfall_actions_total", "Replace"));
    assertEquals(1, windfall.metric("windfall_actions_total", "Evict"));
    eventually("its machine has gone", () -> bed.attempt("", "get", "node", old).status() != 0);
    assertEquals(2, bed.get("nodeclaims").at("/items").size());
    for (JsonNode claim : bed.get("nodeclaims").at("/items")) {
      assertFalse(claim.at("/status/conditions").toString().contains("Drifted"), claim::toString);
    }
  }

  private void deploy(String name, String annotations) {
    bed.apply(
        """
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: %1$s}
        spec:
          replicas: 1
          selector: {matchLabels: {app: %1$s}}
          template:
            metadata:
              labels: {app: %1$s}
              annotations: {%2$s}
            spec:
              automountServiceAccountToken: false
              terminationGracePeriodSeconds: 0
              containers:
              - name: main
                image: train
                resources:
                  limits: {nvidia.com/gpu: 1}
        """
            .formatted(name, annotations),
        "create",
        "-f",
        "-");
  }

  private JsonNode pod(String app) {
    return bed.get("pods", "-l", "app=" + app).at("/items/0");
  }

  private String uid(String app) {
    return pod(app).at("/metadata/uid").asText();
  }

  private void hasRunFor(Duration duration, String app) {
    Instant started = Instant.now().minus(duration).truncatedTo(ChronoUnit.SECONDS);
    bed.kubectl(
        "patch",
        "pod",
        pod(app).at("/metadata/name").asText(),
        "--subresource=status",
        "--type=merge",
        "-p",
        "{\"status\":{\"startTime\":\"" + started + "\"}}");
  }

  private String offerUnder(String app) {
    JsonNode pod = pod(app);
    String node = pod.at("/spec/nodeName").asText();
    return pod.at("/status/phase").asText().equals("Running") && !node.isEmpty()
        ? bed.get("node", node).at("/metadata/labels/windfall.dev~1offer").asText()
        : "";
  }

  private boolean said(String reason) {
    return !bed.get("events", "-A", "--field-selector", "reason=" + reason).at("/items").isEmpty();
  }

  private static void eventually(String what, BooleanSupplier condition) {
    await(what)
        .atMost(Duration.ofSeconds(200))
        .pollInterval(Duration.ofMillis(300))
        .until(condition::getAsBoolean);
  }
}
