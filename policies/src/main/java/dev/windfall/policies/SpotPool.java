package dev.windfall.policies;

import java.time.Duration;
import java.util.Collections;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Set;
import java.util.TreeMap;

/**
 * What may be bought: the offers that a pool's rungs are made of, and the limits it keeps. The
 * resource {@code SpotPool} of {@code windfall.dev/v1alpha1}, cluster-scoped; its fields are
 * explained in the custom resource definition.
 *
 * @param name a DNS label of at most 30 characters, since the rungs' names begin with it
 * @param nodeClassRef the class that the rungs refer to; always there
 * @param nodeClass what that class has to be, where Windfall makes it; empty: it is somebody else's
 * @param mode whether it is acted on
 * @param families exact instance families such as {@code g6}, never prefixes; empty: any
 * @param onDemandFallback what is bought where there is no spot capacity
 * @param maxInstanceTypes bound on exact rungs per GPU model and count, together with {@code
 *     maxZones}
 * @param targetCount nodes that placement scores are asked for
 * @param minPlacementScore 1 to 10; an unknown score passes
 * @param maxPricePerGpu USD per GPU-hour
 * @param limits of all rungs together
 * @param labels for the nodes, in addition to Windfall's own
 * @param taints for the nodes, in addition to the rungs' own
 */
public record SpotPool(
    String name,
    String provider,
    String region,
    NodeClassRef nodeClassRef,
    Optional<NodeClass> nodeClass,
    Mode mode,
    List<String> families,
    GpuBounds gpu,
    Capacity capacity,
    OnDemandFallback onDemandFallback,
    int maxInstanceTypes,
    int maxZones,
    int targetCount,
    int minPlacementScore,
    Optional<Usd> maxPricePerGpu,
    Limits limits,
    Map<String, String> labels,
    List<Taint> taints,
    Disruption disruption,
    Ranking ranking) {

  /** The {@code kind} of such a document. */
  public static final String KIND = "SpotPool";

  /** Whether what is planned is done. */
  public enum Mode {
    /** It is. */
    ACT("Act"),

    /** It is only told, in the pool's status. */
    OBSERVE("Observe");

    private final String text;

    Mode(String text) {
      this.text = text;
    }

    @Override
    public String toString() {
      return text;
    }
  }

  /** The provider's node class that the rungs' templates refer to. */
  public record NodeClassRef(String group, String kind, String name) {}

  /**
   * The {@code EC2NodeClass} that Windfall makes for a pool. Its name ends in a hash of this, so
   * that another one is another class, and none is ever edited under nodes that run.
   *
   * @param role the IAM role of the nodes
   * @param amiAlias of Karpenter: family and version, such as {@code al2023@v20260101}
   * @param subnetSelectorTags by which the subnets are found, sorted
   * @param securityGroupSelectorTags by which the security groups are found, sorted
   */
  public record NodeClass(
      String role,
      String amiAlias,
      Map<String, String> subnetSelectorTags,
      Map<String, String> securityGroupSelectorTags) {
    public static final String GROUP = "karpenter.k8s.aws";
    public static final String KIND = "EC2NodeClass";

    /** The provider whose nodes such classes are for. */
    static final String PROVIDER = "aws";

    public NodeClass {
      subnetSelectorTags = Collections.unmodifiableMap(new TreeMap<>(subnetSelectorTags));
      securityGroupSelectorTags =
          Collections.unmodifiableMap(new TreeMap<>(securityGroupSelectorTags));
    }
  }

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

  /**
   * Rungs of on-demand capacity beneath those of spot.
   *
   * @param after how long a pod has to wait before they are opened; zero: they always are
   */
  public record OnDemandFallback(boolean enabled, Duration after) {}

  /**
   * What all nodes of the pool may come to.
   *
   * @param gpus empty: any number
   * @param usdPerHour empty: any sum
   */
  public record Limits(OptionalInt gpus, Optional<Usd> usdPerHour) {}

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
   * When Karpenter may take nodes away. Only empty ones, ever; and which Windfall may empty.
   *
   * @param consolidateAfter how long a node has to be empty
   * @param emptyBudget how many empty nodes of a rung may go at once, as Karpenter writes it:
   *     {@code 100%}, {@code 5}
   * @param maxNodeAge from which a node gets no new work; what runs there ends in peace. Empty: any
   * @param replaceRestartable whether pods that say that they can be restarted are evicted where
   *     that saves money
   */
  public record Disruption(
      Duration consolidateAfter,
      String emptyBudget,
      Optional<Duration> maxNodeAge,
      boolean replaceRestartable) {}

  /**
   * How steady the order is.
   *
   * @param hysteresis the lead, as a fraction, below which an order does not change
   * @param minHold how long a larger lead must last before the order changes
   * @param maxQuoteAge the age from which a price does not count
   */
  public record Ranking(double hysteresis, Duration minHold, Duration maxQuoteAge) {}

  /** Whether what is planned for it is done. */
  public boolean acts() {
    return mode == Mode.ACT;
  }

  /** How its machines may be rented. */
  public Set<Capacity> capacities() {
    return onDemandFallback.enabled() ? EnumSet.of(capacity, Capacity.ON_DEMAND) : Set.of(capacity);
  }

  /** The same pool without a fallback. */
  public SpotPool withoutFallback() {
    return renting(capacity, new OnDemandFallback(false, onDemandFallback.after()));
  }

  /** What its fallback alone may buy. */
  public SpotPool fallbackAlone() {
    return renting(Capacity.ON_DEMAND, new OnDemandFallback(false, onDemandFallback.after()));
  }

  private SpotPool renting(Capacity rented, OnDemandFallback fallback) {
    return new SpotPool(
        name,
        provider,
        region,
        nodeClassRef,
        nodeClass,
        mode,
        families,
        gpu,
        rented,
        fallback,
        maxInstanceTypes,
        maxZones,
        targetCount,
        minPlacementScore,
        maxPricePerGpu,
        limits,
        labels,
        taints,
        disruption,
        ranking);
  }

  /**
   * Reads a SpotPool from a file.
   *
   * @throws UnreadableException with every problem there is
   */
  public static SpotPool read(String source, String text) {
    Section document = Document.readResource(source, text);
    Optional<SpotPool> pool = SpotPoolReader.read(document);
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
    Optional<SpotPool> pool = SpotPoolReader.read(document);
    document.orThrow();
    return pool.orElseThrow();
  }
}
