package dev.windfall.policies;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads one pod token by token: no tree, no field that nobody asks for. Lists may be null, as Go
 * writes them.
 */
final class PodReader {
  // Many pods are held, and whoever creates them chooses what they say. A wish is shorter.
  private static final int MOST_LABELS = 256;
  private static final int MOST_ANNOTATIONS = 64;
  private static final int LONGEST = 8 << 10;

  /** The resources of which an offer says how much its machine has. */
  private static final Set<String> OFFERED = Set.of(Keys.GPU_RESOURCE, "cpu", "memory");

  private final JsonPull json;

  private final NodeTermsReader terms;
  private final Map<String, String> labels = new HashMap<>();
  private final Map<String, String> annotations = new HashMap<>();
  private final List<String> gates = new ArrayList<>();
  private String namespace = "";
  private String name = "";
  private String uid = "";
  private Optional<Instant> created = Optional.empty();
  private String schedulerName = "";
  private String nodeName = "";
  private String phase = "";
  private boolean toleratesRungs;
  private boolean scheduled;
  private Optional<String> unschedulable = Optional.empty();
  private boolean deleting;
  private boolean ofDaemonSet;
  private boolean mirror;
  private boolean leftInPeace;
  private boolean asksMore;
  private String controller = "";
  private Optional<Instant> started = Optional.empty();
  private final GpuCounter gpus = new GpuCounter();
  private final NeedsCounter needs = new NeedsCounter();
  private final VolumesReader volumes;

  PodReader(JsonParser json) {
    this.json = new JsonPull(json);
    this.terms = new NodeTermsReader(this.json);
    this.volumes = new VolumesReader(this.json);
  }

  Pod read() throws IOException {
    json.object(field -> {
      switch (field) {
        case "metadata" -> json.object(this::metadata);
        case "spec" -> json.object(this::spec);
        case "status" -> json.object(this::status);
        default -> json.skip();
      }
    });
    Optional<Restart> restart =
        Annotations.restartable(annotations)
            .map(runs ->
                new Restart(runs, started, controller, leftInPeace, asksMore || terms.asksMore()));
    boolean ended = phase.equals("Succeeded") || phase.equals("Failed");
    boolean settled = ended || (!nodeName.isEmpty() && restart.isEmpty());
    return new Pod(
        namespace,
        name,
        uid,
        created,
        labels,
        annotations,
        schedulerName,
        nodeName,
        gates,
        gpus.counts(),
        needs.needs(),
        settled ? List.of() : volumes.claims(name),
        toleratesRungs,
        settled ? NodeTerms.ANY : own(),
        phase,
        // Where nobody says since when, no time has passed.
        unschedulable.map(at -> Instants.parse(at).or(() -> created).orElse(Instant.MAX)),
        scheduled,
        deleting,
        ofDaemonSet,
        mirror,
        restart);
  }

  /** The machine that a burst was given names its offers; the pod made anew will not. */
  private NodeTerms own() {
    boolean placed = !nodeName.isEmpty() && annotations.containsKey(Keys.ASSIGNED);
    return placed ? terms.terms().without(Keys.OFFER) : terms.terms();
  }

  private void metadata(String field) throws IOException {
    switch (field) {
      case "name" -> name = json.text();
      case "namespace" -> namespace = json.text();
      case "uid" -> uid = json.text();
      case "creationTimestamp" -> created = Instants.parse(json.text());
      case "labels" ->
          json.object(label -> {
            if (labels.size() < MOST_LABELS) {
              labels.put(label, json.text());
            }
          });
      case "deletionTimestamp" -> deleting = !json.text().isEmpty();
      case "annotations" ->
          json.object(key -> {
            if (key.startsWith(Keys.PREFIX)) {
              keep(key, json.text());
            } else if (key.equals(Keys.KARPENTER_DO_NOT_DISRUPT)) {
              leftInPeace = json.text().equals("true");
            } else {
              mirror |= key.equals("kubernetes.io/config.mirror");
              json.skip();
            }
          });
      case "ownerReferences" -> json.each(this::owner);
      default -> json.skip();
    }
  }

  /** The decision is never read as an instruction, and so not at all. */
  private void keep(String key, String value) {
    boolean wish = Annotations.WISHES.contains(key);
    if (wish || (!key.equals(Keys.DECISION) && annotations.size() < MOST_ANNOTATIONS)) {
      // What is cut off must not be read as if it had been the whole.
      annotations.put(key, value.length() > LONGEST ? value.substring(0, LONGEST) + "…" : value);
    }
  }

