package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.policies.JsonPull;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.LeaderWrites;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * What the DaemonSets of the cluster run. Nobody watches them: they are listed when a pod waits,
 * and every few minutes while one does.
 *
 * <p>Used by one thread.
 */
final class DaemonTemplates {
  private static final Duration AGAIN = Duration.ofMinutes(2);

  private final LeaderWrites cluster;
  private Daemons known = Daemons.NONE;
  private Instant until = Instant.MIN;

  DaemonTemplates(LeaderWrites cluster) {
    this.cluster = cluster;
  }

  Daemons at(Instant now) {
    if (!now.isBefore(until)) {
      known =
          new Daemons(
              List.copyOf(
                  cluster
                      .list(Resource.DAEMONSETS, Selection.ALL, DaemonTemplates::read)
                      .items()
                      .values()));
      until = now.plus(AGAIN);
    }
    return known;
  }

  /** The pod of a DaemonSet's template. A {@link dev.windfall.cluster.Decoder}. */
  static @Nullable Pod read(JsonParser parser) throws IOException {
    JsonPull json = new JsonPull(parser);
    @Nullable Pod[] template = {null};
    json.object(field -> {
      if (field.equals("spec")) {
        json.object(key -> {
          if (key.equals("template")) {
            template[0] = Pod.read(parser);
          } else {
            json.skip();
          }
        });
      } else {
        json.skip();
      }
    });
    return template[0];
  }
}
