package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Resource;
import dev.windfall.reconciler.LeaderWrites;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import org.jspecify.annotations.Nullable;

/**
 * Which reasons to take a node away Karpenter's definition of a NodePool knows. A budget for one
 * that it does not know is refused, and with it the whole NodePool.
 */
final class BudgetReasons {
  private static final System.Logger LOG = System.getLogger(BudgetReasons.class.getName());
  private static final Key DEFINITION = Key.of("nodepools.karpenter.sh");

  /** Karpenter is upgraded now and then. */
  private static final Duration EVERY = Duration.ofMinutes(10);

  private final LeaderWrites cluster;
  private @Nullable Instant asked;
  private boolean repair;

  BudgetReasons(LeaderWrites cluster) {
    this.cluster = cluster;
  }

  /**
   * Whether node repair is such a reason. Asked of the API server every ten minutes.
   *
   * @throws ClusterException when no answer came and none had come before
   */
  boolean knowRepair(Instant now) {
    if (asked != null && Duration.between(asked, now).compareTo(EVERY) < 0) {
      return repair;
    }
    try {
      boolean knows =
          cluster.get(Resource.CRDS, DEFINITION).filter(BudgetReasons::lists).isPresent();
      if (asked == null || knows != repair) {
        LOG.log(
            Level.INFO,
            "Karpenter {0} for node repair; rungs {1}",
            knows ? "knows a budget" : "knows no budget",
            knows ? "have one of zero" : "cannot be kept from it");
      }
      repair = knows;
    } catch (ClusterException e) {
      if (asked == null && e.status() != 403) {
        throw e;
      }
      LOG.log(
          Level.WARNING,
          "cannot see whether Karpenter knows a budget for node repair: {0}",
          e.getMessage());
    }
    asked = now;
    return repair;
  }

  /** Has it asked again, since something was refused. */
  void forget() {
    asked = null;
  }

  private static boolean lists(ObjectNode definition) {
    for (JsonNode version : definition.at("/spec/versions")) {
      JsonNode reasons =
          version.at(
              "/schema/openAPIV3Schema/properties/spec/properties/disruption/properties/budgets"
                  + "/items/properties/reasons/items/enum");
      for (JsonNode reason : reasons) {
        if (version.path("storage").asBoolean() && reason.asText().equals(Knobs.UNHEALTHY)) {
          return true;
        }
      }
    }
    return false;
  }
}
