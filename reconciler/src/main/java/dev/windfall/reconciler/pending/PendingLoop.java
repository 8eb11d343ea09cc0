package dev.windfall.reconciler.pending;

import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Loop;
import dev.windfall.market.Grants;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;

/**
 * Frees pods that wait for a price, and tells who waits why. What it remembers of its events
 * belongs to its loop's thread.
 */
public final class PendingLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(PendingLoop.class.getName());

  /** Prices age, and what was said is said again, without anything happening. */
  private static final Duration AT_LEAST_EVERY = Duration.ofMinutes(1);

  private static final Duration AT_MOST_EVERY = Duration.ofSeconds(1);

  private final Loop loop;

  private PendingLoop(Loop loop) {
    this.loop = loop;
  }

  /**
   * Starts the loop.
   *
   * @param namespace Windfall's own
   */
  public static PendingLoop start(
      Inputs inputs,
      LeaderWrites cluster,
      Events events,
      ReconcilerMetrics metrics,
      ClusterMetrics loops,
      String namespace,
      InstantSource clock) {
    Pass pass = new Pass(inputs, cluster, new Applier(cluster, events, metrics), namespace, clock);
    AtomicReference<Loop> self = new AtomicReference<>();
    Loop loop =
        Loop.start(
            "pending",
            AT_LEAST_EVERY,
            AT_MOST_EVERY,
            loops,
            () -> {
              Loop running = self.get();
              if (pass.run() && running != null) {
                running.wake();
              }
            });
    self.set(loop);
    // The first pass may have come before that.
    loop.wake();
    return new PendingLoop(loop);
  }

  /** Says that something it looks at has changed. Does not wait. */
  public void wake() {
    loop.wake();
  }

  @Override
  public void close() {
    loop.close();
  }

  /** Plans and applies once. Owned by one thread. */
  static final class Pass {
    private final Inputs inputs;
    private final LeaderWrites cluster;
    private final Applier applier;
    private final String namespace;
    private final InstantSource clock;
    private Map<String, Plan.Memory> memory = Map.of();

    /** Null before the first pass. */
    private @Nullable Grants grants;

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

    /** Whether to look again soon, though nothing happens. */
    boolean run() {
      if (!inputs.synced().getAsBoolean() || !cluster.leading()) {
        return false;
      }
      View view =
          View.of(
              inputs.pods().get().values(),
              inputs.surroundings().get(),
              inputs.pools().get().values(),
              inputs.rungs().get().values(),
              inputs.claims().get().values(),
              inputs.retiring().get(),
              inputs.book().get(),
              namespace,
              clock.instant());
      grants =
          grants == null
              ? new Grants(view.book(), view.pools(), view.now())
              : grants.at(view.book(), view.pools(), view.now());
      Plan plan = Planner.plan(view, memory, grants);
      try {
        applier.apply(plan);
      } catch (LeaderWrites.NotLeadingException e) {
        LOG.log(Level.INFO, e.getMessage());
      } finally {
        // What fails is a write, and everything was said before the first.
        memory = plan.memory();
      }
      return plan.soon();
    }
  }
}
