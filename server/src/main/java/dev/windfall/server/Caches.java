package dev.windfall.server;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.cluster.Watcher;
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
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * What is held of the cluster. A kind that several roles look at is watched once, also nodes, of
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
    Cache<LivePolicy> policies) {
  private static final Duration LOOK = Duration.ofMillis(200);

  /**
   * Pods that have a node: what an extender counts. A pod that waits is half of what is said of it.
   */
  private static final Selection BOUND = new Selection("", "", "spec.nodeName!=");

  /** Makes sure of Windfall's own kinds. */
  @FunctionalInterface
  interface OwnKinds {
    void prepare() throws InterruptedException;
  }

  /**
   * Starts to watch what {@code roles} look at. What others define is read while Windfall's own
   * kinds are made sure of.
   *
   * @param closing is given each, as the preparation may fail
   */
  static Caches start(KubeClient client, Set<Role> roles, OwnKinds kinds, Closing closing)
      throws InterruptedException {
    boolean webhook = roles.contains(Role.WEBHOOK);
    boolean extender = roles.contains(Role.EXTENDER);
    boolean reconciler = roles.contains(Role.RECONCILER);
    Watches watches = new Watches(client, closing);
    Selection ours = Selection.ALL.labelled(Keys.POOL);
    Selection all = Selection.ALL;
    // The largest first.
    Cache<Node> nodes = Cache.unused(Resource.NODES);
    Cache<LiveNode> machines = Cache.unused(Resource.NODES);
    if (extender && reconciler) {
      Watcher.Pair<Node, LiveNode> both =
          Watcher.pair(
              client,
              Resource.NODES,
              all,
              new Watcher.Half<>("nodes", Caches::gpuNode),
              new Watcher.Half<>("machines", LiveNode::read));
      nodes = watches.closed(new Cache<>(Resource.NODES, Optional.of(both.first())));
      machines = watches.closed(new Cache<>(Resource.NODES, Optional.of(both.second())));
    } else if (extender) {
      nodes = watches.start(true, Resource.NODES, all, Caches::gpuNode);
    } else if (reconciler) {
      machines =
          watches.closed(Cache.watch("machines", client, Resource.NODES, all, LiveNode::read));
    }
    Cache<Pod> pods =
        watches.start(
            extender || reconciler, Resource.PODS, reconciler ? all : BOUND, Caches::gpuPod);
    Cache<LiveRung> rungs = watches.start(reconciler, Resource.NODEPOOLS, ours, LiveRung::read);
    Cache<LiveClaim> claims = watches.start(reconciler, Resource.NODECLAIMS, all, LiveClaim::read);
    Cache<Namespace> namespaces = watches.start(true, Resource.NAMESPACES, all, Namespace::read);
    kinds.prepare();
    return new Caches(
        watches.start(webhook || reconciler, Resource.SPOTPOOLS, all, LivePool::read),
        rungs,
        claims,
        pods,
        nodes,
        machines,
        namespaces,
        watches.start(true, Resource.SPOTPOLICIES, all, LivePolicy::read));
  }

  /** Starts watches, and has them closed in the end. */
  private record Watches(KubeClient client, Closing closing) {
    <T> Cache<T> start(boolean wanted, Resource resource, Selection selection, Decoder<T> decoder) {
      return wanted
          ? closed(Cache.watch(client, resource, selection, decoder))
          : Cache.unused(resource);
    }

    <T> Cache<T> closed(Cache<T> cache) {
      return closing.later("the watch of " + cache.resource().plural(), cache);
    }
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
}
