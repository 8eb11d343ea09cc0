package dev.windfall.policies;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Duration;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What somebody asked Leftover to buy: the resource {@code LeftoverNodePool} of {@code
 * gpu.devplatforms.io/v1alpha1}, cluster-scoped, which Windfall serves by a SpotPool. Its fields
 * are explained in the custom resource definition.
 *
 * @param name a DNS subdomain
 * @param families exact instance families, never prefixes; empty: any
 * @param nodeClassName the EC2NodeClass of the nodes; empty: the selector or the tags say it
 * @param nodeClassSelector labels that exactly one EC2NodeClass has; empty: none is asked for
 * @param minGpus GPUs of one machine, at least
 * @param targetCount nodes that placement scores are asked for
 * @param minSpotScore 0 to 10; 0: any. Where no offer has it, any will do
 * @param subnetSelectorTags of the subnets for a node class that is made for it
 * @param securityGroupSelectorTags the same of its security groups
 * @param budgetsNodes a percentage of three digits at most, such as {@code 10%}
 * @param labels for the nodes, whoever may set them
 * @param taints for the nodes, such as {@code team=research:NoSchedule}, whatever they may be
 * @param requeueMinutes after how many minutes Leftover looked again
 * @param mode what its annotation says, whatever that is; empty: nothing
 */
public record LeftoverNodePool(
    String name,
    String region,
    List<String> families,
    Optional<String> nodeClassName,
    Map<String, String> nodeClassSelector,
    int minGpus,
    int targetCount,
    int minSpotScore,
    int maxInstanceTypes,
    int maxZones,
    Capacity capacityType,
    Map<String, String> subnetSelectorTags,
    Map<String, String> securityGroupSelectorTags,
    String budgetsNodes,
    Duration consolidateAfter,
    Map<String, String> labels,
    List<String> taints,
    int requeueMinutes,
    boolean onDemandFallback,
    Optional<String> mode) {

  /** The {@code kind} of such a document. */
  public static final String KIND = "LeftoverNodePool";

  /** What a document says in {@code apiVersion}. */
  public static final String API_VERSION = "gpu.devplatforms.io/v1alpha1";

  /** The label of a SpotPool that says which LeftoverNodePool it was made for. */
  public static final String LABEL = Keys.PREFIX + "leftover";

  /** The annotation that says whether its SpotPool acts; it stands above the configuration. */
  public static final String MODE = Keys.PREFIX + "mode";

  private static final String PREFIX = "leftover-";

  /** What of a long name is kept, so that prefix, dash and hash leave a SpotPool's name. */
  private static final int KEPT = 12;

  /**
   * The name of the SpotPool for the LeftoverNodePool {@code name}: the same with a prefix where
   * that makes one, or else its beginning and a hash of it.
   */
  public static String poolName(String name) {
    String plain = PREFIX + name;
    if (SpotPoolReader.NAME.fits(plain)) {
      return plain;
    }
    String start = name.replace('.', '-').substring(0, Math.min(KEPT, name.length()));
    return PREFIX + start.replaceFirst("-+$", "") + "-" + hash(name);
  }

  /** The value of {@link #LABEL} for {@code name}, which may be too long for a label. */
  public static String label(String name) {
    return Shape.LABEL_VALUE.fits(name) ? name : poolName(name);
  }

  private static String hash(String name) {
    try {
      byte[] digest =
          MessageDigest.getInstance("SHA-256").digest(name.getBytes(StandardCharsets.UTF_8));
      return HexFormat.of().formatHex(digest, 0, 4);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every JDK has SHA-256", e);
    }
  }

  /** Whether it says which node class there is, so that none has to be made for it. */
  public boolean namesNodeClass() {
    return nodeClassName.isPresent() || !nodeClassSelector.isEmpty();
  }

  /**
   * Reads a LeftoverNodePool from a file.
   *
   * @throws UnreadableException with every problem there is
   */
  public static LeftoverNodePool read(String source, String text) {
    return read(Document.readResource(source, text));
  }

  /**
   * Reads a LeftoverNodePool that the cluster holds.
   *
   * @param name for the problems' sake
   * @throws UnreadableException with every problem there is
   */
  public static LeftoverNodePool readObject(String name, String json) {
    return read(Document.readObject("leftovernodepool \"" + name + "\"", json));
  }

  /** Whether a text says that it is one; what else it says is not looked at. */
  public static boolean is(String source, String text) {
    return Document.readResource(source, text).peek("kind").filter(KIND::equals).isPresent();
  }

  private static LeftoverNodePool read(Section document) {
    Optional<LeftoverNodePool> pool = LeftoverNodePoolReader.read(document);
    document.orThrow();
    return pool.orElseThrow();
  }
}
