package dev.windfall.reconciler.classes;

import dev.windfall.cluster.ClusterException;
import dev.windfall.reconciler.ClassTrouble;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.ReconcilerMetrics;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Collection;
import java.util.HashMap;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.atomic.AtomicReference;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Looks, plans and acts once. Belongs to the loop's thread, but for what is wrong. */
final class Pass {
  private static final System.Logger LOG = System.getLogger(Pass.class.getName());

  /** Where no pool asks: classes may be left from before this replica led. */
  private static final Duration LOOK_ROUND = Duration.ofHours(1);

  private final Inputs inputs;
  private final LeaderWrites cluster;
  private final Applier applier;
  private final ReconcilerMetrics metrics;
  private final Roles roles;
  private final InstantSource clock;
  private final CopyOnWriteArrayList<Runnable> callbacks = new CopyOnWriteArrayList<>();
  private final AtomicReference<Set<Edition>> editions = new AtomicReference<>(Set.of());
  private @Nullable Instant looked;
  private boolean left;
  private volatile Found found = Found.NOTHING;
  private volatile boolean known;
  private volatile Runnable pending = () -> {};

  /**
   * What the last pass has found.
   *
   * @param classes the names of those that it looked at
   * @param troubles by the pool's name
   */
  private record Found(Set<String> classes, Map<String, ClassTrouble> troubles) {
    static final Found NOTHING = new Found(Set.of(), Map.of());
  }

  /** All of a pool that classes depend on. */
  private record Edition(String uid, long generation, boolean deleting) {}

  Pass(
      Inputs inputs,
      LeaderWrites cluster,
      Applier applier,
      ReconcilerMetrics metrics,
      Roles roles,
      InstantSource clock) {
    this.inputs = inputs;
    this.cluster = cluster;
    this.applier = applier;
    this.metrics = metrics;
    this.roles = roles;
    this.clock = clock;
  }

  Map<String, ClassTrouble> troubles() {
    if (!known) {
      return Map.of();
    }
    Found last = found;
    Map<String, ClassTrouble> troubles = new HashMap<>(last.troubles());
    for (LivePool pool : inputs.pools().get().values()) {
      pool.pool()
          .filter(spec -> View.asks(pool) && !last.classes().contains(spec.nodeClassRef().name()))
          .ifPresent(spec -> troubles.put(pool.name(), Planner.pending(spec)));
    }
    return Map.copyOf(troubles);
  }

  void onChange(Runnable callback) {
    callbacks.add(callback);
  }

  /** Has {@code soon} run after each pass that found a class nobody has judged yet. */
  void onPending(Runnable soon) {
    pending = soon;
  }

  /** Whether a pool has come, gone or been edited since it was last asked; not its status. */
  boolean poolsChanged() {
    Set<Edition> now =
        inputs.pools().get().values().stream()
            .map(pool -> new Edition(pool.uid(), pool.generation(), pool.deleting()))
            .collect(Collectors.toUnmodifiableSet());
    return !now.equals(editions.getAndSet(now));
  }

  boolean known() {
    return known;
  }

  /**
   * Plans and applies once.
   *
   * @throws ClusterException when no answer came, or when a write lost to another
   */
  void run() {
    if (!cluster.leading()) {
      // Who leads now says what is wrong; and who leads again does not know what is left.
      looked = null;
      known = false;
      know(Found.NOTHING);
      return;
    }
    if (!inputs.synced().getAsBoolean()) {
      return;
    }
    try {
      look();
    } finally {
      beKnown();
    }
    if (found.troubles().values().stream().anyMatch(ClassTrouble::pending)) {
      pending.run();
    }
  }

  private void look() {
    Collection<LivePool> pools = inputs.pools().get().values();
    Instant now = clock.instant();
    Set<String> asked = View.asked(pools);
    if (asked.isEmpty()) {
      // What concerns no pool is nothing to wait for.
      know(Found.NOTHING);
      beKnown();
    }
    if (!due(asked, now)) {
      return;
    }
    // Also when it fails: where no pool asks, that is not worth a failed pass each time.
    looked = now;
    View.Standing standing;
    try {
      standing = applier.standing();
    } catch (ClusterException e) {
      know(unlooked(pools, e));
      throw e;
    }
    left = standing.someOurs();
    View view =
        View.of(
            pools,
            inputs.rungs().get().values(),
            inputs.claims().get().values(),
            standing,
            roles,
            now);
    Plan plan = Planner.plan(view);
    left |= !plan.actions().isEmpty();
    if (!known) {
      // Writes may take long. Later on, what a refused one led to is not taken back before it.
      know(new Found(asked, plan.troubles()));
      beKnown();
    }
    Map<String, ClassTrouble> troubles = new HashMap<>(plan.troubles());
    try {
      applier.act(plan.actions(), troubles);
    } catch (LeaderWrites.NotLeadingException e) {
      LOG.log(Level.INFO, "{0}", e.getMessage());
    } finally {
      know(new Found(asked, Map.copyOf(troubles)));
    }
  }

  /** A class that was found good goes on being so, and one that was not, not. */
  private Found unlooked(Collection<LivePool> pools, ClusterException e) {
    Map<String, ClassTrouble> before = troubles();
    Map<String, ClassTrouble> troubles = new HashMap<>();
    for (LivePool pool : pools) {
      if (View.asks(pool)) {
        ClassTrouble last = before.get(pool.name());
        // Of a good class a new leader must not say for a moment that nothing can be bought.
        boolean blocks = known && last != null && last.blocks();
        troubles.put(
            pool.name(),
            last != null && blocks && !last.pending()
                ? last
                : new ClassTrouble(
                    "NodeClassUnknown",
                    e.getMessage() + "; how the node class stands is not known",
                    blocks));
      }
    }
    return new Found(View.asked(pools), Map.copyOf(troubles));
  }

  private void beKnown() {
    if (!known) {
      known = true;
      callbacks.forEach(Runnable::run);
    }
  }

  private boolean due(Set<String> asked, Instant now) {
    return left
        || !asked.isEmpty()
        || looked == null
        || Duration.between(looked, now).compareTo(LOOK_ROUND) >= 0;
  }

  /** Says it when it changes, as a pass comes often. */
  private void know(Found now) {
    Found before = found;
    if (now.equals(before)) {
      return;
    }
    now.troubles()
        .forEach((pool, trouble) -> {
          if (!trouble.equals(before.troubles().get(pool))) {
            Level level = trouble.pending() ? Level.INFO : Level.WARNING;
            LOG.log(level, "spotpool {0}: {1}", pool, trouble.message());
          }
        });
    found = now;
    metrics.classTroubles(now.troubles());
    callbacks.forEach(Runnable::run);
  }
}
