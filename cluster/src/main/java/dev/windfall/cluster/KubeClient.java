package dev.windfall.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.kubernetes.client.openapi.ApiClient;
import java.net.URI;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.function.Function;

/**
 * Calls to the API server, as JSON trees. Safe for any thread. Every call is bounded in time, and
 * throws {@link ClusterException} when it does not succeed.
 *
 * <p>What is repeated, a few times with growing delays and never sooner than the API server asks,
 * but for evictions:
 *
 * <ul>
 *   <li>every call that got 429, since it was turned away before anything was done;
 *   <li>after no answer or a 5xx: reads; replaces, and patches that carry a resourceVersion or a
 *       {@code test} operation, since a second application would be refused with 409; creates with
 *       a fixed name, likewise; deletes with preconditions.
 * </ul>
 *
 * <p>So a 409 (or a delete's 404) may follow from the caller's own write whose answer was lost:
 * whoever gets one reads again before concluding anything. Merge patches without a version, deletes
 * without preconditions and creates with a generated name are sent once, as a repetition could undo
 * or double what happened in between.
 */
public final class KubeClient implements AutoCloseable {
  private static final Duration TIMEOUT = Duration.ofSeconds(30);
  private static final int ATTEMPTS = 4;

  private final Transport transport;
  private final Repeater repeater;

  private KubeClient(Transport transport, Repeater repeater) {
    this.transport = transport;
    this.repeater = repeater;
  }

  /**
   * Finds the cluster: the kubeconfig if one is given, else the pod's service account, else the
   * first existing file of KUBECONFIG, else {@code ~/.kube/config}. Nothing is sent yet.
   *
   * @throws ClusterException with status 0 if none is there, or it cannot be read
   */
  public static KubeClient connect(Optional<Path> kubeconfig, ClusterMetrics metrics) {
    return over(Connection.find(kubeconfig), metrics);
  }

  /** An API server without credentials. */
  public static KubeClient at(URI server, ClusterMetrics metrics) {
    return over(Connection.plain(server), metrics);
  }

  private static KubeClient over(ApiClient api, ClusterMetrics metrics) {
    Transport transport = new Transport(api, metrics);
    return new KubeClient(transport, new Repeater(transport, TIMEOUT, ATTEMPTS, Thread::sleep));
  }

  /**
   * The same connection with other bounds.
   *
   * @param newTimeout for each attempt, from connecting to the last byte
   * @param newAttempts how often a call is sent at most; 1 never repeats
   */
  public KubeClient within(Duration newTimeout, int newAttempts) {
    return new KubeClient(
        transport, new Repeater(transport, newTimeout, newAttempts, repeater.pause()));
  }

  KubeClient pausing(Repeater.Pause pause) {
    return new KubeClient(
        transport, new Repeater(transport, repeater.timeout(), repeater.attempts(), pause));
  }

  /** One object as it is now, by a consistent read; empty when there is none, or no such kind. */
  public Optional<ObjectNode> get(Resource resource, Key key) {
    return read(resource, key, Json::tree);
  }

  /** The same of an object that goes through a decoder as it arrives. */
  public <T> Optional<T> get(Resource resource, Key key, Decoder<T> decoder) {
    return read(resource, key, body -> Json.decode(body, decoder)).flatMap(Function.identity());
  }

  private <T> Optional<T> read(Resource resource, Key key, Transport.Reader<T> reader) {
    Call call = Call.read("get", resource, Call.what(resource, key), resource.path(key), Map.of());
    try {
      return Optional.of(repeater.send(call, reader));
    } catch (ClusterException e) {
      if (e.isNotFound()) {
        return Optional.empty();
      }
      throw e;
    }
  }

  /**
   * Creates an object.
   *
   * @param namespace empty for what is cluster-scoped
   * @param object with {@code metadata.name} or {@code metadata.generateName}; kind and apiVersion
   *     are filled in
   * @return the object as stored
   * @throws ClusterException {@link ClusterException#isAlreadyExists} when the name is taken,
   *     perhaps by this very call
   */
  public ObjectNode create(Resource resource, String namespace, ObjectNode object) {
    ObjectNode body = Call.typed(resource, object);
    String name = body.path("metadata").path("name").asText("");
    String shown =
        name.isEmpty() ? body.path("metadata").path("generateName").asText("") + "*" : name;
    String what =
        resource.kind().toLowerCase(Locale.ROOT)
            + " "
            + (namespace.isEmpty() ? shown : namespace + "/" + shown);
    return call(
        Call.write(
            "create",
            "POST",
            resource,
            what,
            resource.path(namespace),
            "application/json",
            body,
            !name.isEmpty()));
  }

