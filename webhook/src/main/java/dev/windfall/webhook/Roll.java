package dev.windfall.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.temporal.ChronoUnit;
import java.util.HashMap;
import java.util.Map;
import java.util.TreeMap;

/**
 * The replicas that are there, and by which authority's certificate each can be known.
 *
 * <p>All of them share one Lease, in which each writes an annotation of its own. A Lease each would
 * take the right to change every Lease of the namespace, the leader's and the schedulers' among
 * them; a rule cannot name what has no name yet.
 *
 * <p>An annotation's time is its writer's, so it is only compared with itself. A replica that is
 * found counts as there until its annotation has stood still for a while, from when this one saw
 * it: after a restart everybody counts as there. For one thread.
 */
final class Roll {
  /** The Lease in Windfall's namespace. */
  static final String LEASE = "windfall-webhook";

  private static final System.Logger LOG = System.getLogger(Roll.class.getName());
  private static final String PREFIX = "replica.windfall.dev/";

  /** Of what follows an annotation's prefix. */
  private static final int MAX_NAME = 63;

  /** A replica that is there and serves nothing that it has checked. */
  private static final String NOTHING = "-";

  private final KubeClient client;
  private final Key key;
  private final String own;
  private final Clocks clocks;
  private final Duration every;
  private final Duration patience;
  private final Map<String, Sighting> sightings = new HashMap<>();

  private String written = "";
  private long writtenAt;

  private record Sighting(String value, long at) {}

  /**
   * A roll on which this replica does not stand yet.
   *
   * @param replica of this process; no other has the name
   * @param every how often this replica says that it is there
   * @param patience for how long another may be silent
   */
  Roll(
      KubeClient client,
      String namespace,
      String replica,
      Clocks clocks,
      Duration every,
      Duration patience) {
    this.client = client;
    this.key = new Key(namespace, LEASE);
    this.own = PREFIX + name(replica);
    this.clocks = clocks;
    this.every = every;
    this.patience = patience;
  }

  /** Its end, since that is where names that begin alike differ. */
  private static String name(String replica) {
    String end = replica.substring(Math.max(0, replica.length() - MAX_NAME));
    return end.replaceAll("[^A-Za-z0-9._-]", "-").replaceFirst("^[^A-Za-z0-9]+", "");
  }

  /**
   * Says that this replica is there, if it has not said just that a short while ago.
   *
   * @param serial of the authority by whose certificate it can be known; empty: none yet
   * @throws ClusterException when that cannot be written
   */
  void stand(String serial) {
    String serves = serial.isEmpty() ? NOTHING : serial;
    long now = clocks.nanos().getAsLong();
    if (serves.equals(written) && now - writtenAt < every.toNanos()) {
      return;
    }
    write(serves + " " + clocks.wall().instant().truncatedTo(ChronoUnit.MILLIS));
    written = serves;
    writtenAt = now;
  }

  /** Since when, at the latest, the others cannot have thought this replica gone. Monotonic. */
  long stoodAt() {
    return writtenAt;
  }

  private void write(String value) {
    ObjectNode patch = Json.object();
    patch.putObject("metadata").putObject("annotations").put(own, value);
    try {
      client.mergePatch(Resource.LEASES, key, patch);
    } catch (ClusterException e) {
      if (!e.isNotFound()) {
        throw e;
      }
      patch.withObjectProperty("metadata").put("name", key.name());
      create(patch);
    }
  }

  private void create(ObjectNode lease) {
    try {
      client.create(Resource.LEASES, key.namespace(), lease);
    } catch (ClusterException e) {
      if (!e.isAlreadyExists()) {
        throw e;
      }
      // Another replica was first, or the answer to this very call was lost.
      client.mergePatch(Resource.LEASES, key, lease);
    }
  }

  /**
   * The other replicas that are there, each with the serial that it serves; empty: none yet. Those
   * that have been silent for too long are taken off the roll.
   */
  Map<String, String> others() {
    ObjectNode lease = client.get(Resource.LEASES, key).orElseGet(Json::object);
    long now = clocks.nanos().getAsLong();
    Map<String, String> others = new TreeMap<>();
    ObjectNode gone = Json.object();
    Map<String, Sighting> seen = new HashMap<>();
    for (var annotation : lease.at("/metadata/annotations").properties()) {
      String name = annotation.getKey();
      if (!name.startsWith(PREFIX) || name.equals(own)) {
        continue;
      }
      String value = annotation.getValue().asText();
      Sighting before = sightings.get(name);
      Sighting sighting =
          before != null && before.value().equals(value) ? before : new Sighting(value, now);
      seen.put(name, sighting);
      if (now - sighting.at() > patience.toNanos()) {
        gone.putNull(name);
      } else {
        String serves = value.split(" ", 2)[0];
        others.put(name.substring(PREFIX.length()), serves.equals(NOTHING) ? "" : serves);
      }
    }
    sightings.clear();
    sightings.putAll(seen);
    if (!gone.isEmpty()) {
      strike(gone, lease.at("/metadata/resourceVersion"));
    }
    return others;
  }

  private void strike(ObjectNode gone, JsonNode version) {
    ObjectNode patch = Json.object();
    patch.putObject("metadata").set("resourceVersion", version);
    patch.withObjectProperty("metadata").set("annotations", gone);
    try {
      client.mergePatch(Resource.LEASES, key, patch);
      LOG.log(
          Level.INFO,
          "replicas of the webhook were silent for {0} s and count as gone: {1}",
          patience.toSeconds(),
          String.join(", ", gone.properties().stream().map(Map.Entry::getKey).toList()));
    } catch (ClusterException e) {
      // Somebody on the roll has just spoken; the next look tells whom it was.
      if (!e.isConflict()) {
        throw e;
      }
    }
  }

  /** Takes this replica off the roll, which must not serve any more. */
  void leave() {
    ObjectNode patch = Json.object();
    patch.putObject("metadata").putObject("annotations").putNull(own);
    client.mergePatch(Resource.LEASES, key, patch);
  }
}
