package dev.windfall.webhook;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Pull;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.cluster.Watcher;
import dev.windfall.webhook.Heartbeat.Renewal;
import java.io.IOException;
import java.time.Duration;
import java.util.Optional;

/** The Lease of the scheduler that pods are given. Pods given to a dead one would wait for ever. */
public final class SchedulerLease implements AutoCloseable {
  private final String scheduler;
  private final Heartbeat heartbeat;
  private final Watcher<Renewal> watcher;

  private SchedulerLease(String scheduler, Heartbeat heartbeat, Watcher<Renewal> watcher) {
    this.scheduler = scheduler;
    this.heartbeat = heartbeat;
    this.watcher = watcher;
  }

  /**
   * Begins to watch the Lease of a scheduler, which has the scheduler's name. Needs to {@code list}
   * and {@code watch} Leases in {@code namespace}.
   */
  public static SchedulerLease watch(
      KubeClient client, String namespace, String scheduler, Clocks clocks) {
    Key lease = new Key(namespace, scheduler);
    Heartbeat heartbeat = new Heartbeat(clocks.nanos());
    Watcher<Renewal> watcher =
        Watcher.start(client, Resource.LEASES, Selection.only(lease), SchedulerLease::decode);
    watcher.onChange(() -> heartbeat.seen(Optional.ofNullable(watcher.snapshot().get(lease))));
    return new SchedulerLease(scheduler, heartbeat, watcher);
  }

  /** The scheduler, and whether it lives. */
  public AssignedScheduler assigned() {
    return new AssignedScheduler(scheduler, heartbeat.alive());
  }

  /** Stops watching; the scheduler counts as dead once its last renewal ends. */
  @Override
  public void close() {
    watcher.close();
  }

  static Renewal decode(JsonParser parser) throws IOException {
    String[] text = {"", ""};
    long[] seconds = {0};
    Pull.fields(
        parser,
        field -> {
          if (field.equals("spec")) {
            Pull.fields(
                parser,
                inner -> {
                  switch (inner) {
                    case "holderIdentity" -> text[0] = string(parser);
                    case "renewTime" -> text[1] = string(parser);
                    case "leaseDurationSeconds" -> seconds[0] = parser.getValueAsLong(0);
                    default -> {}
                  }
                });
          }
        });
    return new Renewal(text[0], text[1], Duration.ofSeconds(seconds[0]));
  }

  private static String string(JsonParser parser) throws IOException {
    return parser.currentToken() == JsonToken.VALUE_STRING ? parser.getText() : "";
  }
}
