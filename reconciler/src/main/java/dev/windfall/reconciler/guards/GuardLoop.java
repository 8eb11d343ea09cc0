package dev.windfall.reconciler.guards;

import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Loop;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.Optional;

/** Keeps a guard for each policy that needs one, and tells each SpotPolicy how it stands. */
public final class GuardLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(GuardLoop.class.getName());

  /** Guards are not watched, and one that a hand has spoilt is put right within this time. */
  private static final Duration AT_LEAST_EVERY = Duration.ofSeconds(30);

  private static final Duration AT_MOST_EVERY = Duration.ofSeconds(1);

  private final Loop loop;

  private GuardLoop(Loop loop) {
    this.loop = loop;
  }

  /**
   * Starts the loop.
   *
   * @param namespace Windfall's own
   */
  public static GuardLoop start(
      Inputs inputs,
      LeaderWrites cluster,
      Events events,
      ReconcilerMetrics metrics,
      ClusterMetrics loops,
      String namespace,
      InstantSource clock) {
    Pass pass = new Pass(inputs, cluster, new Applier(cluster, events, metrics), namespace, clock);
    return new GuardLoop(Loop.start("guards", AT_LEAST_EVERY, AT_MOST_EVERY, loops, pass::run));
  }

  /** Says that policies have changed. Does not wait. */
  public void wake() {
    loop.wake();
  }

  @Override
  public void close() {
    loop.close();
  }

  /** Looks, plans, acts and tells once. Belongs to the loop's thread. */
  static final class Pass {
    private final Inputs inputs;
    private final LeaderWrites cluster;
    private final Applier applier;
    private final String namespace;
    private final InstantSource clock;
    private Optional<View.Barred> barred = Optional.empty();

    Pass(
        Inputs inputs,
        LeaderWrites cluster,
        Applier applier,
        String namespace,
        InstantSource clock) {
      this.inputs = inputs;
      this.cluster = cluster;
      this.applier = applier;
      this.namespace = namespace;
      this.clock = clock;
    }

    void run() {
      if (!inputs.synced().getAsBoolean() || !cluster.leading()) {
        return;
      }
      // What is in force is made of what is live, so that it is asked for after it.
      var live = inputs.livePolicies().get().values();
      View view =
          View.of(inputs.policies().get(), live, applier.standing(), namespace, clock.instant());
      report(view.standing().barred());
      try {
        Map<String, String> refused = applier.act(Planner.plan(view));
        applier.tell(Statuses.of(view, refused));
      } catch (LeaderWrites.NotLeadingException e) {
        LOG.log(Level.INFO, "{0}", e.getMessage());
      }
    }

    /** Says it when it changes, as a pass comes often. */
    private void report(Optional<View.Barred> now) {
      if (!now.equals(barred)) {
        barred = now;
        now.ifPresent(why -> LOG.log(Level.WARNING, "{0}", why.message()));
      }
    }
  }
}
