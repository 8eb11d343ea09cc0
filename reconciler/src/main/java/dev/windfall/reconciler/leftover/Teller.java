package dev.windfall.reconciler.leftover;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Resource;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.LeaderWrites;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/** Tells LeftoverNodePools how they stand. Used by one thread. */
final class Teller {
  private static final System.Logger LOG = System.getLogger(Teller.class.getName());

  private final LeaderWrites cluster;
  private final Events events;

  /** What was said last of those to which nothing is written, by name. */
  private final Map<String, List<Trouble>> said = new HashMap<>();

  Teller(LeaderWrites cluster, Events events) {
    this.cluster = cluster;
    this.events = events;
  }

  /**
   * Says it. A status that lost to another, or is refused, keeps no other waiting.
   *
   * @param written of whom what was looked at is no longer so; the next pass speaks of them
   * @param all the names of all there are
   * @throws ClusterException when no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  void tell(List<Statuses.Word> words, Set<String> written, Set<String> all) {
    said.keySet().retainAll(all);
    for (Statuses.Word word : words) {
      switch (word) {
        case Statuses.Write write -> {
          if (!written.contains(write.live().name())) {
            said.remove(write.live().name());
            tell(write);
          }
        }
        case Statuses.Aside aside -> {
          List<Trouble> before = said.put(aside.live().name(), aside.notices());
          if (!aside.notices().equals(before)) {
            notice(aside.live(), aside.notices());
          }
        }
      }
    }
  }

  private void tell(Statuses.Write write) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    patch.putObject("metadata").put("resourceVersion", write.live().resourceVersion());
    patch.set("status", write.patch());
    try {
      cluster.mergePatchStatus(Resource.LEFTOVER_NODE_POOLS, Key.of(write.live().name()), patch);
      notice(write.live(), write.notices());
    } catch (ClusterException e) {
      if (e.status() == 0) {
        throw e;
      }
      boolean lost = e.isConflict() || e.isNotFound();
      LOG.log(lost ? Level.INFO : Level.WARNING, "{0}", e.getMessage());
    }
  }

  private void notice(LiveLeftover live, List<Trouble> notices) {
    for (Trouble notice : notices) {
      events.record(
          live.reference(), EventRecorder.Type.WARNING, notice.reason(), notice.message());
    }
  }
}
