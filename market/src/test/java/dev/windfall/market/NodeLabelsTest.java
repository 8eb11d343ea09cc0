package dev.windfall.market;

import static org.junit.jupiter.api.Assertions.assertEquals;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.policies.GpuCounts;
import java.io.IOException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/**
 * Nodes with the labels and resources that others give them.
 *
 * <p>What NVIDIA's feature discovery writes is from the source of NVIDIA/k8s-device-plugin,
 * internal/lm: {@code resource.go} (product, count and replicas of each resource; replicas is 1 for
 * what is not shared and 0 for whole GPUs that are cut by MIG; a resource that is renamed keeps its
 * name in the labels), {@code mig-strategy.go} (strategy single calls every slice nvidia.com/gpu,
 * mixed calls it nvidia.com/mig-PROFILE) and {@code nvml.go} (mps.capable). Those of clouds are
 * what their documents say of nodes they make.
 */
class NodeLabelsTest {
  private static final String PLACE =
      "topology.kubernetes.io/zone=eu-central-1a node.kubernetes.io/instance-type=p4d.24xlarge ";

  private static final String DISCOVERED =
      PLACE
          + "karpenter.sh/capacity-type=spot nvidia.com/cuda.driver-version.full=580.126.16"
          + " nvidia.com/gpu.family=ampere nvidia.com/gpu.compute.major=8 nvidia.com/gpu.count=8"
          + " nvidia.com/gpu.memory=40960 nvidia.com/mig.capable=true nvidia.com/gpu.mode=compute"
          + " nvidia.com/vgpu.present=false ";

  @Test
  void wholeGpus() throws IOException {
    Node node =
        node(
            DISCOVERED
                + "nvidia.com/gpu.product=NVIDIA-A100-SXM4-40GB nvidia.com/gpu.replicas=1"
                + " nvidia.com/gpu.sharing-strategy=none nvidia.com/mig.strategy=single"
                + " nvidia.com/mps.capable=false",
            "nvidia.com/gpu=8");

    assertEquals(GpuCounts.whole(8), node.gpus());
    assertEquals(GpuSlicing.NONE, node.slicing());
    assertEquals(1, gpus(node, "nvidia.com/gpu", 1));
  }

  @Test
  void gpusThatAreLentInTimeAndCalledAsBefore() throws IOException {
    Node node =
        node(
            DISCOVERED
                + "nvidia.com/gpu.product=NVIDIA-A100-SXM4-40GB-SHARED nvidia.com/gpu.replicas=4"
                + " nvidia.com/gpu.sharing-strategy=time-slicing",
            "nvidia.com/gpu=32");

    assertEquals(0.25, gpus(node, "nvidia.com/gpu", 1));
    assertEquals(8, gpus(node, "nvidia.com/gpu", 32));
  }

  /** The label speaks of nvidia.com/gpu, while pods ask for nvidia.com/gpu.shared. */
  @Test
  void gpusThatAreLentInTimeAndRenamed() throws IOException {
    Node node =
        node(
            DISCOVERED
                + "nvidia.com/gpu.product=NVIDIA-A100-SXM4-40GB nvidia.com/gpu.replicas=10"
                + " nvidia.com/gpu.sharing-strategy=time-slicing",
            "nvidia.com/gpu=0 nvidia.com/gpu.shared=80");

    assertEquals(Map.of("nvidia.com/gpu.shared", 80), node.gpus().byResource());
    assertEquals(8, gpus(node, "nvidia.com/gpu.shared", 80), 1e-9);
  }

  @Test
  void gpusThatAreLentByMps() throws IOException {
    Node node =
        node(
            DISCOVERED
                + "nvidia.com/gpu.product=NVIDIA-A100-SXM4-40GB-SHARED nvidia.com/gpu.replicas=5"
                + " nvidia.com/gpu.sharing-strategy=mps nvidia.com/mps.capable=true",
            "nvidia.com/gpu=40");

    assertEquals(0.2, gpus(node, "nvidia.com/gpu", 1), 1e-9);
  }

