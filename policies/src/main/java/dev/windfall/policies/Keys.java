package dev.windfall.policies;

/** The names by which Windfall, Karpenter and Kubernetes say things on pods and nodes. */
public final class Keys {
  /** What every annotation, label and taint of Windfall begins with. */
  public static final String PREFIX = "windfall.dev/";

  // On pods.
  public static final String SPOT = PREFIX + "spot";
  public static final String MAX_PRICE_PER_GPU = PREFIX + "max-price-per-gpu";
  public static final String GPU_MODELS = PREFIX + "gpu-models";
  public static final String MIN_GPU_MEMORY = PREFIX + "min-gpu-memory";
  public static final String PROVIDERS = PREFIX + "providers";
  public static final String ZONES = PREFIX + "zones";
  public static final String LOST_WORK = PREFIX + "lost-work";
  public static final String RESTARTABLE = PREFIX + "restartable";
  public static final String DO_NOT_DISRUPT = PREFIX + "do-not-disrupt";
  public static final String DECISION = PREFIX + "decision";

  /** The scheduling gate of a pod that waits for a price. */
  public static final String PRICE_GATE = PREFIX + "price";

  /** The scheduling gate of a pod that is to be given its machine together with others. */
  public static final String BURST_GATE = PREFIX + "burst";

  /** Which machine a pod of a burst was given: the offer and the machine, with a slash between. */
  public static final String ASSIGNED = PREFIX + "assigned";

  // On rungs and nodes.
  public static final String OFFER = PREFIX + "offer";
  public static final String POOL = PREFIX + "pool";
  public static final String PROVIDER = PREFIX + "provider";

  /** Both the label that names a rung and the taint that keeps everybody else's pods off it. */
  public static final String RUNG = PREFIX + "rung";

  /**
   * The label that tells a node from every other of the same offer. The rungs ask only that there
   * is one, so its value is the pods' to say.
   */
  public static final String MACHINE = PREFIX + "machine";

  public static final String GPU_RESOURCE = "nvidia.com/gpu";
  public static final String CAPACITY_TYPE = "karpenter.sh/capacity-type";
  public static final String INSTANCE_TYPE = "node.kubernetes.io/instance-type";
  public static final String ZONE = "topology.kubernetes.io/zone";
  public static final String REGION = "topology.kubernetes.io/region";
  public static final String ARCHITECTURE = "kubernetes.io/arch";

  /** What tells Karpenter to leave the node of a pod. */
  public static final String KARPENTER_DO_NOT_DISRUPT = "karpenter.sh/do-not-disrupt";

  private Keys() {}
}
