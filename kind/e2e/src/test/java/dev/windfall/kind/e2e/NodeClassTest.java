package dev.windfall.kind.e2e;

import static org.awaitility.Awaitility.await;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** A pool that describes its node class, before an API server that holds that to its rules. */
class NodeClassTest {
  private static final String JUDGED =
      """
      {"status": {"conditions": [{"type": "Ready", "status": "%s", "reason": "%s", "message": "%s",
       "lastTransitionTime": "2026-01-01T00:00:00Z"}]}}
      """;

  private Bed bed;
  private WindfallProcess windfall;

  @BeforeEach
  void aBedWithWindfall() {
    bed = Bed.up();
    windfall = WindfallProcess.start(bed);
  }

  @AfterEach
  void end() {
    try {
      windfall.stop();
    } finally {
      bed.close();
    }
  }

  private static String pool(String role) {
    return Bed.spotPool("g6")
        .replaceFirst(
            "nodeClassRef: .*",
            "nodeClass: {role: %s, amiAlias: al2023@v20260101, subnetSelectorTags: {a: \"*\"}, securityGroupSelectorTags: {a: b}}"
                .formatted(role));
  }

  @Test
  void theClassIsMadeFollowedByAnotherAndTakenAway() {
    bed.apply(pool("nodes"), "apply", "-f", "-");
    eventually("it says what it may not do", () -> ready().contains("deploy/nodeclass.yaml"));
    bed.kubectl("apply", "-f", Command.root().resolve("deploy/nodeclass.yaml").toString());
    eventually("the class is there", () -> classes().size() == 1);
    String first = classes().iterator().next();
    eventually("rungs refer to it", () -> referred().equals(Set.of(first)));
    assertEquals("nodes", bed.get("ec2nodeclass", first).at("/spec/role").asText());

    judge(first, JUDGED.formatted("False", "SubnetsNotReady", "no subnet matches"));
    eventually("Karpenter's words", () -> ready().contains("no subnet matches"));
    judge(first, JUDGED.formatted("True", "Ready", ""));
    eventually("all is well", () -> ready().contains("nodes can be bought"));

    bed.apply(pool("others"), "apply", "-f", "-");
    eventually("another class is there", () -> classes().size() == 2);
    eventually("rungs refer to it", () -> referred().equals(classes()));
    JsonNode kept = bed.get("ec2nodeclass", first);
    assertEquals("nodes", kept.at("/spec/role").asText());
    assertEquals(1, kept.at("/metadata/generation").asInt(), "nobody edited it");
    rungsClosedLongAgo();
    eventually("the first goes with its rungs", () -> classes().size() == 1);
    assertTrue(!classes().contains(first), first);

    bed.kubectl("delete", "spotpool", "gpu", "--wait=false");
    eventually(
        "the rungs are closed",
        () -> {
          rungsClosedLongAgo();
          return bed.get("nodepools").at("/items").isEmpty();
        });
    eventually("nothing is left", () -> classes().isEmpty());
  }

  /** Nobody waits for ten minutes here; only those that are closed are looked at. */
  private void rungsClosedLongAgo() {
    for (JsonNode rung : bed.get("nodepools", "-l", "windfall.dev/pool").at("/items")) {
      if (rung.at("/metadata/annotations").has("windfall.dev/closed")) {
        bed.attempt(
            "",
            "annotate",
            "nodepool",
            rung.at("/metadata/name").asText(),
            "--overwrite",
            "windfall.dev/closed-at=2026-01-01T00:00:00Z");
      }
    }
  }

  private void judge(String name, String status) {
    bed.kubectl(
        "patch", "ec2nodeclass", name, "--subresource=status", "--type=merge", "-p", status);
  }

  private String ready() {
    for (JsonNode condition : bed.get("spotpool", "gpu").at("/status/conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("message").asText();
      }
    }
    return "";
  }

  private Set<String> classes() {
    Set<String> names = new TreeSet<>();
    bed.get("ec2nodeclasses")
        .at("/items")
        .forEach(each -> names.add(each.at("/metadata/name").asText()));
    return names;
  }

  private Set<String> referred() {
    Set<String> names = new TreeSet<>();
    bed.get("nodepools")
        .at("/items")
        .forEach(rung -> names.add(rung.at("/spec/template/spec/nodeClassRef/name").asText()));
    return names;
  }

  private static void eventually(String what, BooleanSupplier holds) {
    await(what)
        .atMost(Duration.ofSeconds(75))
        .pollInterval(Duration.ofMillis(500))
        .until(holds::getAsBoolean);
  }
}
