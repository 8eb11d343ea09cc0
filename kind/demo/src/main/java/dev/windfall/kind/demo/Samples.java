package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.Keys;

/** The objects that the demo begins with, and the pods it creates. */
final class Samples {
  static final String POOL = "gpu";

  /** The pool's cap, USD per GPU-hour: dearer offers close. */
  static final String POOL_CAP = "1.20";

  static final String ABOVE_POOL_CAP = "1.4200";

  /** The cap of a pod, USD per GPU-hour. */
  static final String POD_CAP = "0.90";

  private Samples() {}

  static ObjectNode nodeClass() {
    return Cluster.json(
        """
        {"apiVersion": "karpenter.k8s.aws/v1", "kind": "EC2NodeClass", "metadata": {"name": "gpu"}, "spec": {}}
        """);
  }

  static ObjectNode spotPool() {
    return Cluster.json(
        """
        {"apiVersion": "windfall.dev/v1alpha1", "kind": "SpotPool", "metadata": {"name": "%s"},
         "spec": {"provider": "aws", "region": "eu-central-1", "families": ["g5", "g6", "g6e"],
          "nodeClassRef": {"group": "karpenter.k8s.aws", "kind": "EC2NodeClass", "name": "gpu"},
          "gpu": {"maxCount": 4}, "maxZones": 3, "maxPricePerGpu": "%s", "disruption": {"consolidateAfter": "60s"}}}
        """
            .formatted(POOL, POOL_CAP));
  }

  /** A pod as its author writes it. */
  static ObjectNode pod(String name, int gpus, String spot) {
    return Cluster.json(
        """
        {"apiVersion": "v1", "kind": "Pod",
         "metadata": {"name": "%s", "annotations": {"windfall.dev/spot": "%s"}},
         "spec": {"containers": [{"name": "main", "image": "trainer",
          "resources": {"limits": {"nvidia.com/gpu": "%d"}}}]}}
        """
            .formatted(name, spot, gpus));
  }

  static ObjectNode capped(ObjectNode pod, String usdPerGpuHour) {
    ((ObjectNode) pod.at("/metadata/annotations")).put(Keys.MAX_PRICE_PER_GPU, usdPerGpuHour);
    return pod;
  }
}
