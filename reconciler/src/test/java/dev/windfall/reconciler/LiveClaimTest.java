package dev.windfall.reconciler;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
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
