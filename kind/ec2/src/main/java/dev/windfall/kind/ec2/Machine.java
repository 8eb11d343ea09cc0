package dev.windfall.kind.ec2;

import java.util.List;

/**
 * An instance type, as EC2 describes one.
 *
 * @param architectures such as {@code x86_64} and {@code arm64}
 * @param gpus empty for a type without any
 * @param usage how it can be bought: {@code on-demand}, {@code spot}
 */
public record Machine(
    String type,
    List<String> architectures,
    int vcpus,
    long memoryMiB,
    List<Gpu> gpus,
    List<String> usage) {

  /**
   * GPUs of one kind.
   *
   * @param count whole ones; 0 for a part of one
   * @param memoryMiB of each
   */
  public record Gpu(String manufacturer, String name, int count, long memoryMiB) {}

  public Machine {
    architectures = List.copyOf(architectures);
    gpus = List.copyOf(gpus);
    usage = List.copyOf(usage);
  }

  /** A machine for spot and on-demand with NVIDIA's GPUs and an x86 processor. */
  public static Machine nvidia(
      String type, int vcpus, int memoryGiB, int gpus, String model, long gpuMemoryMiB) {
    return new Machine(
        type,
        List.of("x86_64"),
        vcpus,
        memoryGiB * 1024L,
        List.of(new Gpu("NVIDIA", model, gpus, gpuMemoryMiB)),
        List.of("on-demand", "spot"));
  }

  /** A machine without GPUs. */
  public static Machine plain(String type, int vcpus, int memoryGiB) {
    return new Machine(
        type, List.of("x86_64"), vcpus, memoryGiB * 1024L, List.of(), List.of("on-demand", "spot"));
  }

  /** The same with another processor. */
  public Machine architecture(String architecture) {
    return new Machine(type, List.of(architecture), vcpus, memoryMiB, gpus, usage);
  }

  /** The same with other GPUs. */
  public Machine gpus(Gpu... others) {
    return new Machine(type, architectures, vcpus, memoryMiB, List.of(others), usage);
  }
}
