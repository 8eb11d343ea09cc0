package dev.windfall.kind.e2e;

import com.fasterxml.jackson.databind.JsonNode;

/** Karpenter without Windfall: one NodePool of every spot offer, and pods for it alone. */
final class PlainKarpenter {
  static final String NODE_POOL =
      """
      apiVersion: karpenter.sh/v1
      kind: NodePool
      metadata: {name: plain}
      spec:
        disruption: {consolidationPolicy: WhenEmpty, consolidateAfter: 5m}
        template:
          spec:
            expireAfter: Never
            nodeClassRef: {group: karpenter.kwok.sh, kind: KWOKNodeClass, name: default}
            taints:
            - {key: nvidia.com/gpu, value: "true", effect: NoSchedule}
            - {key: plain, effect: NoSchedule}
            requirements:
            - {key: karpenter.sh/capacity-type, operator: In, values: [spot]}
            - {key: kubernetes.io/arch, operator: In, values: [amd64]}
      """;

  private PlainKarpenter() {}

  static TestPod pod(String name) {
    return TestPod.plain(name)
        .says(
            "tolerations: [{key: nvidia.com/gpu, operator: Exists}, {key: plain, operator:"
                + " Exists}]");
  }

  /** Whether a Node or NodeClaim was launched for such pods. */
  static boolean launched(JsonNode node) {
    return node.at("/metadata/labels").path("karpenter.sh/nodepool").asText().equals("plain");
  }
}