  /**
   * Each nvidia.com/gpu is a slice there. They are alike, so what one costs comes out right; as
   * many are free as there are of them.
   */
  @Test
  void slicesThatAreAllAlikeAndCalledGpus() throws IOException {
    Node node =
        node(
            DISCOVERED
                + "nvidia.com/mig.strategy=single nvidia.com/gpu.count=56"
                + " nvidia.com/gpu.product=NVIDIA-A100-SXM4-40GB-MIG-1g.5gb"
                + " nvidia.com/gpu.replicas=1 nvidia.com/gpu.memory=4864"
                + " nvidia.com/gpu.slices.gi=1 nvidia.com/gpu.slices.ci=1"
                + " nvidia.com/gpu.multiprocessors=14",
            "nvidia.com/gpu=56");

    assertEquals(GpuSlicing.NONE, node.slicing());
    assertEquals(
        gpus(node, "nvidia.com/gpu", 56),
        node.slicing().sevenths(node.gpus()) / 7,
        "a node that is full is full");
  }

  @Test
  void slicesOfSeveralSizes() throws IOException {
    Node node =
        node(
            DISCOVERED
                + "nvidia.com/mig.strategy=mixed nvidia.com/gpu.product=NVIDIA-A100-SXM4-40GB"
                + " nvidia.com/gpu.replicas=0"
                + " nvidia.com/mig-1g.5gb.count=16 nvidia.com/mig-1g.5gb.replicas=1"
                + " nvidia.com/mig-1g.5gb.product=NVIDIA-A100-SXM4-40GB-MIG-1g.5gb"
                + " nvidia.com/mig-1g.5gb.slices.gi=1 nvidia.com/mig-1g.5gb.slices.ci=1"
                + " nvidia.com/mig-1g.5gb.memory=4864 nvidia.com/mig-1g.5gb.engines.copy=1"
                + " nvidia.com/mig-2g.10gb.count=8 nvidia.com/mig-2g.10gb.replicas=1"
                + " nvidia.com/mig-3g.20gb.count=8 nvidia.com/mig-3g.20gb.replicas=1",
            "nvidia.com/gpu=0 nvidia.com/mig-1g.5gb=16 nvidia.com/mig-2g.10gb=8"
                + " nvidia.com/mig-3g.20gb=8");

    assertEquals(GpuSlicing.NONE, node.slicing());
    assertEquals(1 / 7.0, gpus(node, "nvidia.com/mig-1g.5gb", 1));
    assertEquals(3 / 7.0, gpus(node, "nvidia.com/mig-3g.20gb", 1));
    assertEquals(8, node.slicing().sevenths(node.gpus()) / 7, 1e-9);
  }

  @Test
  void slicesThatAreLentBesideWholeGpusThatAreNot() throws IOException {
    Node node =
        node(
            DISCOVERED
                + "nvidia.com/mig.strategy=mixed nvidia.com/gpu.replicas=1"
                + " nvidia.com/mig-1g.5gb.count=7 nvidia.com/mig-1g.5gb.replicas=2"
                + " nvidia.com/mig-1g.5gb.product=NVIDIA-A100-SXM4-40GB-MIG-1g.5gb-SHARED",
            "nvidia.com/gpu=7 nvidia.com/mig-1g.5gb=14");

    assertEquals(1 / 14.0, gpus(node, "nvidia.com/mig-1g.5gb", 1));
    assertEquals(1, gpus(node, "nvidia.com/gpu", 1));
    assertEquals(8, node.slicing().sevenths(node.gpus()) / 7, 1e-9);
  }

  @Test
  void slicesThatAreLentAndRenamed() throws IOException {
    Node node =
        node(
            DISCOVERED
                + "nvidia.com/mig.strategy=mixed nvidia.com/gpu.replicas=0"
                + " nvidia.com/mig-3g.20gb.count=16 nvidia.com/mig-3g.20gb.replicas=3"
                + " nvidia.com/mig-3g.20gb.product=NVIDIA-A100-SXM4-40GB-MIG-3g.20gb",
            "nvidia.com/mig-3g.20gb.shared=48");

    assertEquals(1 / 7.0, gpus(node, "nvidia.com/mig-3g.20gb.shared", 1), 1e-9);
  }

