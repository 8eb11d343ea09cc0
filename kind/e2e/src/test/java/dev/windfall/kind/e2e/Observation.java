package dev.windfall.kind.e2e;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;

/**
 * What runs in a cluster, looked at again and again, and what of it Windfall may never cause: a
 * NodeClaim that drifts or goes while a pod runs on it, a pod that is moved or ended, a template
 * that is edited.
 */
final class Observation {
  /** Longer than a launch takes that was decided on before a rung was closed. */
  private static final Duration SETTLED = Duration.ofSeconds(30);

  private final Bed bed;

  /** Pods that were seen running: name to identity and node. */
  private final Map<String, String> running = new TreeMap<>();

  private final Set<String> ended = new HashSet<>();
  private final Map<String, JsonNode> templates = new HashMap<>();

  /** Rungs that are closed, and since when. */
  private final Map<String, Instant> closed = new TreeMap<>();

  private final Map<String, String> versions = new HashMap<>();
  private final Set<String> claims = new TreeSet<>();
  private final Set<String> wrong = new TreeSet<>();

  Observation(Bed bed) {
    this.bed = bed;
  }

  /** Looks once. */
  void look() {
    List<JsonNode> claimsNow = new ArrayList<>();
    Map<String, String> nodes = new HashMap<>();
    Set<String> pods = new HashSet<>();
    Set<String> rungs = new HashSet<>();
    for (JsonNode item : bed.get("nodepools,nodeclaims,pods").at("/items")) {
      String name = item.at("/metadata/name").asText();
      switch (item.path("kind").asText()) {
        case "NodePool" -> {
          rungs.add(name);
          rung(name, item);
        }
        case "NodeClaim" -> claimsNow.add(item);
        default -> {
          pods.add(name);
          pod(name, item);
          if (running.containsKey(name)) {
            nodes.put(item.at("/spec/nodeName").asText(), name);
          }
        }
      }
    }
    closed.keySet().retainAll(rungs);
    claimsNow.forEach(claim -> claim(claim, nodes));
    running.keySet().stream()
        .filter(name -> !pods.contains(name))
        .forEach(name -> wrong.add("pod " + name + " is gone"));
    running.keySet().retainAll(pods);
  }

  private void rung(String name, JsonNode rung) {
    JsonNode template = rung.at("/spec/template");
    JsonNode first = templates.putIfAbsent(name, template);
    if (first != null && !first.equals(template)) {
      wrong.add("the template of " + name + " was edited");
    }
    versions.put(name, rung.at("/metadata/resourceVersion").asText());
    String since = rung.at("/metadata/annotations").path("windfall.dev/closed-at").asText();
    if (since.isEmpty()) {
      closed.remove(name);
    } else {
      closed.put(name, Instant.parse(since));
    }
  }

  private void claim(JsonNode claim, Map<String, String> nodes) {
    String name = claim.at("/metadata/name").asText();
    claims.add(name);
    for (JsonNode condition : claim.at("/status/conditions")) {
      if (condition.path("type").asText().equals("Drifted")
          && condition.path("status").asText().equals("True")) {
        wrong.add(name + " drifted: " + condition.path("reason").asText());
      }
    }
    String pod = nodes.get(claim.at("/status/nodeName").asText());
    if (pod != null && claim.at("/metadata").has("deletionTimestamp")) {
      wrong.add(
          name + " was deleted while " + pod + " ran on it: " + claim.at("/status/conditions"));
    }
  }

  private void pod(String name, JsonNode pod) {
    if (!pod.at("/status/phase").asText().equals("Running") || ended.contains(name)) {
      return;
    }
    String now = pod.at("/metadata/uid").asText() + " on " + pod.at("/spec/nodeName").asText();
    String before = running.putIfAbsent(name, now);
    if (before != null && !before.equals(now)) {
      wrong.add("pod " + name + " was " + before + ", and then " + now);
    }
    if (pod.at("/metadata").has("deletionTimestamp")) {
      wrong.add("pod " + name + " was deleted by somebody");
    }
  }

  /** Says that the test itself is about to end a pod. */
  void ends(String pod) {
    ended.add(pod);
    running.remove(pod);
  }

  /**
   * Has every rung that has been closed for a while look as if that were long ago, so that it is
   * deleted if it is empty.
   */
  void age() {
    Instant settled = Instant.now().minus(SETTLED);
    closed.forEach((rung, since) -> {
      if (since.isBefore(settled) && since.isAfter(settled.minus(Duration.ofHours(2)))) {
        // Refused where it was written meanwhile: it may have been opened, and closed anew.
        var _ =
            bed.attempt(
                "",
                "annotate",
                "nodepool",
                rung,
                "--overwrite",
                "--resource-version=" + versions.get(rung),
                "windfall.dev/closed-at=2026-01-01T00:00:00Z");
      }
    });
  }

  /** Everything that should not have been; empty when all is well. */
  Set<String> wrong() {
    return wrong;
  }

  int claims() {
    return claims.size();
  }

  int rungs() {
    return templates.size();
  }
}
