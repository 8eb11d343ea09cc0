package dev.windfall.server;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.policies.SpotPool;
import java.util.List;
import org.junit.jupiter.api.Test;

class ScoredNodesTest {
  private final ScoredNodes scored = new ScoredNodes();

  private static SpotPool pool(String provider, String region, int targetCount) {
    return SpotPool.read(
        "pool.yaml",
        """
        apiVersion: windfall.dev/v1alpha1
        kind: SpotPool
        metadata: {name: gpu}
        spec:
          provider: %s
          region: %s
          nodeClassRef: {group: karpenter.k8s.aws, kind: EC2NodeClass, name: gpu}
          targetCount: %d
        """
            .formatted(provider, region, targetCount));
  }

  @Test
  void ofThePoolsOfARegionTheHighestCounts() {
    scored.follow(() ->
        List.of(
            pool("aws", "eu-central-1", 4),
            pool("aws", "eu-central-1", 16),
            pool("aws", "eu-north-1", 99),
            pool("other", "eu-central-1", 99)));
    assertEquals(16, scored.in("eu-central-1"));
  }

  @Test
  void whereNoPoolSaysItIsTwo() {
    assertEquals(2, scored.in("eu-central-1"));
    scored.follow(List::of);
    assertEquals(2, scored.in("eu-central-1"));
  }
}
