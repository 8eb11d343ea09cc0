package dev.windfall.reconciler.leftover;

import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Loop;
import dev.windfall.policies.LeftoverConfig;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Collection;
import java.util.List;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/** Keeps a SpotPool for each LeftoverNodePool, and says in its status how it stands. */
public final class LeftoverLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(LeftoverLoop.class.getName());

  /** Node classes are not watched, and one that is labelled later is found within this time. */
  private static final Duration AT_LEAST_EVERY = Duration.ofSeconds(30);

  /** Snapshots need a moment to show what the last pass wrote. */
  private static final Duration AT_MOST_EVERY = Duration.ofSeconds(1);

  private final Loop loop;

  private LeftoverLoop(Loop loop) {
    this.loop = loop;
  }

  /**
   * The LeftoverNodePools of the cluster.
   *
   * @param all the newest snapshot
   * @param synced whether they have been listed once; in a cluster without the kind, never
   */
  public record Leftovers(Supplier<Collection<LiveLeftover>> all, BooleanSupplier synced) {}

  /** Starts the loop. */
  public static LeftoverLoop start(
      Inputs inputs,
      Leftovers leftovers,
      LeftoverConfig config,
      LeaderWrites cluster,
      Events events,
      ReconcilerMetrics metrics,
      ClusterMetrics loops,
      InstantSource clock) {
    Applier applier = new Applier(cluster, events, metrics);
    Teller teller = new Teller(cluster, events);
    Pass pass =
        new Pass(
            inputs.once(leftovers.synced()), leftovers, config, cluster, applier, teller, clock);
    return new LeftoverLoop(
        Loop.start("leftover", AT_LEAST_EVERY, AT_MOST_EVERY, loops, pass::run));
  }

  /** Says that something it looks at has changed. Does not wait. */
  public void wake() {
    loop.wake();
  }

  @Override
  public void close() {
    loop.close();
  }

  /** Looks, plans, acts and tells once. Belongs to the loop's thread. */
  record Pass(
      Inputs inputs,
      Leftovers leftovers,
      LeftoverConfig config,
      LeaderWrites cluster,
      Applier applier,
      Teller teller,
      InstantSource clock) {
    /**
     * Plans and applies once.
     *
     * @throws ClusterException when no answer came, or when a write lost to another: the loop plans
     *     again then, on what is so by then
     */
    void run() {
      if (!inputs.synced().getAsBoolean() || !cluster.leading()) {
        return;
      }
      // Who made a SpotPool knew its LeftoverNodePool, so that those are asked for after them.
      Collection<LivePool> pools = inputs.pools().get().values();
      Collection<LiveLeftover> live = leftovers.all().get();
      View view = View.of(live, pools, classes(live), config, inputs.book().get(), clock.instant());
      List<Wanted> wanted =
          view.leftovers().stream()
              .filter(each -> !each.deleting())
              .map(each -> Wanted.of(each, view))
              .toList();
      try {
        Applier.Outcome outcome = applier.act(Planner.plan(view, wanted));
        teller.tell(Statuses.of(view, wanted, outcome.refused()), outcome.written(), view.names());
      } catch (LeaderWrites.NotLeadingException e) {
        LOG.log(Level.INFO, "{0}", e.getMessage());
      }
    }

    /** They are looked at only where somebody selects one. */
    private NodeClasses classes(Collection<LiveLeftover> live) {
      boolean asked =
          live.stream()
              .flatMap(each -> each.spec().stream())
              .anyMatch(spec -> !spec.nodeClassSelector().isEmpty());
      return asked ? applier.classes() : NodeClasses.UNASKED;
    }
  }
}
