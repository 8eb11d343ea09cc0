package dev.windfall.policies;

import java.util.HashMap;
import java.util.Map;

/**
 * How many GPUs, or shares of GPUs, by the name under which NVIDIA's device plug-in offers them:
 * whole ones and time-sliced ones as {@code nvidia.com/gpu}, time-sliced ones also as {@code
 * nvidia.com/gpu.shared}, MIG slices as {@code nvidia.com/mig-1g.5gb}.
 *
 * @param byResource none of them zero
 */
public record GpuCounts(Map<String, Integer> byResource) {
  public static final GpuCounts NONE = new GpuCounts(Map.of());

  private static final String SHARED = Keys.GPU_RESOURCE + ".shared";
  private static final String MIG = "nvidia.com/mig-";

  public GpuCounts {
    byResource = Map.copyOf(byResource);
  }

  /** {@code gpus} of {@code nvidia.com/gpu}. */
  public static GpuCounts whole(int gpus) {
    return gpus == 0 ? NONE : new GpuCounts(Map.of(Keys.GPU_RESOURCE, gpus));
  }

  /** What is said by resource, as text; what cannot be read counts as none. */
  public static GpuCounts of(Map<String, String> resources) {
    Map<String, Integer> counts = new HashMap<>();
    resources.forEach((resource, text) -> {
      int count = counts(resource) ? sum(0, Quantity.lenient(text, 1)) : 0;
      if (count > 0) {
        counts.put(resource, count);
      }
    });
    return counts.isEmpty() ? NONE : new GpuCounts(counts);
  }

  /** Whether a resource of this name is a GPU or a share of one. */
  public static boolean counts(String resource) {
    return resource.equals(Keys.GPU_RESOURCE)
        || resource.equals(SHARED)
        || resource.startsWith(MIG);
  }

  /** Those of {@code nvidia.com/gpu}. */
  public int whole() {
    return byResource.getOrDefault(Keys.GPU_RESOURCE, 0);
  }

  /** All of them, whatever they are. */
  public int total() {
    int total = 0;
    for (int count : byResource.values()) {
      total = sum(total, count);
    }
    return total;
  }

  public boolean isEmpty() {
    return byResource.isEmpty();
  }

  /** More GPUs than an int can say stay more than anybody has. */
  static int sum(long some, long more) {
    return (int) Math.min(some + more, Integer.MAX_VALUE);
  }
}
