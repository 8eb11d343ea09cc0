package dev.windfall.providers.aws;

import dev.windfall.policies.Architecture;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import java.util.List;
import java.util.Optional;
import software.amazon.awssdk.services.ec2.model.GpuDeviceInfo;
import software.amazon.awssdk.services.ec2.model.InstanceTypeInfo;

/**
 * An instance type with whole GPUs.
 *
 * @param memory of the machine
 * @param spot whether it can be had as spot capacity
 * @param onDemand whether it can be had on demand
 */
record Machine(
    String type,
    Architecture architecture,
    Gpu gpu,
    int cpu,
    Memory memory,
    boolean spot,
    boolean onDemand) {
  private static final long MI = 1 << 20;
  private static final int MOST_GPUS = 128;

  /**
   * The machine that AWS describes.
   *
   * @return empty for a type without GPUs, with a part of one, or with several kinds
   */
  static Optional<Machine> of(InstanceTypeInfo info) {
    if (info.gpuInfo() == null || info.gpuInfo().gpus().size() != 1) {
      return Optional.empty();
    }
    GpuDeviceInfo device = info.gpuInfo().gpus().getFirst();
    if (!whole(device) || !complete(info, device)) {
      return Optional.empty();
    }
    return architecture(info)
        .map(architecture ->
            new Machine(
                info.instanceTypeAsString(),
                architecture,
                new Gpu(
                    device.manufacturer(),
                    model(device.name()),
                    device.count(),
                    new Memory(device.memoryInfo().sizeInMiB() * MI)),
                info.vCpuInfo().defaultVCpus(),
                new Memory(info.memoryInfo().sizeInMiB() * MI),
                info.supportedUsageClassesAsStrings().contains("spot"),
                info.supportedUsageClassesAsStrings().contains("on-demand")));
  }

  /** Types such as g6f have a part of a GPU: the count is 0, or the size of the part is said. */
  private static boolean whole(GpuDeviceInfo device) {
    return device.count() != null
        && device.count() >= 1
        && device.count() <= MOST_GPUS
        && (device.gpuPartitionSize() == null || device.gpuPartitionSize() >= 1);
  }

  private static boolean complete(InstanceTypeInfo info, GpuDeviceInfo device) {
    return info.instanceTypeAsString() != null
        && device.name() != null
        && device.manufacturer() != null
        && device.memoryInfo() != null
        && device.memoryInfo().sizeInMiB() != null
        && info.vCpuInfo() != null
        && info.vCpuInfo().defaultVCpus() != null
        && info.memoryInfo() != null
        && info.memoryInfo().sizeInMiB() != null
        && info.processorInfo() != null;
  }

  private static Optional<Architecture> architecture(InstanceTypeInfo info) {
    List<String> supported = info.processorInfo().supportedArchitecturesAsStrings();
    if (supported.contains("x86_64")) {
      return Optional.of(Architecture.AMD64);
    }
    return supported.contains("arm64") ? Optional.of(Architecture.ARM64) : Optional.empty();
  }

  /** As AWS writes it, fit for a label: some models have blanks in their names. */
  private static String model(String name) {
    return name.strip().replaceAll("[^A-Za-z0-9._-]+", "-");
  }

  /** The exact family: {@code g6} of {@code g6.xlarge}, and never of {@code g6e.xlarge}. */
  String family() {
    int dot = type.indexOf('.');
    return dot < 0 ? type : type.substring(0, dot);
  }
}
