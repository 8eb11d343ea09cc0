package dev.windfall.policies;

import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.regex.Pattern;

/**
 * What may be bought: the offers that a pool's rungs are made of, and the limits it keeps. The
 * resource {@code SpotPool} of {@code windfall.dev/v1alpha1}, cluster-scoped; its fields are
 * explained in the custom resource definition.
 *
 * @param name a DNS label of at most 30 characters, since the rungs' names begin with it
 * @param families exact instance families such as {@code g6}, never prefixes; empty: any
 * @param maxInstanceTypes bound on exact rungs per GPU model and count, together with {@code
 *     maxZones}
 * @param minPlacementScore 1 to 10; an unknown score passes
 * @param maxPricePerGpu USD per GPU-hour
 * @param gpuLimit GPUs of all rungs together
 * @param labels for the nodes, in addition to Windfall's own
 * @param taints for the nodes, in addition to the rungs' own
 */
public record SpotPool(
    String name,
    String provider,
    String region,
    NodeClassRef nodeClassRef,
    List<String> families,
    GpuBounds gpu,
    Capacity capacity,
    int maxInstanceTypes,
    int maxZones,
    int minPlacementScore,
    Optional<Usd> maxPricePerGpu,
    OptionalInt gpuLimit,
    Map<String, String> labels,
    List<Taint> taints,
    Disruption disruption,
    Ranking ranking) {

  /** The {@code kind} of such a document. */
  public static final String KIND = "SpotPool";

  /** The provider's node class that the rungs' templates refer to. */
  public record NodeClassRef(String group, String kind, String name) {}

  /**
   * Which GPUs.
   *
   * @param models exact names such as {@code L4}; empty: any
   * @param minCount GPUs of one machine, at least
   * @param maxCount GPUs of one machine, at most
   * @param minMemory of each GPU
   */
  public record GpuBounds(
      List<String> models, int minCount, int maxCount, Optional<Memory> minMemory) {}

  /** A taint of a node, as Kubernetes has it. */
  public record Taint(String key, String value, String effect) {
    /** What keeps pods without GPUs off every rung; the usual taint of GPU nodes. */
    public static final Taint GPU = new Taint(Keys.GPU_RESOURCE, "true", "NoSchedule");

    /** What keeps pods that Windfall did not admit off every rung. */
    public static final Taint RUNG = new Taint(Keys.RUNG, "", "NoSchedule");

    /** Those of every rung. */
    public static final List<Taint> RUNGS = List.of(GPU, RUNG);
  }

  /**
   * When Karpenter may take nodes away. Only empty ones, ever.
   *
   * @param consolidateAfter how long a node has to be empty
   * @param emptyBudget how many empty nodes of a rung may go at once, as Karpenter writes it:
   *     {@code 100%}, {@code 5}
   */
  public record Disruption(Duration consolidateAfter, String emptyBudget) {}

  /**
   * How steady the order is.
   *
   * @param hysteresis the lead, as a fraction, below which an order does not change
   * @param minHold how long a larger lead must last before the order changes
   * @param maxQuoteAge the age from which a price does not count
   */
  public record Ranking(double hysteresis, Duration minHold, Duration maxQuoteAge) {}

  private static final int MOST_LABELS = 50;
  private static final int MOST_TAINTS = 20;

  private static final Shape<String> NAME =
      Shape.matching(
          "[a-z0-9]([a-z0-9-]{0,28}[a-z0-9])?",
          "must be at most 30 lower-case letters, digits and dashes");
  private static final Shape<String> BUDGET =
      Shape.matching(
          "((100|[0-9]{1,2})%|[0-9]{1,6})",
          "must be a number of nodes or a percentage such as 100%");

  /** Not a pool's to set: Kubernetes' and Karpenter's own, and Windfall's. With subdomains. */
  private static final Pattern FOREIGN_LABEL =
      Pattern.compile(
          "([a-z0-9.-]*\\.)?"
              + "(windfall\\.dev|kubernetes\\.io|k8s\\.io|karpenter\\.sh|karpenter\\.k8s\\.aws)/.*");

  /**
   * Reads a SpotPool from a file.
   *
   * @throws UnreadableException with every problem there is
   */
  public static SpotPool read(String source, String text) {
    Section document = Document.readResource(source, text);
    Optional<SpotPool> pool = read(document);
    document.orThrow();
    return pool.orElseThrow();
  }

  /**
   * Reads a SpotPool that the cluster holds.
   *
   * @param name for the problems' sake
   * @throws UnreadableException with every problem there is
   */
  public static SpotPool readObject(String name, String json) {
    Section document = Document.readObject("spotpool \"" + name + "\"", json);
    Optional<SpotPool> pool = read(document);
    document.orThrow();
    return pool.orElseThrow();
  }

  /** Reads one document; empty when it has problems, which are then in {@code document}. */
  static Optional<SpotPool> read(Section document) {
    document.required("apiVersion", Shape.oneOf("windfall.dev/v1alpha1"));
    document.required("kind", Shape.oneOf(KIND));
    document.ignore("status");
    Section metadata = document.section("metadata");
    Optional<String> name = metadata.required("name", NAME);
    Section spec = document.section("spec");

    Optional<String> provider = spec.required("provider", Shape.LABEL_VALUE);
    Optional<String> region = spec.required("region", Shape.LABEL_VALUE);
    Section reference = spec.section("nodeClassRef");
    Optional<String> group = reference.required("group", Shape.someText(253));
    Optional<String> kind = reference.required("kind", Shape.someText(63));
    Optional<String> nodeClass = reference.required("name", Shape.someText(253));
    reference.refuseUnknown();
    List<String> families = Wish.names(spec, "families");
    GpuBounds gpu = gpuBounds(spec.section("gpu"));
    Capacity capacity =
        spec.value("capacity", Shape.oneOf(Capacity.SPOT, Capacity.ON_DEMAND), Capacity.SPOT);
    int maxInstanceTypes = spec.value("maxInstanceTypes", Shape.integer(1, 20), 5);
    int maxZones = spec.value("maxZones", Shape.integer(1, 10), 2);
    int minPlacementScore = spec.value("minPlacementScore", Shape.integer(1, 10), 1);
    Optional<Usd> maxPricePerGpu = spec.value("maxPricePerGpu", Usd::parse);
    Section limits = spec.section("limits");
    Optional<Integer> gpuLimit = limits.value("gpus", Shape.integer(0, 1_000_000));
    limits.refuseUnknown();
    Map<String, String> labels = labels(spec);
    List<Taint> taints =
        spec.sections("taints").stream().map(SpotPool::taint).flatMap(Optional::stream).toList();
    if (taints.size() > MOST_TAINTS) {
      spec.reject("taints", "taints must be at most " + MOST_TAINTS);
    }
    Section disruption = spec.section("disruption");
    Duration consolidateAfter =
        disruption.value("consolidateAfter", Shape.DURATION_OF_TEN_YEARS, Duration.ofMinutes(5));
    String emptyBudget = disruption.value("emptyBudget", BUDGET, "100%");
    disruption.refuseUnknown();
    Section ranking = spec.section("ranking");
    double hysteresis = ranking.value("hysteresis", Shape.PERCENT, 0.05);
    Duration minHold = ranking.value("minHold", Shape.DURATION, Duration.ZERO);
    Duration maxQuoteAge = ranking.value("maxQuoteAge", Shape.DURATION, Duration.ofHours(1));
    ranking.refuseUnknown();
    spec.refuseUnknown();
    document.refuseUnknown();
    if (!document.clean()) {
      return Optional.empty();
    }
    return Optional.of(
        new SpotPool(
            name.orElseThrow(),
            provider.orElseThrow(),
            region.orElseThrow(),
            new NodeClassRef(group.orElseThrow(), kind.orElseThrow(), nodeClass.orElseThrow()),
            families,
            gpu,
            capacity,
            maxInstanceTypes,
            maxZones,
            minPlacementScore,
            maxPricePerGpu,
            gpuLimit.map(OptionalInt::of).orElse(OptionalInt.empty()),
            labels,
            taints,
            new Disruption(consolidateAfter, emptyBudget),
            new Ranking(hysteresis, minHold, maxQuoteAge)));
  }

  private static GpuBounds gpuBounds(Section gpu) {
    List<String> models = Wish.names(gpu, "models");
    int minCount = gpu.value("minCount", Shape.integer(1, 64), 1);
    int maxCount = gpu.value("maxCount", Shape.integer(1, 64), 64);
    Optional<Memory> minMemory = gpu.value("minMemory", Memory::parse);
    if (minCount > maxCount) {
      gpu.reject(
          "minCount",
          "minCount \"" + minCount + "\" must not be above maxCount \"" + maxCount + "\"");
    }
    gpu.refuseUnknown();
    return new GpuBounds(models, minCount, maxCount, minMemory);
  }

  private static Map<String, String> labels(Section spec) {
    Map<String, String> labels = spec.texts("labels");
    if (labels.size() > MOST_LABELS) {
      spec.reject("labels", "labels must be at most " + MOST_LABELS);
    }
    labels.forEach((key, value) -> {
      if (FOREIGN_LABEL.matcher(key).matches()) {
        spec.reject("labels", "label \"" + key + "\" is not a pool's to set");
      } else if (!Shape.LABEL_KEY.fits(key) || !Shape.LABEL_VALUE_OR_NONE.fits(value)) {
        spec.reject("labels", "label \"" + key + ": " + value + "\" is not a valid label");
      }
    });
    return labels;
  }

  private static Optional<Taint> taint(Section taint) {
    Optional<String> key = taint.required("key", Shape.LABEL_KEY);
    String value = taint.value("value", Shape.LABEL_VALUE_OR_NONE, "");
    Optional<String> effect =
        taint.required("effect", Shape.oneOf("NoSchedule", "PreferNoSchedule", "NoExecute"));
    taint.refuseUnknown();
    return taint.clean()
        ? Optional.of(new Taint(key.orElseThrow(), value, effect.orElseThrow()))
        : Optional.empty();
  }
}
