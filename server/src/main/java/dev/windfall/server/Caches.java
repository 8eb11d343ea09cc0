package dev.windfall.server;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.market.Node;
import dev.windfall.policies.Keys;
import dev.windfall.policies.Namespace;
import dev.windfall.policies.Pod;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.WindfallConfig.Role;
import dev.windfall.reconciler.LiveClaim;
import dev.windfall.reconciler.LivePolicy;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.LiveRung;
import dev.windfall.reconciler.nodes.LiveNode;
import java.io.IOException;
import java.time.Duration;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is held of the cluster. A kind that several roles look at is watched once, but for nodes, of
 * which the extender and the reconciler keep different things; one that none looks at not at all.
 *
 * @param pods those that ask for GPUs, or for shares of them
 * @param nodes those that have some
 * @param machines those, and those of rungs that have none yet
 */
record Caches(
    Cache<LivePool> pools,
    Cache<LiveRung> rungs,
    Cache<LiveClaim> claims,
    Cache<Pod> pods,
    Cache<Node> nodes,
    Cache<LiveNode> machines,
    Cache<Namespace> namespaces,
    Cache<LivePolicy> policies)
    implements AutoCloseable {
  private static final Duration LOOK = Duration.ofMillis(200);

  /**
   * Pods that have a node: what an extender counts. A pod that waits is half of what is said of it.
   */
  private static final Selection BOUND = new Selection("", "", "spec.nodeName!=");

  /** Starts to watch what {@code roles} look at. */
  static Caches start(KubeClient client, Set<Role> roles) {
    boolean webhook = roles.contains(Role.WEBHOOK);
    boolean extender = roles.contains(Role.EXTENDER);
    boolean reconciler = roles.contains(Role.RECONCILER);
    Selection ours = Selection.ALL.labelled(Keys.POOL);
    Selection all = Selection.ALL;
    return new Caches(
        cache(webhook || reconciler, client, Resource.SPOTPOOLS, all, LivePool::read),
        cache(reconciler, client, Resource.NODEPOOLS, ours, LiveRung::read),
        cache(reconciler, client, Resource.NODECLAIMS, all, LiveClaim::read),
        cache(
            extender || reconciler,
            client,
            Resource.PODS,
            reconciler ? all : BOUND,
            Caches::gpuPod),
        cache(extender, client, Resource.NODES, all, Caches::gpuNode),
        reconciler
            ? Cache.watch("machines", client, Resource.NODES, all, LiveNode::read)
            : Cache.unused(Resource.NODES),
        cache(true, client, Resource.NAMESPACES, all, Namespace::read),
        cache(true, client, Resource.SPOTPOLICIES, all, LivePolicy::read));
  }

  private static <T> Cache<T> cache(
      boolean wanted,
      KubeClient client,
      Resource resource,
      Selection selection,
      Decoder<T> decoder) {
    return wanted ? Cache.watch(client, resource, selection, decoder) : Cache.unused(resource);
  }

  private static @Nullable Pod gpuPod(JsonParser object) throws IOException {
    Pod pod = Pod.read(object);
    return pod.asks().isEmpty() ? null : pod;
  }

  private static @Nullable Node gpuNode(JsonParser object) throws IOException {
    Node node = Node.read(object);
    return node.gpus().isEmpty() ? null : node;
  }

  private List<Cache<?>> all() {
    return List.of(pools, rungs, claims, pods, nodes, machines, namespaces, policies);
  }

  boolean synced() {
    return all().stream().allMatch(Cache::synced);
  }

  /**
   * Waits until everything has been listed once, however long that takes, and says what is missing:
   * in a cluster where Karpenter comes later, or a right is granted later, Windfall goes on then.
   */
  void awaitSynced(Readiness.Step step) throws InterruptedException {
    for (Cache<?> cache : all()) {
      while (!cache.awaitSynced(LOOK)) {
        cache.trouble().ifPresent(why -> step.says(missing(cache.resource(), why)));
      }
    }
    step.done();
  }

  private static String missing(Resource resource, String why) {
    boolean karpenters = resource.group().equals(Resource.NODEPOOLS.group());
    return "%s cannot be read: %s; %s"
        .formatted(
            resource.plural(),
            why,
            karpenters
                ? "is Karpenter installed, and may Windfall list and watch them?"
                : "may Windfall list and watch them?");
  }

  void onChange(Runnable callback) {
    all().forEach(cache -> cache.onChange(callback));
  }

  /** Has the watches that broke tried again at once: the API server was heard in another way. */
  void hurry() {
    all().forEach(Cache::hurry);
  }

  /** What may be bought. */
  List<SpotPool> spotPools() {
    return LivePool.buying(pools.snapshot().values());
  }

  @Override
  public void close() {
    all().forEach(Cache::close);
  }
}
