package dev.windfall.reconciler.guards;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Resource;
import dev.windfall.policies.LeftoverNodePool;
import dev.windfall.policies.Selector;
import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.LivePool;
import java.util.List;

/**
 * What keeps a LeftoverNodePool from being a way around one's rights. The SpotPool that comes of it
 * is Windfall's own to write, so that the guard of SpotPools asks Windfall and not them.
 */
public final class LeftoverGuard {
  /** The name of both objects. */
  public static final String NAME = "windfall.leftovernodepools";

  private LeftoverGuard() {}

  /**
   * The ValidatingAdmissionPolicy.
   *
   * @param nodeClasses the names that one may say; empty: any. What a selector matches, and a class
   *     that is made, is refused at the SpotPool
   * @param mode of those that do not say one; under {@code Observe} they lead to nothing, and
   *     whoever writes them for Leftover needs no right that Windfall asks for
   */
  public static ObjectNode policy(List<String> nodeClasses, SpotPool.Mode mode) {
    ObjectNode policy = Manifest.policy(NAME, Resource.LEFTOVER_NODE_POOLS);
    // Labels and finalizers buy nothing, and the status is its operator's to write.
    Manifest.condition(
        policy,
        "spec-changed",
        "request.operation == 'CREATE' || object.spec != oldObject.spec || %s || %s"
            .formatted(changed(LeftoverNodePool.MODE), changed(LivePool.FORCE_DELETE)));
    if (mode == SpotPool.Mode.OBSERVE) {
      Manifest.condition(
          policy,
          "acts",
          "%s && %s == %s"
              .formatted(
                  has("object", LeftoverNodePool.MODE),
                  value("object", LeftoverNodePool.MODE),
                  Cel.text(SpotPool.Mode.ACT.toString())));
    }
    Manifest.validationSaying(
        policy,
        "authorizer.group('karpenter.sh').resource('nodepools').check('create').allowed()",
        "'a LeftoverNodePool leads to NodePools, and ' + request.userInfo.username + "
            + Cel.text(
                " may not create those; ask for the right to create nodepools.karpenter.sh"));
    Manifest.validationSaying(
        policy,
        "has(object.spec.nodeClassName) || (has(object.spec.nodeClassSelector) &&"
            + " size(object.spec.nodeClassSelector) > 0) ||"
            + " authorizer.group('karpenter.k8s.aws').resource('ec2nodeclasses').check('create').allowed()",
        "'a LeftoverNodePool without nodeClassName leads to an EC2NodeClass, and ' +"
            + " request.userInfo.username + "
            + Cel.text(
                " may not create those; name one that is there, or ask for the right to create"
                    + " ec2nodeclasses.karpenter.k8s.aws"));
    if (!nodeClasses.isEmpty()) {
      Manifest.validationSaying(
          policy,
          "!has(object.spec.nodeClassName) || object.spec.nodeClassName in "
              + Cel.list(nodeClasses),
          "'spec.nodeClassName ' + object.spec.nodeClassName + "
              + Cel.text(
                  " is none of those that may be named here: "
                      + String.join(", ", nodeClasses)
                      + " (cluster.nodeClasses)"));
    }
    return policy;
  }

  /** Whether an annotation says another thing than before, or is new, or gone. */
  private static String changed(String annotation) {
    return "(%1$s ? %2$s : '') != (%3$s ? %4$s : '')"
        .formatted(
            has("object", annotation),
            value("object", annotation),
            has("oldObject", annotation),
            value("oldObject", annotation));
  }

  private static String has(String object, String annotation) {
    return "has(%1$s.metadata.annotations) && %2$s in %1$s.metadata.annotations"
        .formatted(object, Cel.text(annotation));
  }

  private static String value(String object, String annotation) {
    return "%s.metadata.annotations[%s]".formatted(object, Cel.text(annotation));
  }

  /** Its binding, for every LeftoverNodePool. */
  public static ObjectNode binding() {
    return Manifest.binding(NAME, Selector.ALL, Selector.ALL);
  }
}
