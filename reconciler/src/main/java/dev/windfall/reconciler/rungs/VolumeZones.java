package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Resource;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Pod;
import dev.windfall.reconciler.LeaderWrites;
import java.time.Duration;
import java.time.Instant;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Where the volumes of pods that wait are. Nobody watches volumes: they are read when such a pod
 * waits, and remembered, since a volume does not move. A claim without a volume gets one where its
 * pod goes, and is looked at again later.
 *
 * <p>Used by one thread.
 */
final class VolumeZones {
  /** So many claims are read in one pass; the pods of the others are looked at in the next. */
  private static final int MOST_READS = 200;

  private static final int MOST_REMEMBERED = 10_000;
  private static final Duration AGAIN = Duration.ofSeconds(30);

  private final LeaderWrites cluster;
  private final Map<Key, Found> found = new LinkedHashMap<>();
  private int reads;
  private Instant now = Instant.EPOCH;

  /**
   * What is known of one claim.
   *
   * @param zones empty: its volume is everywhere, or not there yet
   * @param until when it is read again
   */
  private record Found(Optional<Set<String>> zones, Instant until) {}

  VolumeZones(LeaderWrites cluster) {
    this.cluster = cluster;
  }

  /** Begins a pass. */
  void begin(Instant at) {
    now = at;
    reads = 0;
  }

  /**
   * The zones in which all volumes of {@code pod} are; empty: it may go anywhere, as far as is
   * known.
   */
  Optional<Set<String>> of(Pod pod) {
    Optional<Set<String>> all = Optional.empty();
    for (String name : pod.claims()) {
      Optional<Set<String>> zones = ofClaim(new Key(pod.namespace(), name));
      if (zones.isPresent()) {
        Set<String> both = new HashSet<>(zones.get());
        all.ifPresent(both::retainAll);
        all = Optional.of(both);
      }
    }
    return all;
  }

  private Optional<Set<String>> ofClaim(Key claim) {
    Found known = found.get(claim);
    if (known != null && now.isBefore(known.until())) {
      return known.zones();
    }
    if (reads >= MOST_READS) {
      return known == null ? Optional.empty() : known.zones();
    }
    reads++;
    Found read = read(claim);
    found.remove(claim);
    found.put(claim, read);
    if (found.size() > MOST_REMEMBERED) {
      found.remove(found.keySet().iterator().next());
    }
    return read.zones();
  }

  private Found read(Key claim) {
    Optional<ObjectNode> volume =
        cluster
            .get(Resource.PERSISTENT_VOLUME_CLAIMS, claim)
            .map(there -> there.at("/spec/volumeName").asText(""))
            .filter(name -> !name.isEmpty())
            .flatMap(name -> cluster.get(Resource.PERSISTENT_VOLUMES, Key.of(name)));
    return volume
        .map(there -> new Found(zones(there), Instant.MAX))
        .orElseGet(() -> new Found(Optional.empty(), now.plus(AGAIN)));
  }

  /** The zones that a volume's node affinity names; empty: it names none. */
  static Optional<Set<String>> zones(JsonNode volume) {
    Set<String> all = new HashSet<>();
    for (JsonNode term : volume.at("/spec/nodeAffinity/required/nodeSelectorTerms")) {
      Set<String> zones = new HashSet<>();
      for (JsonNode expression : term.path("matchExpressions")) {
        if (isZone(expression.path("key").asText())
            && expression.path("operator").asText().equals("In")) {
          expression.path("values").forEach(value -> zones.add(value.asText()));
        }
      }
      if (zones.isEmpty()) {
        return Optional.empty();
      }
      all.addAll(zones);
    }
    return all.isEmpty() ? Optional.empty() : Optional.of(all);
  }

  /** Drivers have keys of their own, such as {@code topology.ebs.csi.aws.com/zone}. */
  private static boolean isZone(String key) {
    return key.equals(Keys.ZONE)
        || key.equals("failure-domain.beta.kubernetes.io/zone")
        || (key.startsWith("topology.") && key.endsWith("/zone"));
  }
}
