package dev.windfall.policies;

/**
 * The GPUs of one machine.
 *
 * @param manufacturer as the vendor writes it, {@code NVIDIA}
 * @param model as the vendor writes it, {@code L4}
 * @param count whole GPUs, 1 or more; machines with a fraction of a GPU are none of ours
 * @param memory of each GPU
 */
public record Gpu(String manufacturer, String model, int count, Memory memory) {
  /** The only manufacturer whose GPUs the resource {@code nvidia.com/gpu} counts. */
  public static final String NVIDIA = "NVIDIA";

  public boolean nvidia() {
    return manufacturer.equalsIgnoreCase(NVIDIA);
  }
}