  /**
   * Replaces an object whole.
   *
   * @param object with the resourceVersion it was decided on; without one, whatever is there is
   *     overwritten
   * @throws ClusterException {@link ClusterException#isConflict} when the object has moved on
   */
  public ObjectNode replace(Resource resource, Key key, ObjectNode object) {
    return call(
        Call.write(
            "update",
            "PUT",
            resource,
            Call.what(resource, key),
            resource.path(key),
            "application/json",
            Call.typed(resource, object),
            Call.versioned(object)));
  }

  /**
   * Changes the fields that the patch names; null removes one, a list is replaced whole.
   *
   * @param patch with {@code metadata.resourceVersion} if it was decided on one state of the object
   * @throws ClusterException {@link ClusterException#isConflict} when the object has moved on from
   *     that version
   */
  public ObjectNode mergePatch(Resource resource, Key key, ObjectNode patch) {
    return merge(resource, key, resource.path(key), patch);
  }

  /** Like {@link #mergePatch}, for what the kind keeps in its status subresource. */
  public ObjectNode mergePatchStatus(Resource resource, Key key, ObjectNode patch) {
    return merge(resource, key, resource.path(key) + "/status", patch);
  }

  private ObjectNode merge(Resource resource, Key key, String path, ObjectNode patch) {
    String type = "application/merge-patch+json";
    return call(
        Call.write(
            "patch",
            "PATCH",
            resource,
            Call.what(resource, key),
            path,
            type,
            patch,
            Call.versioned(patch)));
  }

  /**
   * Applies a JSON patch (RFC 6902): all operations or none.
   *
   * @throws ClusterException status 422 when an operation does not apply, a failed {@code test}
   *     among them
   */
  public ObjectNode jsonPatch(Resource resource, Key key, ArrayNode operations) {
    boolean tested = false;
    for (JsonNode operation : operations) {
      tested |= operation.path("op").asText().equals("test");
    }
    String type = "application/json-patch+json";
    return call(
        Call.write(
            "patch",
            "PATCH",
            resource,
            Call.what(resource, key),
            resource.path(key),
            type,
            operations,
            tested));
  }

  /**
   * Deletes an object, in the background for what it owns.
   *
   * @throws ClusterException {@link ClusterException#isNotFound} when it is not there, {@link
   *     ClusterException#isConflict} when a precondition does not hold
   */
  public void delete(Resource resource, Key key, Preconditions preconditions) {
    call(Call.delete(resource, key, preconditions));
  }

  /**
   * Evicts a pod, as far as its PodDisruptionBudgets allow. Sent once: a 429 is an answer here, and
   * whoever still wants it asks again later.
   *
   * @param uid the pod itself, not another one of its name
   * @param dryRun only asks whether it would be done
   * @throws ClusterException with status 429 while a budget forbids it, {@link
   *     ClusterException#isNotFound} or {@link ClusterException#isConflict} when the pod is gone
   */
  public void evict(Key pod, String uid, boolean dryRun) {
    within(repeater.timeout(), 1).call(Call.evict(pod, uid, dryRun));
  }

  /**
   * Lists a kind in pages of 500 by a consistent read. Objects go through the decoder as they
   * arrive; no page is held. A list that expires while it is being paged (410) begins again once.
   */
  public <T> Listing<T> list(Resource resource, Selection selection, Decoder<T> decoder) {
    try {
      return listOnce(resource, selection, decoder);
    } catch (ClusterException e) {
      if (!e.isGone()) {
        throw e;
      }
      return listOnce(resource, selection, decoder);
    }
  }

  private <T> Listing<T> listOnce(Resource resource, Selection selection, Decoder<T> decoder) {
    Map<Key, T> items = new LinkedHashMap<>();
    String next = "";
    ListPage<T> page;
    do {
      Map<String, String> query = Call.query(selection);
      query.put("limit", "500");
      if (!next.isEmpty()) {
        query.put("continue", next);
      }
      Call call =
          Call.read(
              "list", resource, resource.plural(), resource.path(selection.namespace()), query);
      page =
          repeater.send(call, body -> ListPage.read(body, resource, decoder, transport.metrics()));
      items.putAll(page.items());
      next = page.next();
    } while (!next.isEmpty());
    return new Listing<>(Collections.unmodifiableMap(items), page.resourceVersion());
  }

  /** Prepares a watch: see {@link Transport#stream}. Never repeated here; the watcher does that. */
  Transport.Streaming watch(
      Resource resource, Selection selection, Map<String, String> parameters, Duration silence) {
    Map<String, String> query = Call.query(selection);
    query.put("watch", "true");
    query.putAll(parameters);
    Call call =
        Call.read(
            "watch", resource, resource.plural(), resource.path(selection.namespace()), query);
    return transport.stream(call, silence);
  }

  ClusterMetrics metrics() {
    return transport.metrics();
  }

  /** Ends all calls under way; they fail. Views made by {@link #within} end with it. */
  @Override
  public void close() {
    transport.close();
  }

  private ObjectNode call(Call call) {
    return repeater.send(call, Json::tree);
  }
}
