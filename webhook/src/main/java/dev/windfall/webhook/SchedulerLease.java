package dev.windfall.webhook;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.cluster.Watcher;
import dev.windfall.policies.JsonPull;
import dev.windfall.webhook.Heartbeat.Renewal;
import java.io.IOException;
import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;

/**
 * The Lease of somebody whom pods are left to: the scheduler that they are given, or the leader
 * that frees them. Left to a dead one they would wait for ever.
 */
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
   * Begins to watch a Lease; a scheduler's has the scheduler's name. Needs to {@code list} and
   * {@code watch} Leases in {@code namespace}.
   */
  public static SchedulerLease watch(
      KubeClient client, String namespace, String scheduler, Clocks clocks) {
    Key lease = new Key(namespace, scheduler);
    Heartbeat heartbeat = new Heartbeat(clocks.nanos());
    Watcher<Renewal> watcher =
        Watcher.start(
            "lease-" + scheduler,
            client,
            Resource.LEASES,
            Selection.only(lease),
            SchedulerLease::decode);
    watcher.onChange(() -> heartbeat.seen(Optional.ofNullable(watcher.snapshot().get(lease))));
    return new SchedulerLease(scheduler, heartbeat, watcher);
  }

  /** The scheduler, and whether it lives. */
  public AssignedScheduler assigned() {
    return new AssignedScheduler(scheduler, alive());
  }

  /** Whether its holder renews it. */
  public boolean alive() {
    return heartbeat.alive();
  }

  /** Stops watching; the scheduler counts as dead once its last renewal ends. */
  @Override
  public void close() {
    watcher.close();
  }

  static Renewal decode(JsonParser parser) throws IOException {
    JsonPull json = new JsonPull(parser);
    Map<String, String> spec = new HashMap<>();
    json.object(field -> {
      if (field.equals("spec")) {
        json.object(inner -> spec.put(inner, json.text()));
      } else {
        json.skip();
      }
    });
    return new Renewal(
        spec.getOrDefault("holderIdentity", ""),
        spec.getOrDefault("renewTime", ""),
        seconds(spec.getOrDefault("leaseDurationSeconds", "")));
  }

  /** The API server knows it for an int; whatever else it is, is no promise to live. */
  private static Duration seconds(String text) {
    return text.matches("[0-9]{1,9}") ? Duration.ofSeconds(Long.parseLong(text)) : Duration.ZERO;
  }
}
