package dev.windfall.reconciler;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.market.OfferKey;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.GpuCounts;
import dev.windfall.policies.Instants;
import dev.windfall.policies.JsonPull;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Needs;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * The few things Windfall needs to know of a NodeClaim.
 *
 * @param labels as Karpenter's drift test reads them
 * @param drifted whether Karpenter has marked it already
 * @param life how far it has come
 * @param gpus NVIDIA GPUs that pods may use of it; 0 until it is launched
 * @param allocatable what else pods may use of it; none until it is launched
 * @param asked what its launch may become
 */
public record LiveClaim(
    String name,
    Map<String, String> labels,
    boolean drifted,
    Life life,
    int gpus,
    Needs allocatable,
    Asked asked) {
  /** So long after a machine has joined nobody expects GPUs of it any more. */
  public static final Duration HOPELESS = Duration.ofMinutes(20);

  /** The label by which a NodeClaim names its NodePool. */
  public static final String NODEPOOL = "karpenter.sh/nodepool";

  /**
   * How far a claim has come.
   *
   * @param created empty: it does not say
   * @param nodeName of its node; empty while it has none
   * @param deleted when its deletion began; empty: it has not
   * @param since of each condition that holds, from when on
   * @param leftInPeace whether it says that its node must not be disrupted
   */
  public record Life(
      String uid,
      String resourceVersion,
      Optional<Instant> created,
      String nodeName,
      Optional<Instant> deleted,
      Map<String, Instant> since,
      boolean leftInPeace) {
    /** Nothing is known but that it is there. */
    public static final Life UNKNOWN =
        new Life("", "", Optional.empty(), "", Optional.empty(), Map.of(), false);

    public Life {
      since = Map.copyOf(since);
    }

    /** Whether its deletion has begun. */
    public boolean deleting() {
      return deleted.isPresent();
    }

    /** Since when its machine is there. */
    public Optional<Instant> launched() {
      return Optional.ofNullable(since.get("Launched"));
    }

    /** Since when its node is in the cluster. */
    public Optional<Instant> registered() {
      return Optional.ofNullable(since.get("Registered"));
    }

    /** Since when its node is ready, and has the GPUs that were asked for. */
    public Optional<Instant> initialized() {
      return Optional.ofNullable(since.get("Initialized"));
    }
  }

  /**
   * The part of what its NodePool allows that the pods of this claim can use.
   *
   * @param zones empty: any
   * @param types empty: any
   */
  public record Asked(Set<String> zones, Set<String> types) {
    /** All that its NodePool allows. */
    public static final Asked ANY = new Asked(Set.of(), Set.of());

    public Asked {
      zones = Set.copyOf(zones);
      types = Set.copyOf(types);
    }

    /** Whether {@code offer} is in it. */
    public boolean allows(OfferKey offer) {
      return (zones.isEmpty() || zones.contains(offer.zone()))
          && (types.isEmpty() || types.contains(offer.instanceType()));
    }
  }

  public LiveClaim {
    labels = Map.copyOf(labels);
  }

  /** One of which nothing else is known. */
  public LiveClaim(String name, Map<String, String> labels, boolean drifted) {
    this(name, labels, drifted, Life.UNKNOWN, 0, Needs.NONE, Asked.ANY);
  }

  /** Its NodePool; empty when it was made without one. */
  public String nodePool() {
    return labels.getOrDefault(NODEPOOL, "");
  }

  /** What it was launched as, or will be; empty while that is open. */
  public Optional<OfferKey> offer() {
    String zone = labels.get(Keys.ZONE);
    String type = labels.get(Keys.INSTANCE_TYPE);
    return Optional.ofNullable(labels.get(Keys.OFFER))
        .flatMap(OfferKey::parse)
        .or(() ->
            zone == null || type == null
                ? Optional.empty()
                : Capacity.of(labels.getOrDefault(Keys.CAPACITY_TYPE, ""))
                    .map(capacity -> new OfferKey(zone, type, capacity)));
  }

  /**
   * Reads a NodeClaim from a stream. A {@link dev.windfall.cluster.Decoder}.
   *
   * @throws IOException when the stream breaks
   */
  public static LiveClaim read(JsonParser parser) throws IOException {
    return new Reader(new JsonPull(parser)).read();
  }

  /** What has been read so far. */
  private static final class Reader {
    private final JsonPull json;
    private final Map<String, String> labels = new HashMap<>();
    private final Map<String, Instant> since = new HashMap<>();
    private final Map<String, String> allocatable = new HashMap<>();
    private final Set<String> zones = new HashSet<>();
    private final Set<String> types = new HashSet<>();
    private String name = "";
    private String uid = "";
    private String resourceVersion = "";
    private String nodeName = "";
    private Optional<Instant> created = Optional.empty();
    private Optional<Instant> deleted = Optional.empty();
    private boolean leftInPeace;

    private Reader(JsonPull json) {
      this.json = json;
    }

    LiveClaim read() throws IOException {
      json.object(field -> {
        switch (field) {
          case "metadata" -> json.object(this::metadata);
          case "spec" -> json.object(this::spec);
          case "status" -> json.object(this::status);
          default -> json.skip();
        }
      });
      Life life = new Life(uid, resourceVersion, created, nodeName, deleted, since, leftInPeace);
      return new LiveClaim(
          name,
          labels,
          since.containsKey("Drifted"),
          life,
          GpuCounts.of(allocatable).whole(),
          Needs.of(allocatable),
          new Asked(zones, types));
    }

    private void metadata(String field) throws IOException {
      switch (field) {
        case "name" -> name = json.text();
        case "uid" -> uid = json.text();
        case "resourceVersion" -> resourceVersion = json.text();
        case "creationTimestamp" -> created = Instants.parse(json.text());
        case "deletionTimestamp" ->
            deleted = Instants.parse(json.text()).or(() -> Optional.of(Instant.EPOCH));
        case "labels" -> json.object(label -> labels.put(label, json.text()));
        case "annotations" -> json.object(this::annotation);
        default -> json.skip();
      }
    }

    private void spec(String field) throws IOException {
      if (field.equals("requirements")) {
        json.each(this::requirement);
      } else {
        json.skip();
      }
    }

    private void requirement() throws IOException {
      Map<String, String> words = new HashMap<>();
      Set<String> values = new HashSet<>();
      json.object(field -> {
        if (field.equals("values")) {
          json.each(() -> values.add(json.text()));
        } else {
          words.put(field, json.text());
        }
      });
      if (words.getOrDefault("operator", "").equals("In")) {
        switch (words.getOrDefault("key", "")) {
          case Keys.ZONE -> zones.addAll(values);
          case Keys.INSTANCE_TYPE -> types.addAll(values);
          default -> {
            // The other requirements are its NodePool's.
          }
        }
      }
    }

    private void annotation(String key) throws IOException {
      leftInPeace |= key.equals(Keys.KARPENTER_DO_NOT_DISRUPT) && json.text().equals("true");
    }

    private void status(String field) throws IOException {
      switch (field) {
        case "nodeName" -> nodeName = json.text();
        case "conditions" -> json.each(this::condition);
        case "allocatable" -> json.object(resource -> allocatable.put(resource, json.text()));
        default -> json.skip();
      }
    }

    private void condition() throws IOException {
      Map<String, String> condition = new HashMap<>();
      json.object(field -> condition.put(field, json.text()));
      if (condition.getOrDefault("status", "").equals("True")) {
        String at = condition.getOrDefault("lastTransitionTime", "");
        since.put(condition.getOrDefault("type", ""), Instants.parse(at).orElse(Instant.EPOCH));
      }
    }
  }
}
