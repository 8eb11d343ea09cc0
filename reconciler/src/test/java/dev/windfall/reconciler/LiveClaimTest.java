package dev.windfall.reconciler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.policies.Needs;
import java.io.IOException;
import java.util.Map;
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
    assertEquals(
        new LiveClaim("gpu-x", Map.of("karpenter.sh/nodepool", "gpu"), true),
        read(
            """
            {'metadata': {'name': 'gpu-x', 'labels': {'karpenter.sh/nodepool': 'gpu'}},
             'spec': {'requirements': [{'key': 'a', 'operator': 'Exists'}]},
             'status': {'conditions': [
               {'type': 'Launched', 'status': 'True', 'observedGeneration': 1},
               {'type': 'Drifted', 'status': 'True'}]}}
            """));
  }

  @Test
  void aClaimSaysItsNodeAndWhatPodsMayUseOfIt() throws IOException {
    assertEquals(
        new LiveClaim(
            "gpu-x", Map.of(), false, true, "ip-10-0-0-1", 4, new Needs(47_500, 180L << 30)),
        read(
            """
            {'metadata': {'name': 'gpu-x', 'deletionTimestamp': '2026-11-20T10:00:00Z'},
             'status': {'nodeName': 'ip-10-0-0-1', 'allocatable':
               {'nvidia.com/gpu': '4', 'cpu': '47500m', 'memory': '180Gi', 'pods': '110'}}}
            """));
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
