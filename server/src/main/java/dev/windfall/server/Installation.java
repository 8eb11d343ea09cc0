package dev.windfall.server;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Manifests;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.policies.CustomResources;
import dev.windfall.policies.LeftoverConfig;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.WindfallConfig;
import dev.windfall.reconciler.guards.LeftoverGuard;
import dev.windfall.reconciler.guards.SpotPoolGuard;
import dev.windfall.webhook.Certificates;
import dev.windfall.webhook.Endpoint;
import dev.windfall.webhook.WebhookConfiguration;
import java.lang.System.Logger.Level;
import java.time.Duration;

/**
 * What Windfall needs in the cluster: its namespace, its kinds, who may write them, and the API
 * server's calls. With {@code cluster.install: false} somebody else has put it there, and nothing
 * is written.
 */
final class Installation {
  private static final System.Logger LOG = System.getLogger(Installation.class.getName());
  private static final Duration ESTABLISHED = Duration.ofSeconds(30);

  private final KubeClient client;
  private final Manifests manifests;
  private final WindfallConfig.Cluster cluster;
  private final LeftoverConfig leftover;

  Installation(KubeClient client, WindfallConfig config, Clocks clocks) {
    this.client = client;
    this.manifests = new Manifests(client, clocks);
    this.cluster = config.cluster();
    this.leftover = config.leftover();
  }

  /**
   * Makes sure of namespace and kinds.
   *
   * @throws ClusterException when the API server cannot be reached, or refuses
   * @throws FailureException when the namespace is missing and not ours to create
   */
  void prepare() throws InterruptedException {
    namespace();
    if (!cluster.install()) {
      warnWithoutGuard();
      return;
    }
    kind(CustomResources.spotPool(), Resource.SPOTPOOLS);
    kind(CustomResources.spotPolicy(), Resource.SPOTPOLICIES);
    guard(
        SpotPoolGuard.policy(cluster.nodeClasses(), cluster.nodeClassRoles()),
        SpotPoolGuard.binding());
    leftovers();
  }

  /** Whoever updates Windfall may not have given it the rights for this kind yet. */
  private void leftovers() throws InterruptedException {
    ObjectNode definition = CustomResources.leftoverNodePool();
    try {
      if (!leftover.mode().equals(SpotPool.Mode.OBSERVE) || !isThere(definition)) {
        kind(definition, Resource.LEFTOVER_NODE_POOLS);
      }
      guard(LeftoverGuard.policy(cluster.nodeClasses(), leftover.mode()), LeftoverGuard.binding());
    } catch (ClusterException e) {
      if (e.status() != 403) {
        throw e;
      }
      LOG.log(
          Level.WARNING,
          "{0}; apply deploy/rbac.yaml of this version and start again, or LeftoverNodePools are"
              + " not served, or not guarded",
          e.getMessage());
    }
  }

  /** Whoever only observes may do so beside Leftover's own operator, which then owns the kind. */
  private boolean isThere(ObjectNode definition) {
    Key key = Key.of(definition.at("/metadata/name").asText());
    return client.get(Resource.CRDS, key).isPresent();
  }

  private void warnWithoutGuard() {
    warnWithoutGuard(SpotPoolGuard.NAME, "SpotPools");
    warnWithoutGuard(LeftoverGuard.NAME, "LeftoverNodePools");
  }

  private void warnWithoutGuard(String name, String what) {
    Key guard = Key.of(name);
    boolean there;
    try {
      there = client.get(Resource.ADMISSION_POLICY_BINDINGS, guard).isPresent();
    } catch (ClusterException e) {
      if (e.status() != 403) {
        throw e;
      }
      // Whoever updates Windfall may not have given it the right to look for this one yet.
      LOG.log(Level.INFO, "{0}; so it is not known who may write {1}", e.getMessage(), what);
      return;
    }
    if (!there) {
      LOG.log(
          Level.WARNING,
          "there is no ValidatingAdmissionPolicyBinding {0}: who may write {1} may have"
              + " NodePools made without the right to create them; start once with"
              + " cluster.install: true",
          guard,
          what);
    }
  }

  private void kind(ObjectNode definition, Resource resource) throws InterruptedException {
    apply(Resource.CRDS, definition);
    manifests.awaitEstablished(definition.at("/metadata/name").asText(), ESTABLISHED);
    // The API server turns readers of a new kind away until its storage is ready. A list is
    // repeated for that; the watch that follows would report an outage.
    var _ = client.list(resource, Selection.ALL, Decoder.whole());
  }

  /** Has the API server ask whoever writes what leads to NodePools for the right to create them. */
  private void guard(ObjectNode policy, ObjectNode binding) {
    try {
      apply(Resource.ADMISSION_POLICIES, policy);
      apply(Resource.ADMISSION_POLICY_BINDINGS, binding);
    } catch (ClusterException e) {
      if (!e.isNotFound()) {
        throw e;
      }
      LOG.log(
          Level.WARNING,
          "the API server serves no ValidatingAdmissionPolicies, which Kubernetes has since 1.30;"
              + " who may write {0} may have NodePools made without the right to create them",
          policy.at("/spec/matchConstraints/resourceRules/0/resources/0").asText());
    }
  }

  /** Has the API server ask about pods at {@code endpoint}, which must be open. */
  void callUs(Endpoint endpoint, Certificates certificates) {
    if (cluster.install()) {
      Resource resource = Resource.MUTATING_WEBHOOKS;
      String name = WebhookConfiguration.NAME;
      say(
          resource,
          name,
          manifests.apply(resource, Key.of(name), live -> certificates.manifest(endpoint, live)));
    }
  }

  private void namespace() {
    Key key = Key.of(cluster.namespace());
    if (client.get(Resource.NAMESPACES, key).isPresent()) {
      return;
    }
    if (!cluster.install()) {
      throw new FailureException(
          "the namespace %s is missing; create it, or set cluster.install to true"
              .formatted(cluster.namespace()));
    }
    ObjectNode manifest =
        JsonNodeFactory.instance.objectNode().put("apiVersion", "v1").put("kind", "Namespace");
    manifest.putObject("metadata").put("name", cluster.namespace());
    apply(Resource.NAMESPACES, manifest);
  }

  private void apply(Resource resource, ObjectNode manifest) {
    String name = manifest.at("/metadata/name").asText();
    say(resource, name, manifests.apply(resource, manifest));
  }

  private static void say(Resource resource, String name, Manifests.Outcome outcome) {
    switch (outcome) {
      case CREATED -> LOG.log(Level.INFO, "created {0} {1}", resource.kind(), name);
      case UPDATED -> LOG.log(Level.INFO, "updated {0} {1}", resource.kind(), name);
      case UNCHANGED -> LOG.log(Level.DEBUG, "{0} {1} is as it should be", resource.kind(), name);
    }
  }
}
