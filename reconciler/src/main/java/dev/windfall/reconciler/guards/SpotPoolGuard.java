package dev.windfall.reconciler.guards;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Resource;
import dev.windfall.policies.Selector;
import java.util.List;

/**
 * What keeps a SpotPool from being a way around one's rights: whoever writes one must be allowed to
 * create the NodePools that it leads to, and the node class where it leads to one.
 */
public final class SpotPoolGuard {
  /** The name of both objects. */
  public static final String NAME = "windfall.spotpools";

  private static final String NO_CLASS_MADE = "!has(object.spec.nodeClass) || ";

  private SpotPoolGuard() {}

  /**
   * The ValidatingAdmissionPolicy.
   *
   * @param nodeClasses the names that a SpotPool's nodeClassRef may say; empty: any
   * @param roles the roles that its nodeClass may say; empty: any, but none where {@code
   *     nodeClasses} are named, since a class of one's own would be a way around those
   */
  public static ObjectNode policy(List<String> nodeClasses, List<String> roles) {
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
    Manifest.validationSaying(
        policy,
        NO_CLASS_MADE
            + "authorizer.group('karpenter.k8s.aws').resource('ec2nodeclasses').check('create').allowed()",
        "'a SpotPool with nodeClass leads to an EC2NodeClass, and ' + request.userInfo.username + "
            + Cel.text(
                " may not create those; ask for the right to create"
                    + " ec2nodeclasses.karpenter.k8s.aws, or name a class that is there in"
                    + " nodeClassRef"));
    if (!roles.isEmpty()) {
      Manifest.validationSaying(
          policy,
          NO_CLASS_MADE + "object.spec.nodeClass.role in " + Cel.list(roles),
          "'spec.nodeClass.role ' + object.spec.nodeClass.role + "
              + Cel.text(
                  " is none of those that a SpotPool may hand to nodes here: "
                      + String.join(", ", roles)
                      + " (cluster.nodeClassRoles)"));
    } else if (!nodeClasses.isEmpty()) {
      Manifest.validation(
          policy,
          "!has(object.spec.nodeClass)",
          "a SpotPool may only name node classes that are there, in nodeClassRef, since"
              + " cluster.nodeClasses lists some and cluster.nodeClassRoles no role");
    }
    if (!nodeClasses.isEmpty()) {
      Manifest.validationSaying(
          policy,
          "!has(object.spec.nodeClassRef) || object.spec.nodeClassRef.name in "
              + Cel.list(nodeClasses),
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
