package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Clocks;
import java.nio.file.Files;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.snakeyaml.engine.v2.api.Load;
import org.snakeyaml.engine.v2.api.LoadSettings;

/** A user of Leftover applies what they have. */
@Timeout(60)
class LeftoverTest extends OnePool {
  private static final String GROUP = "gpu.devplatforms.io/v1alpha1";
  private static final String POOL = "leftover-gpu-spot-euc1";
  private static final String DEFINITION = "leftovernodepools.gpu.devplatforms.io";

  private static JsonNode sample() throws Exception {
    String text = Files.readString(Repository.root().resolve("examples/leftovernodepool.yaml"));
    return JSON.valueToTree(new Load(LoadSettings.builder().build()).loadFromString(text));
  }

  private Server started(String mode) throws Exception {
    return started(
        server(
            "",
            Clocks.SYSTEM,
            "leftover: {role: gpu-nodes, amiAlias: al2023@v20260101" + mode + "}"));
  }

  private Optional<JsonNode> leftover() {
    return cluster
        .read(GROUP, "LeftoverNodePool", "", "gpu-spot-euc1")
        .map(found -> (JsonNode) found);
  }

  private String ready() {
    for (JsonNode condition : leftover().orElseThrow().at("/status/conditions")) {
      if (condition.path("type").asText().equals("Ready")) {
        return condition.path("reason").asText();
      }
    }
    return "";
  }

  /** Says of the node class, once it is there, what Karpenter says of a good one. */
  private boolean judged() {
    List<ObjectNode> classes = cluster.all("karpenter.k8s.aws/v1", "EC2NodeClass");
    return classes.size() == 1
        && cluster.change(
            "karpenter.k8s.aws/v1",
            "EC2NodeClass",
            "",
            classes.getFirst().at("/metadata/name").asText(),
            object -> {
              object
                  .withObject("/status")
                  .putArray("conditions")
                  .addObject()
                  .put("type", "Ready")
                  .put("status", "True");
              return object;
            });
  }

  @Test
  void theirManifestUnchangedComesToRungsInTheOrderOfPrices() throws Exception {
    try (Server _ = started("")) {
      put(sample().toString());
      eventually(() -> order().equals(List.of("g6", "g5")));
      eventually(this::judged);
      eventually(() -> ready().equals("Reconciled"));

      JsonNode status = leftover().orElseThrow().path("status");
      assertEquals(
          "[\"g6.xlarge\",\"g5.xlarge\"]", status.path("selectedInstanceTypes").toString());
      assertEquals("[\"eu-central-1a\"]", status.path("selectedZones").toString());
      assertEquals("0.4000", status.path("lastPriceUSD").asText());
    }
  }

  /** A flip rewrote the requirements of Leftover's one NodePool, so that what ran there drifted. */
  @Test
  void aPriceThatFlipsReordersRungsAndChangesNoTemplate() throws Exception {
    try (Server _ = started("")) {
      put(sample().toString());
      eventually(() -> order().equals(List.of("g6", "g5")));
      List<JsonNode> before = templates();
      prices("0.90", "0.60");
      eventually(() -> order().equals(List.of("g5", "g6")));

      assertEquals(before, templates());
    }
  }

  @Test
  void whoOnlyObservesLeavesEverythingOfLeftoversAlone() throws Exception {
    try (Server server = started(", mode: Observe")) {
      put(sample().toString());
      eventually(() ->
          cluster
              .read("windfall.dev/v1alpha1", "SpotPool", "", POOL)
              .filter(pool -> pool.at("/status/observed").has("actions"))
              .isPresent());
      for (int i = 0; i < 2; i++) {
        double passes = passes(server, "leftover");
        String meaningless = Double.toString(passes);
        assertTrue(
            cluster.change(
                "windfall.dev/v1alpha1",
                "SpotPool",
                "",
                POOL,
                pool -> {
                  pool.withObject("/metadata/annotations").put("looked", meaningless);
                  return pool;
                }));
        eventually(() -> passes(server, "leftover") > passes);
      }

      assertEquals(List.of(), cluster.requests("patch", "leftovernodepools"));
      assertEquals(List.of(), order());
    }
  }

  /** Its chart would apply it again, and the two would go on for ever. */
  @Test
  void underObserveADefinitionThatIsThereStays() throws Exception {
    put(
        """
        {"apiVersion": "apiextensions.k8s.io/v1", "kind": "CustomResourceDefinition",
         "metadata": {"name": "leftovernodepools.gpu.devplatforms.io"},
         "spec": {"group": "gpu.devplatforms.io", "scope": "Cluster",
          "names": {"kind": "LeftoverNodePool", "listKind": "LeftoverNodePoolList", "plural": "leftovernodepools", "singular": "leftovernodepool"},
          "versions": [{"name": "v1alpha1", "served": true, "storage": true, "subresources": {"status": {}},
            "schema": {"openAPIV3Schema": {"type": "object", "x-kubernetes-preserve-unknown-fields": true}}}]}}
        """);
    try (Server _ = started(", mode: Observe")) {
      assertEquals(List.of(), theirs());
    }
    try (Server _ = started("")) {
      assertEquals(1, theirs().size());
      assertTrue(
          cluster
              .read("apiextensions.k8s.io/v1", "CustomResourceDefinition", "", DEFINITION)
              .orElseThrow()
              .toString()
              .contains("minSpotScore"));
    }
  }

  private List<JsonNode> theirs() {
    return cluster.requests("patch", "customresourcedefinitions").stream()
        .filter(patch -> patch.path().endsWith(DEFINITION))
        .map(patch -> patch.body())
        .toList();
  }

  private List<JsonNode> templates() {
    return cluster.all("karpenter.sh/v1", "NodePool").stream()
        .map(rung -> rung.at("/spec/template"))
        .toList();
  }
}
