package dev.windfall.reconciler.launches;

import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Loop;
import dev.windfall.market.History;
import dev.windfall.reconciler.LeaderWrites;
import java.time.Instant;
import java.time.InstantSource;
import java.util.Optional;
import java.util.function.Consumer;

/** Reads what the leader writes. Belongs to one thread. */
public final class Follower {
  private final Store store;
  private final Consumer<History> remember;
  private final InstantSource clock;
  private Optional<String> version = Optional.empty();
  private Instant looked = Instant.EPOCH;
  private Instant told = Instant.EPOCH;

  Follower(Store store, Consumer<History> remember, InstantSource clock) {
    this.store = store;
    this.remember = remember;
    this.clock = clock;
  }

  /** Starts to read in a replica that never leads. */
  public static Loop start(
      KubeClient client,
      String namespace,
      Consumer<History> remember,
      ClusterMetrics loops,
      InstantSource clock) {
    Store store = new Store(new LeaderWrites(client, () -> false), namespace);
    Follower follower = new Follower(store, remember, clock);
    return Loop.start(
        "history", LaunchLoop.WRITE_EVERY, LaunchLoop.WRITE_EVERY, loops, follower::run);
  }

  void run() {
    Instant now = clock.instant();
    if (now.isBefore(looked.plus(LaunchLoop.WRITE_EVERY))) {
      return;
    }
    looked = now;
    Store.Kept kept = store.read();
    boolean old = !now.isBefore(told.plus(LaunchLoop.REMIND_EVERY));
    if (!kept.version().equals(version) || (old && !kept.history().isEmpty())) {
      version = kept.version();
      told = now;
      remember.accept(kept.history());
    }
  }
}