  private void owner() throws IOException {
    Map<String, String> owner = new HashMap<>();
    json.object(field -> owner.put(field, json.text()));
    ofDaemonSet |= "DaemonSet".equals(owner.get("kind"));
    if ("true".equals(owner.get("controller"))) {
      controller = owner.getOrDefault("uid", "");
    }
  }

  private void spec(String field) throws IOException {
    switch (field) {
      case "schedulerName" -> schedulerName = json.text();
      case "nodeName" -> nodeName = json.text();
      case "nodeSelector" -> terms.selector();
      case "affinity" -> terms.affinity();
      case "schedulingGates" -> json.each(() -> json.object(this::gate));
      case "tolerations" -> json.each(this::toleration);
      case "containers" -> json.each(this::container);
      case "initContainers" -> json.each(this::initContainer);
      case "volumes" -> json.each(volumes::volume);
      case "overhead" -> json.object(resource -> needs.overhead().request(resource, json));
      case "resources" ->
          json.object(kind -> {
            switch (kind) {
              case "requests" -> json.object(resource -> needs.ofPod().request(resource, json));
              case "limits" -> json.object(resource -> needs.ofPod().limit(resource, json));
              default -> json.skip();
            }
          });
      default -> json.skip();
    }
  }

  private void gate(String field) throws IOException {
    if (field.equals("name")) {
      gates.add(json.text());
    } else {
      json.skip();
    }
  }

  private void toleration() throws IOException {
    Map<String, String> toleration = new HashMap<>();
    json.object(field -> toleration.put(field, json.text()));
    toleratesRungs |=
        new Toleration(
                toleration.getOrDefault("key", ""),
                toleration.getOrDefault("operator", ""),
                toleration.getOrDefault("value", ""),
                toleration.getOrDefault("effect", ""))
            .tolerates(SpotPool.Taint.RUNG);
  }

  private void container() throws IOException {
    Container container = readContainer();
    gpus.container(container.gpus());
    needs.container(container.asks());
  }

  private void initContainer() throws IOException {
    Container container = readContainer();
    gpus.initContainer(container.gpus(), container.sidecar());
    needs.initContainer(container.asks(), container.sidecar());
  }

  private record Container(GpuCounts gpus, NeedsCounter.Asks asks, boolean sidecar) {}

  private Container readContainer() throws IOException {
    NeedsCounter.Asks asks = new NeedsCounter.Asks();
    Map<String, Integer> requests = new HashMap<>();
    Map<String, Integer> limits = new HashMap<>();
    boolean[] sidecar = {false};
    json.object(field -> {
      switch (field) {
        case "restartPolicy" -> sidecar[0] = json.text().equals("Always");
        case "resources" ->
            json.object(kind -> {
              switch (kind) {
                case "requests" ->
                    json.object(resource -> {
                      asks.request(resource, json);
                      count(resource, requests);
                    });
                case "limits" ->
                    json.object(resource -> {
                      asks.limit(resource, json);
                      count(resource, limits);
                    });
                default -> json.skip();
              }
            });
        default -> json.skip();
      }
    });
    limits.forEach(requests::putIfAbsent);
    requests.values().removeIf(count -> count == 0);
    return new Container(
        requests.isEmpty() ? GpuCounts.NONE : new GpuCounts(requests), asks, sidecar[0]);
  }

  private void count(String resource, Map<String, Integer> counts) throws IOException {
    asksMore |= !OFFERED.contains(resource);
    if (GpuCounts.counts(resource)) {
      counts.put(resource, GpuCounts.sum(0, json.quantity()));
    } else {
      json.skip();
    }
  }

  private void status(String field) throws IOException {
    switch (field) {
      case "phase" -> phase = json.text();
      case "startTime" -> started = Instants.parse(json.text());
      case "conditions" -> json.each(this::condition);
      default -> json.skip();
    }
  }

  private void condition() throws IOException {
    Map<String, String> condition = new HashMap<>();
    json.object(field -> {
      switch (field) {
        case "type", "status", "reason", "lastTransitionTime" -> condition.put(field, json.text());
        default -> json.skip();
      }
    });
    if (!"PodScheduled".equals(condition.get("type"))) {
      return;
    }
    scheduled = "True".equals(condition.get("status"));
    if ("False".equals(condition.get("status"))
        && "Unschedulable".equals(condition.get("reason"))) {
      unschedulable = Optional.of(condition.getOrDefault("lastTransitionTime", ""));
    }
  }
}
