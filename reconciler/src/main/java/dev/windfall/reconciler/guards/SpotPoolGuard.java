package dev.windfall.reconciler.guards;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Resource;
import dev.windfall.policies.Selector;
import java.util.List;

/**
 * What keeps a SpotPool from being a way around one's rights: whoever writes one must be allowed to
 * create the NodePools that it leads to.
 */
public final class SpotPoolGuard {
  /** The name of both objects. */
  public static final String NAME = "windfall.spotpools";

  private SpotPoolGuard() {}

  /**
   * The ValidatingAdmissionPolicy.
   *
   * @param nodeClasses the names that a SpotPool's nodeClassRef may say; empty: any
   */
  public static ObjectNode policy(List<String> nodeClasses) {
    ObjectNode policy = Manifest.policy(NAME, Resource.SPOTPOOLS);
    // Labels and annotations buy nothing, and the status is Windfall's own to write.
    Manifest.condition(
        policy, "spec-changed", "request.operation == 'CREATE' || object.spec != oldObject.spec");
    Manifest.validationSaying(
        policy,
        "authorizer.group('karpenter.sh').resource('nodepools').check('create').allowed()",
        "'a SpotPool leads to NodePools, and ' + request.userInfo.username + "
            + Cel.text(
                " may not create those; ask for the right to create nodepools.karpenter.sh"));
    if (!nodeClasses.isEmpty()) {
      Manifest.validationSaying(
          policy,
          "object.spec.nodeClassRef.name in " + Cel.list(nodeClasses),
          "'spec.nodeClassRef.name ' + object.spec.nodeClassRef.name + "
              + Cel.text(
                  " is none of those that a SpotPool may name here: "
                      + String.join(", ", nodeClasses)
                      + " (cluster.nodeClasses)"));
    }
    return policy;
  }

  /** Its binding, for every SpotPool. */
  public static ObjectNode binding() {
    return Manifest.binding(NAME, Selector.ALL, Selector.ALL);
  }
}
