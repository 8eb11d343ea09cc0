package dev.windfall.reconciler.rungs;

import static dev.windfall.reconciler.Market.book;
import static dev.windfall.reconciler.Market.offer;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.MergePatch;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

class DriftTest {
  private final Cluster cluster =
      new Cluster().pool("gpu", "").prices(book(offer("g6.xlarge", "a", "0.40")));
  private ObjectNode rung;
  private LiveClaim claim;

  DriftTest() {
    cluster.settle();
    rung = cluster.object("g6.xlarge/a");
    claim = cluster.launch(cluster.rung("g6.xlarge/a"));
  }

  @BeforeEach
  void nothingDriftsAsItIs() {
    assertEquals(Optional.empty(), drift(rung));
  }

  private Optional<String> drift(ObjectNode after) {
    return Drift.of(rung, after, List.of(claim));
  }

  private ObjectNode requiring(String requirement) {
    ObjectNode after = rung.deepCopy();
    ((ArrayNode) after.at("/spec/template/spec/requirements")).add(Cluster.json(requirement));
    return after;
  }

  private ObjectNode patched(String patch) {
    return MergePatch.apply(rung, Cluster.json(patch));
  }

  @Test
  void knobsDriftNothing() {
    assertEquals(
        Optional.empty(),
        drift(
            patched(
                """
                {'metadata': {'annotations': {'a': 'b'}},
                 'spec': {'weight': 3, 'limits': {'nvidia.com/gpu': '0'},
                          'disruption': {'consolidateAfter': '0s'}}}
                """)));
  }

  @Test
  void aNarrowedRequirementDrifts() {
    ObjectNode after = rung.deepCopy();
    ((ArrayNode) after.at("/spec/template/spec/requirements/1/values"))
        .removeAll()
        .add("eu-central-1b");
    assertTrue(drift(after).orElseThrow().contains("topology.kubernetes.io/zone"));
  }

  @Test
  void aWidenedRequirementDoesNot() {
    ObjectNode after = rung.deepCopy();
    ((ArrayNode) after.at("/spec/template/spec/requirements/1/values")).add("eu-central-1b");
    assertEquals(Optional.empty(), drift(after));
  }

  @Test
  void aRequirementOnALabelThatTheClaimLacksDrifts() {
    assertTrue(drift(requiring("{'key': 'new', 'operator': 'Exists'}")).isPresent());
    assertTrue(drift(requiring("{'key': 'new', 'operator': 'Gt', 'values': ['3']}")).isPresent());
  }

  @Test
  void anAbsentLabelMeetsNotInAndDoesNotExist() {
    assertEquals(
        Optional.empty(), drift(requiring("{'key': 'new', 'operator': 'NotIn', 'values': ['x']}")));
    assertEquals(Optional.empty(), drift(requiring("{'key': 'new', 'operator': 'DoesNotExist'}")));
  }

  @Test
  void aPresentLabelDoesNotMeetDoesNotExist() {
    assertTrue(
        drift(requiring("{'key': 'kubernetes.io/arch', 'operator': 'DoesNotExist'}")).isPresent());
  }

  @Test
  void anythingStaticInTheTemplateDrifts() {
    for (String template :
        List.of(
            "{'metadata': {'labels': {'team': 'x'}}}",
            "{'metadata': {'annotations': {'team': 'x'}}}",
            "{'spec': {'taints': []}}",
            "{'spec': {'expireAfter': '720h'}}",
            "{'spec': {'terminationGracePeriod': '1h'}}",
            "{'spec': {'nodeClassRef': {'name': 'other'}}}")) {
      String patch = "{'spec': {'template': " + template + "}}";
      assertTrue(drift(patched(patch)).isPresent(), patch);
    }
  }

  @Test
  void aClaimThatIsDriftedAnywayDoesNotCount() {
    claim = new LiveClaim(claim.name(), claim.labels(), true);
    assertEquals(
        Optional.empty(), drift(patched("{'spec': {'template': {'spec': {'taints': []}}}}")));
  }

  @Test
  void aClaimOfAnotherRungDoesNotCount() {
    claim = new LiveClaim("other", java.util.Map.of(LiveClaim.NODEPOOL, "other"), false);
    assertEquals(
        Optional.empty(), drift(patched("{'spec': {'template': {'spec': {'taints': []}}}}")));
  }
}
