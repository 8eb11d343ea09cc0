package dev.windfall.market;

import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.Keys;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a share of a GPU is of it, on one node. A GPU is sliced by MIG into up to seven, of which
 * {@code nvidia.com/mig-3g.20gb} is three; and each GPU or slice may be lent to several pods at
 * once, as the labels {@code nvidia.com/gpu.replicas} and {@code nvidia.com/mig-1g.5gb.replicas} of
 * NVIDIA's feature discovery say. The unit is a seventh of a GPU.
 *
 * <p>A node of one kind of share needs none of this: its shares are alike. It matters where kinds
 * are mixed.
 *
 * @param replicas by label without its ending; those that are not lent are not in it
 */
public record GpuSlicing(Map<String, Integer> replicas) {
  /** Every GPU and slice is one pod's. */
  public static final GpuSlicing NONE = new GpuSlicing(Map.of());

  private static final String ENDING = ".replicas";
  private static final String SHARED = ".shared";
  private static final int SEVENTHS = 7;

  /** {@code 1g.5gb}, {@code 1g.5gb.me}, and {@code 1c.3g.20gb} for one of its compute instances. */
  private static final Pattern PROFILE =
      Pattern.compile("nvidia\\.com/mig-(?:([1-7])c\\.)?([1-7])g\\..*");

  public GpuSlicing {
    replicas = Map.copyOf(replicas);
  }

  static GpuSlicing of(Map<String, String> labels) {
    Map<String, Integer> replicas = new HashMap<>();
    labels.forEach((label, value) -> {
      if (label.endsWith(ENDING)) {
        String resource = label.substring(0, label.length() - ENDING.length());
        int count = count(value);
        if (GpuCounts.counts(resource) && count > 1) {
          replicas.put(resource, count);
        }
      }
    });
    return replicas.isEmpty() ? NONE : new GpuSlicing(replicas);
  }

  private static int count(String value) {
    try {
      return Integer.parseInt(value);
    } catch (NumberFormatException e) {
      return 1;
    }
  }

  /** What {@code counts} are together, in sevenths of a GPU. */
  public double sevenths(GpuCounts counts) {
    double sum = 0;
    for (Map.Entry<String, Integer> each : counts.byResource().entrySet()) {
      sum += each.getValue() * sevenths(each.getKey());
    }
    return sum;
  }

  private double sevenths(String resource) {
    String lent =
        resource.endsWith(SHARED)
            ? resource.substring(0, resource.length() - SHARED.length())
            : resource;
    return (double) slices(lent) / replicas.getOrDefault(lent, 1);
  }

  private static int slices(String resource) {
    if (resource.equals(Keys.GPU_RESOURCE)) {
      return SEVENTHS;
    }
    Matcher profile = PROFILE.matcher(resource);
    if (!profile.matches()) {
      return 1;
    }
    String computes = profile.group(1);
    return Integer.parseInt(computes == null ? profile.group(2) : computes);
  }
}
