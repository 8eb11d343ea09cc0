package dev.windfall.reconciler.nodes;

import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Loop;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Keeps new work off nodes that are not wanted for it, says what nodes were rented as, and gives
 * back those that are of no use. What it remembers of its events belongs to its loop's thread.
 */
public final class NodesLoop implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(NodesLoop.class.getName());

  /** Nodes age without anything happening. */
  private static final Duration AT_LEAST_EVERY = Duration.ofMinutes(1);

  /** Kubelets write often; nothing here is urgent. */
  private static final Duration AT_MOST_EVERY = Duration.ofSeconds(2);

  /** What administrators set up changes by the day. */
  static final Duration LOOK_EVERY = Duration.ofMinutes(10);

  private final Loop loop;

  private NodesLoop(Loop loop) {
    this.loop = loop;
  }

  /**
   * Starts the loop.
   *
   * @param informed whether the leader knows what became of launches
   * @param nodes those with GPUs and those of rungs
   */
  public static NodesLoop start(
      Inputs inputs,
      BooleanSupplier informed,
      Supplier<Collection<LiveNode>> nodes,
      LeaderWrites cluster,
      Events events,
      ReconcilerMetrics metrics,
      ClusterMetrics loops,
      InstantSource clock) {
    Applier applier = new Applier(cluster, events, metrics);
    Pass pass = new Pass(inputs, informed, nodes, cluster, applier, metrics, clock);
    return new NodesLoop(Loop.start("nodes", AT_LEAST_EVERY, AT_MOST_EVERY, loops, pass::run));
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
    private final BooleanSupplier informed;
    private final Supplier<Collection<LiveNode>> nodes;
    private final LeaderWrites cluster;
    private final Applier applier;
    private final ReconcilerMetrics metrics;
    private final InstantSource clock;
    private Plan.Memory memory = Plan.Memory.NONE;
    private List<LiveDaemon> deaf = List.of();
    private Instant looked = Instant.EPOCH;
    private Set<Advice> said = Set.of();

    Pass(
        Inputs inputs,
        BooleanSupplier informed,
        Supplier<Collection<LiveNode>> nodes,
        LeaderWrites cluster,
        Applier applier,
        ReconcilerMetrics metrics,
        InstantSource clock) {
      this.inputs = inputs;
      this.informed = informed;
      this.nodes = nodes;
      this.cluster = cluster;
      this.applier = applier;
      this.metrics = metrics;
      this.clock = clock;
    }

    void run() {
      if (!inputs.synced().getAsBoolean()) {
        return;
      }
      Instant now = clock.instant();
      advise(now);
      if (!cluster.leading()) {
        memory = Plan.Memory.NONE;
        return;
      }
      if (!informed.getAsBoolean()) {
        return;
      }
      Plan plan = plan(now);
      memory = plan.memory();
      Outcome outcome = new Outcome();
      try {
        applier.apply(plan, outcome);
      } catch (LeaderWrites.NotLeadingException e) {
        LOG.log(Level.INFO, e.getMessage());
      } finally {
        memory = new Plan.Memory(memory.warned(), memory.replacements().after(outcome, now));
      }
    }

    /** Apart from what applies it, which may take minutes: the book is not held as long. */
    private Plan plan(Instant now) {
      View view =
          View.of(
              nodes.get(),
              inputs.claims().get().values(),
              inputs.rungs().get().values(),
              inputs.pools().get().values(),
              inputs.pods().get().values(),
              inputs.surroundings().get(),
              deaf.stream().map(LiveDaemon::toString).toList(),
              inputs.book().get(),
              now);
      return Planner.plan(view, memory);
    }

    /** Every replica does, since each may be asked for it. */
    private void advise(Instant now) {
      if (now.isBefore(looked.plus(LOOK_EVERY))) {
        return;
      }
      looked = now;
      try {
        deaf =
            List.copyOf(
                cluster
                    .list(Resource.DAEMONSETS, Selection.ALL, LiveDaemon::read)
                    .items()
                    .values());
      } catch (ClusterException e) {
        LOG.log(
            Level.WARNING,
            "{0}; so nobody sees whether a device plugin keeps away from rungs",
            e.getMessage());
      }
      List<Advice> found = Advice.of(deaf, inputs.rungs().get().values());
      found.stream()
          .filter(advice -> !said.contains(advice))
          .forEach(advice -> LOG.log(Level.WARNING, "{0}", advice.says()));
      said.stream()
          .filter(advice -> !found.contains(advice))
          .forEach(advice -> LOG.log(Level.INFO, "{0} is well again", advice.object()));
      said = new HashSet<>(found);
      metrics.advice(found.stream().map(a -> List.of(a.check().label(), a.object())).toList());
    }
  }
}
