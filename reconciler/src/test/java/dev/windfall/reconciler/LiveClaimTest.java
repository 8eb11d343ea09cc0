package dev.windfall.reconciler;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Needs;
import java.io.IOException;
import java.time.Instant;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.junit.jupiter.api.Test;

class LiveClaimTest {
  private static LiveClaim read(String json) throws IOException {
    try (JsonParser parser = new JsonFactory().createParser(json.replace('\'', '"'))) {
      parser.nextToken();
      return LiveClaim.read(parser);
    }
  }

  @Test
  void aClaimIsItsNameItsLabelsAndWhetherItDrifted() throws IOException {
    LiveClaim claim =
        read(
            """
            {'metadata': {'name': 'gpu-x', 'labels': {'karpenter.sh/nodepool': 'gpu'}},
             'spec': {'requirements': [{'key': 'a', 'operator': 'Exists'}]},
             'status': {'conditions': [
               {'type': 'Launched', 'status': 'True', 'observedGeneration': 1},
               {'type': 'Drifted', 'status': 'True'}]}}
            """);
    assertEquals("gpu-x", claim.name());
    assertEquals(Map.of("karpenter.sh/nodepool", "gpu"), claim.labels());
    assertTrue(claim.drifted());
  }

  @Test
  void itsLifeIsWhatItsMetadataAndConditionsSay() throws IOException {
    LiveClaim claim =
        read(
            """
            {'metadata': {'name': 'gpu-x', 'uid': 'u', 'resourceVersion': '7',
               'creationTimestamp': '2026-11-20T10:00:00Z',
               'deletionTimestamp': '2026-11-20T11:00:00Z',
               'labels': {'topology.kubernetes.io/zone': 'z', 'karpenter.sh/capacity-type': 'spot',
                 'node.kubernetes.io/instance-type': 'g6.xlarge'}},
             'status': {'nodeName': 'n', 'conditions': [
               {'type': 'Launched', 'status': 'True', 'lastTransitionTime': '2026-11-20T10:00:05Z'},
               {'type': 'Registered', 'status': 'Unknown'}]}}
            """);
    assertEquals(
        new LiveClaim.Life(
            "u",
            "7",
            Optional.of(Instant.parse("2026-11-20T10:00:00Z")),
            "n",
            Optional.of(Instant.parse("2026-11-20T11:00:00Z")),
            Map.of("Launched", Instant.parse("2026-11-20T10:00:05Z")),
            false),
        claim.life());
    assertEquals("z.g6.xlarge.spot", claim.offer().orElseThrow().toString());
  }

  @Test
  void aClaimSaysItsNodeAndWhatPodsMayUseOfIt() throws IOException {
    assertEquals(
        new LiveClaim(
            "gpu-x",
            Map.of(),
            false,
            new LiveClaim.Life(
                "",
                "",
                Optional.empty(),
                "ip-10-0-0-1",
                Optional.of(Instant.parse("2026-11-20T10:00:00Z")),
                Map.of(),
                false),
            4,
            new Needs(47_500, 180L << 30),
            LiveClaim.Asked.ANY),
        read(
            """
            {'metadata': {'name': 'gpu-x', 'deletionTimestamp': '2026-11-20T10:00:00Z'},
             'status': {'nodeName': 'ip-10-0-0-1', 'allocatable':
               {'nvidia.com/gpu': '4', 'cpu': '47500m', 'memory': '180Gi', 'pods': '110'}}}
            """));
  }

  @Test
  void aClaimAsksForTheTypesAndZonesThatItsPodsCanUse() throws IOException {
    LiveClaim.Asked asked =
        read("""
        {'metadata': {'name': 'gpu-x'}, 'spec': {'requirements': [
          {'key': 'node.kubernetes.io/instance-type', 'operator': 'In',
           'values': ['g5.xlarge', 'g6.xlarge']},
          {'key': 'topology.kubernetes.io/zone', 'operator': 'In', 'values': ['a']},
          {'key': 'windfall.dev/machine', 'operator': 'Exists'}]}}
        """)
            .asked();
    assertEquals(new LiveClaim.Asked(Set.of("a"), Set.of("g5.xlarge", "g6.xlarge")), asked);
    assertTrue(asked.allows(new OfferKey("a", "g5.xlarge", Capacity.SPOT)));
    assertFalse(asked.allows(new OfferKey("b", "g5.xlarge", Capacity.SPOT)));
    assertFalse(asked.allows(new OfferKey("a", "g4dn.xlarge", Capacity.SPOT)));
  }

  @Test
  void aConditionThatDoesNotHoldIsNotThere() throws IOException {
    assertEquals(
        new LiveClaim("gpu-x", Map.of(), false),
        read(
            """
            {'metadata': {'name': 'gpu-x'},
             'status': {'conditions': [{'type': 'Drifted', 'status': 'False'}]}}
            """));
  }
}
