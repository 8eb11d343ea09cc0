package dev.windfall.reconciler.classes;

import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Loop;
import dev.windfall.reconciler.ClassTrouble;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.time.Duration;
import java.time.InstantSource;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;

/**
 * Keeps a node class for each pool that describes one. Classes are not watched: a watch of a kind
 * that a cluster does not have reports an outage for ever. They are listed while a pool asks for
 * one or one that Windfall made is left, and otherwise hardly ever.
 */
public final class ClassLoop implements AutoCloseable {
  /** What Karpenter says of a class, and that nothing refers to one any more, is known by then. */
  private static final Duration AT_LEAST_EVERY = Duration.ofSeconds(30);

  private static final Duration AT_MOST_EVERY = Duration.ofSeconds(1);

  /** Karpenter judges a new class within seconds, and pods wait for it. */
  private static final Duration WHILE_PENDING = Duration.ofSeconds(2);

  private final Pass pass;
  private final Loop loop;

  private ClassLoop(Pass pass, Loop loop) {
    this.pass = pass;
    this.loop = loop;
  }

  /**
   * Starts it.
   *
   * @param roles those that a class may be made with
   */
  public static ClassLoop start(
      Inputs inputs,
      LeaderWrites cluster,
      Events events,
      ReconcilerMetrics metrics,
      ClusterMetrics loops,
      Roles roles,
      InstantSource clock) {
    Pass pass =
        new Pass(inputs, cluster, new Applier(cluster, events, metrics), metrics, roles, clock);
    Loop loop = Loop.start("nodeclasses", AT_LEAST_EVERY, AT_MOST_EVERY, loops, pass::run);
    Executor soon =
        CompletableFuture.delayedExecutor(WHILE_PENDING.toMillis(), TimeUnit.MILLISECONDS);
    pass.onPending(() -> soon.execute(loop::wake));
    return new ClassLoop(pass, loop);
  }

  /**
   * What is wrong, by the pool's name, as of the last pass; a class that was not looked at then is
   * pending.
   */
  public Map<String, ClassTrouble> troubles() {
    return pass.troubles();
  }

  /**
   * Whether it has looked, or tried to, since this replica leads, or no pool asks for a class. Who
   * says how a pool stands before that would take back what the last leader said of its class.
   */
  public boolean known() {
    return pass.known();
  }

  /** Has {@code callback} run whenever what is wrong has changed, or is known at last. */
  public void onChange(Runnable callback) {
    pass.onChange(callback);
  }

  /** Says that pools may have changed. Does not wait. */
  public void poolsChanged() {
    if (pass.poolsChanged()) {
      loop.wake();
    }
  }

  /** Says that something else that it looks at has changed. Does not wait. */
  public void wake() {
    loop.wake();
  }

  @Override
  public void close() {
    loop.close();
  }
}
