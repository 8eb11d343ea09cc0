package dev.windfall.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.market.Grant;
import dev.windfall.market.NodeRequirement;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Namespace;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Policies;
import dev.windfall.policies.Request;
import dev.windfall.policies.Resolution;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.reconciler.LivePolicy;
import dev.windfall.reconciler.pending.PodPatch;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * Lets one pod go from behind its gate, without the server and whatever the prices are. It is held
 * to what labels of nodes say of its wish, since nobody is there who knows the offers.
 */
final class Release {
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What only an offer's label could say; without the prefix, as reasons have it. */
  private static final Set<String> NEEDS_OFFERS =
      Set.of(Keys.MAX_PRICE_PER_GPU, Keys.GPU_MODELS, Keys.MIN_GPU_MEMORY).stream()
          .map(key -> key.substring(Keys.PREFIX.length()))
          .collect(Collectors.toUnmodifiableSet());

  private final KubeClient client;
  private final Key key;
  private final List<String> warnings = new ArrayList<>();

  Release(KubeClient client, Key key) {
    this.client = client;
    this.key = key;
  }

  /**
   * What was done.
   *
   * @param heldTo what the pod requires of its node now
   * @param noLongerHeldTo the parts of its wish that nobody sees to any more, each with its source
   * @param warnings for whoever did it
   */
  record Done(
      Key pod,
      List<NodeRequirement> heldTo,
      List<Resolution.Reason> noLongerHeldTo,
      List<String> warnings) {
    Done {
      heldTo = List.copyOf(heldTo);
      noLongerHeldTo = List.copyOf(noLongerHeldTo);
      warnings = List.copyOf(warnings);
    }
  }

  /**
   * Does it.
   *
   * @throws FailureException when it cannot be done, with the reason and what to do
   */
  Done carryOut() {
    ObjectNode live =
        asked(() -> client.get(Resource.PODS, key))
            .orElseThrow(() ->
                new FailureException("there is no pod " + key + "; -n names another namespace"));
    Pod pod = read(live);
    Resolution resolution = Resolution.of(pod, namespace(), policies());
    warnings.addAll(resolution.warnings());
    warnings.addAll(resolution.refusals());
    List<NodeRequirement> requirements =
        resolution.request().map(Release::byLabels).orElse(List.of());
    ArrayNode patch =
        PodPatch.liftingGate(live, requirements)
            .orElseThrow(() ->
                new FailureException(
                    "pod %s is behind no gate of Windfall's; %s"
                        .formatted(
                            key,
                            pod.gates().isEmpty()
                                ? "it has none"
                                : "it waits for " + String.join(", ", pod.gates()))));
    lift(live, patch);
    return new Done(
        key,
        requirements,
        resolution.reasons().stream()
            .filter(reason -> NEEDS_OFFERS.contains(reason.wish()))
            .toList(),
        warnings);
  }

  /** Rungs say whose they are, which the offers that the server names make needless. */
  private static List<NodeRequirement> byLabels(Request request) {
    List<NodeRequirement> requirements = new ArrayList<>();
    if (Grant.byLabels(request) instanceof Grant.Bound bound) {
      requirements.addAll(bound.requirements());
    }
    if (!request.providers().isEmpty()) {
      requirements.add(
          new NodeRequirement(Keys.PROVIDER, NodeRequirement.Operator.IN, request.providers()));
    }
    return requirements;
  }

  private void lift(ObjectNode live, ArrayNode patch) {
    try {
      client.jsonPatch(Resource.PODS, key, patch);
    } catch (ClusterException e) {
      // 422 says that a test of the patch failed, and also that a pod may not become what it would.
      boolean moved =
          e.isConflict()
              || e.isNotFound()
              || (e.status() == 422 && !version(live).equals(versionNow()));
      throw moved
          ? new FailureException(
              "pod " + key + " was changed by somebody else meanwhile; try again")
          : failure(e);
    }
  }

  private static String version(ObjectNode pod) {
    return pod.at("/metadata/resourceVersion").asText();
  }

  private String versionNow() {
    return asked(() -> client.get(Resource.PODS, key)).map(Release::version).orElse("");
  }

  private Namespace namespace() {
    return asked(() -> client.get(Resource.NAMESPACES, Key.of(key.namespace())))
        .map(LiveSurroundings::read)
        .orElseGet(() -> Namespace.named(key.namespace()));
  }

  private Policies policies() {
    Map<Key, LivePolicy> live =
        asked(() -> {
          try {
            return client.list(Resource.SPOTPOLICIES, Selection.ALL, LivePolicy::read).items();
          } catch (ClusterException e) {
            if (e.isNotFound()) {
              return Map.of();
            }
            throw e;
          }
        });
    List<SpotPolicy> readable = new ArrayList<>();
    for (LivePolicy policy : live.values()) {
      policy.policy().ifPresent(readable::add);
      if (!policy.problems().isEmpty()) {
        warnings.add(
            "spotpolicy "
                + policy.name()
                + " cannot be read and does not count here; "
                + policy.problems().lines().findFirst().orElse(""));
      }
    }
    return Policies.of(readable);
  }

  private interface Question<T> {
    T ask();
  }

  private static <T> T asked(Question<T> question) {
    try {
      return question.ask();
    } catch (ClusterException e) {
      throw failure(e);
    }
  }

  private static FailureException failure(ClusterException e) {
    String message = Objects.requireNonNullElse(e.getMessage(), "refused");
    boolean byPolicy = message.contains("ValidatingAdmissionPolicy");
    boolean byRights = e.status() == 401 || (e.status() == 403 && !byPolicy);
    return new FailureException(
        byRights
            ? message
                + "; it takes the rights to get and patch pods, get namespaces and list"
                + " spotpolicies"
            : message);
  }

  private Pod read(ObjectNode live) {
    try (JsonParser parser = live.traverse(JSON)) {
      parser.nextToken();
      return Pod.read(parser).in(key.namespace());
    } catch (IOException e) {
      throw new UncheckedIOException("reading a tree", e);
    }
  }

  static Optional<Key> key(String namespace, String name) {
    try {
      return Optional.of(new Key(namespace, name));
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
  }
}
