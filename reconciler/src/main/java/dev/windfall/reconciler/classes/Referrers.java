package dev.windfall.reconciler.classes;

import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.policies.SpotPool.NodeClassRef;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.LivePool;
import java.util.Collection;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Who refers to node classes, asked of the API server itself, since snapshots are behind, and of
 * everybody's NodePools. Each kind is listed once a pass, and only when somebody wants to know.
 */
final class Referrers {
  private final LeaderWrites cluster;
  private @Nullable Collection<LivePool> pools;
  private @Nullable Set<NodeClassRef> referred;

  Referrers(LeaderWrites cluster) {
    this.cluster = cluster;
  }

  /** Whether a pool, a NodePool or a NodeClaim refers to {@code live}. */
  boolean of(LiveClass live) {
    return pools().stream().anyMatch(pool -> View.keeps(pool, live))
        || referred().contains(live.ref());
  }

  private Collection<LivePool> pools() {
    if (pools == null) {
      pools =
          List.copyOf(
              cluster.list(Resource.SPOTPOOLS, Selection.ALL, LivePool::read).items().values());
    }
    return pools;
  }

  private Set<NodeClassRef> referred() {
    if (referred == null) {
      referred = new HashSet<>(list(Resource.NODEPOOLS, Referred::byNodePool));
      referred.addAll(list(Resource.NODECLAIMS, Referred::byNodeClaim));
    }
    return referred;
  }

  private Collection<NodeClassRef> list(Resource resource, Decoder<NodeClassRef> decoder) {
    return cluster.list(resource, Selection.ALL, decoder).items().values();
  }
}
