package dev.windfall.reconciler.rungs;

import dev.windfall.cluster.ClusterException;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.LeaderWrites;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.util.HashSet;
import java.util.Optional;
import java.util.Set;
import java.util.function.Supplier;

/**
 * What a plan needs to know that nobody watches. What decides which machines a waiting pod fits is
 * read only when one waits. What may not be read is said once, and counts as nothing: the pod may
 * then be given a rung that does not fit it, and no other pod is kept waiting.
 *
 * <p>Used by one thread.
 */
final class Lookups {
  private static final System.Logger LOG = System.getLogger(Lookups.class.getName());

  private final VolumeZones volumes;
  private final DaemonTemplates daemons;
  private final BudgetReasons budgets;
  private final Set<String> denied = new HashSet<>();

  Lookups(LeaderWrites cluster) {
    volumes = new VolumeZones(cluster);
    daemons = new DaemonTemplates(cluster);
    budgets = new BudgetReasons(cluster);
  }

  /** Begins a pass. */
  void begin(Instant now) {
    volumes.begin(now);
  }

  Optional<Set<String>> zones(Pod pod) {
    return allowed("volumes", () -> volumes.of(pod), Optional.empty());
  }

  Daemons daemons(Instant now) {
    return allowed("DaemonSets", () -> daemons.at(now), Daemons.NONE);
  }

  /** What Karpenter can be told to keep off a rung. */
  BudgetReasons budgets() {
    return budgets;
  }

  private <T> T allowed(String what, Supplier<T> read, T otherwise) {
    try {
      T found = read.get();
      denied.remove(what);
      return found;
    } catch (ClusterException e) {
      // No answer is no denial: the pass fails, and is made again.
      if (e.status() == 0 || e.status() >= 500 || e.status() == 429) {
        throw e;
      }
      if (denied.add(what)) {
        LOG.log(
            Level.WARNING,
            "{0} are not counted where a pod asks for a larger machine or another zone: {1}",
            what,
            e.getMessage());
      }
      return otherwise;
    }
  }
}
