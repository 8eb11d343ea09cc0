package dev.windfall.reconciler.rungs;

import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Loop;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Keeps the rungs what the market and the pools say. What it decides on is in the cluster; all of
 * its work is done by its loop's thread.
 */
public final class RungLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(RungLoop.class.getName());

  /** Prices age and rungs retire without anything happening. */
  private static final Duration AT_LEAST_EVERY = Duration.ofMinutes(1);

  /** Snapshots need a moment to show what the last pass wrote. */
  private static final Duration AT_MOST_EVERY = Duration.ofSeconds(1);

  private final Loop loop;

  private RungLoop(Loop loop) {
    this.loop = loop;
  }

  public static RungLoop start(
      Inputs inputs,
      LeaderWrites cluster,
      Events events,
      ReconcilerMetrics metrics,
      ClusterMetrics loops,
      InstantSource clock) {
    Applier applier = new Applier(cluster, events, metrics);
    Lookups lookups = new Lookups(cluster);
    return new RungLoop(
        Loop.start(
            "rungs",
            AT_LEAST_EVERY,
            AT_MOST_EVERY,
            loops,
            () -> pass(inputs, cluster, lookups, applier, clock)));
  }

  /** Says that something it looks at has changed. Does not wait. */
  public void wake() {
    loop.wake();
  }

  @Override
  public void close() {
    loop.close();
  }

  /**
   * Plans and applies once.
   *
   * @throws ClusterException when no answer came, or when a write lost to another: the loop plans
   *     again then, on what is so by then
   */
  static void pass(
      Inputs inputs, LeaderWrites cluster, Lookups lookups, Applier applier, InstantSource clock) {
    if (!inputs.synced().getAsBoolean() || !cluster.leading()) {
      return;
    }
    List<LiveClaim> claims = List.copyOf(inputs.claims().get().values());
    Instant now = clock.instant();
    Collection<Pod> pods = inputs.pods().get().values();
    lookups.begin(now);
    View view =
        View.of(
                inputs.pools().get().values(),
                inputs.rungs().get().values(),
                claims,
                pods,
                lookups::zones,
                View.waiting(pods).isEmpty() ? Daemons.NONE : lookups.daemons(now),
                inputs.book().get(),
                now)
            .withRepairKnown(lookups.budgets().knowRepair(now))
            .withClassTroubles(inputs.classTroubles().get());
    try {
      Plan plan = Planner.plan(view);
      Set<String> written = applier.hold(plan.finalizers());
      Map<String, String> refused = applier.act(plan.actions(), claims);
      if (!refused.isEmpty()) {
        lookups.budgets().forget();
      }
      // A status says what is so, not what was meant.
      Plan said = refused.isEmpty() ? plan : Planner.plan(view, refused);
      // A pool that was written to is another version by now; the next pass speaks of it.
      applier.tell(
          said.statuses().stream()
              .filter(status -> !written.contains(status.pool().name()))
              .toList());
    } catch (ClusterException e) {
      if (!e.isNotFound()) {
        throw e;
      }
      // That it went wakes the loop.
      LOG.log(Level.INFO, "{0}; planning again", e.getMessage());
    } catch (LeaderWrites.NotLeadingException e) {
      LOG.log(Level.INFO, e.getMessage());
    }
  }
}