  @Test
  void slicesWithAMediaEngineOrCutInComputeInstances() throws IOException {
    Node node = node(DISCOVERED, "nvidia.com/mig-1g.5gb.me=1 nvidia.com/mig-1c.3g.20gb=6");

    assertEquals(1 / 7.0, gpus(node, "nvidia.com/mig-1g.5gb.me", 1));
    assertEquals(1 / 7.0, gpus(node, "nvidia.com/mig-1c.3g.20gb", 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # replicas   | of 8 there are so many GPUs
          0            | 8
          1            | 8
          -4           | 8
          many         | 8
          99999999999  | 8
          ''           | 8
          8            | 1
          """)
  void aNumberOfReplicasThatIsNoneMakesNoShares(String replicas, double physical)
      throws IOException {
    Node node = node(PLACE + "nvidia.com/gpu.replicas=" + replicas, "nvidia.com/gpu=8");

    assertEquals(physical, gpus(node, "nvidia.com/gpu", 8), 1e-9);
  }

  /** GPUs of a strategy single that cannot hold: the plug-in offers none of them then. */
  @Test
  void aNodeWhoseSlicesDoNotFitItsStrategyHasNoGpus() throws IOException {
    Node node =
        node(
            DISCOVERED
                + "nvidia.com/mig.strategy=single nvidia.com/gpu.replicas=0"
                + " nvidia.com/gpu.product=NVIDIA-A100-SXM4-40GB-MIG-INVALID",
            "nvidia.com/gpu=0");

    assertEquals(GpuCounts.NONE, node.gpus());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # labels beside zone and type                                       | capacity
          karpenter.sh/capacity-type=spot karpenter.sh/nodepool=gpu           | spot
          karpenter.sh/capacity-type=on-demand karpenter.sh/nodepool=gpu      | on-demand
          karpenter.sh/capacity-type=reserved karpenter.k8s.aws/capacity-reservation-type=default | reserved
          eks.amazonaws.com/capacityType=SPOT eks.amazonaws.com/nodegroup=gpu | spot
          eks.amazonaws.com/capacityType=ON_DEMAND eks.amazonaws.com/nodegroup=gpu | on-demand
          eks.amazonaws.com/capacityType=CAPACITY_BLOCK                       | reserved
          eks.amazonaws.com/capacityType=LATER                                |
          cloud.google.com/gke-nodepool=gpu cloud.google.com/gke-spot=true cloud.google.com/gke-accelerator=nvidia-l4 | spot
          cloud.google.com/gke-nodepool=gpu cloud.google.com/gke-preemptible=true | spot
          cloud.google.com/gke-nodepool=gpu cloud.google.com/gke-provisioning=standard | on-demand
          kubernetes.azure.com/agentpool=gpu kubernetes.azure.com/scalesetpriority=spot | spot
          kubernetes.azure.com/agentpool=gpu kubernetes.azure.com/mode=user   | on-demand
          node-role.kubernetes.io/worker=true                                 | owned
          """)
  void whoMadeANodeSaysHowItIsHeld(String labels, String capacity) throws IOException {
    assertEquals(
        Optional.ofNullable(capacity).map(held -> "eu-central-1a.p4d.24xlarge." + held),
        node(PLACE + labels, "nvidia.com/gpu=8").offer().map(OfferKey::toString));
  }

  @Test
  void aNodeThatNobodyLabelledIsNoOffer() throws IOException {
    Node node =
        node(
            "kubernetes.io/arch=amd64 kubernetes.io/os=linux kubernetes.io/hostname=rack-7",
            "nvidia.com/gpu=8");

    assertEquals(Optional.empty(), node.offer());
    assertEquals(GpuCounts.whole(8), node.gpus());
  }

  private static double gpus(Node node, String resource, int count) {
    return node.slicing().sevenths(new GpuCounts(Map.of(resource, count))) / 7;
  }

  /** A node with these labels and allocatable resources: {@code key=value key=value}. */
  private static Node node(String labels, String allocatable) throws IOException {
    String text =
        "{\"metadata\":{\"name\":\"n\",\"labels\":%s},\"status\":{\"allocatable\":%s}}"
            .formatted(json(labels), json(allocatable));
    try (JsonParser json = new JsonFactory().createParser(text)) {
      json.nextToken();
      return Node.read(json);
    }
  }

  private static String json(String pairs) {
    Map<String, String> last = new LinkedHashMap<>();
    for (String pair : pairs.strip().split(" +", -1)) {
      last.put(pair.substring(0, pair.indexOf('=')), pair.substring(pair.indexOf('=') + 1));
    }
    return last.entrySet().stream()
        .map(each -> "\"%s\":\"%s\"".formatted(each.getKey(), each.getValue()))
        .collect(Collectors.joining(",", "{", "}"));
  }
}
