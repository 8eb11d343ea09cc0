package dev.windfall.server;

import dev.windfall.cluster.Clocks;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Elector;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.market.Retry;
import dev.windfall.policies.Surroundings;
import dev.windfall.policies.WindfallConfig;
import dev.windfall.providers.PriceFeed;
import dev.windfall.reconciler.Inputs;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.ReconcilerMetrics;
import dev.windfall.reconciler.classes.ClassLoop;
import dev.windfall.reconciler.classes.Roles;
import dev.windfall.reconciler.guards.GuardLoop;
import dev.windfall.reconciler.launches.ClaimEvent;
import dev.windfall.reconciler.launches.Follower;
import dev.windfall.reconciler.launches.LaunchLoop;
import dev.windfall.reconciler.leftover.LeftoverLoop;
import dev.windfall.reconciler.leftover.LiveLeftover;
import dev.windfall.reconciler.nodes.LiveNode;
import dev.windfall.reconciler.nodes.NodesLoop;
import dev.windfall.reconciler.pending.PendingLoop;
import dev.windfall.reconciler.publish.PublishLoop;
import dev.windfall.reconciler.rungs.RungLoop;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.function.Supplier;
import java.util.stream.Collectors;

/** The part of {@link Wiring} that the role of a reconciler needs. */
record Loops(
    WindfallConfig config,
    Clocks clocks,
    Closing closing,
    ClusterMetrics clusterMetrics,
    PrometheusRegistry registry) {

  /**
   * Starts them.
   *
   * @param published the names of the sources whose offers the leader publishes
   */
  void start(
      PriceFeed feed,
      Caches caches,
      Supplier<Surroundings> surroundings,
      PoliciesInForce policies,
      KubeClient client,
      Elector elector,
      String replica,
      Set<String> published) {
    EventRecorder events =
        closing.later("the events", EventRecorder.start(client, replica, clocks));
    LeaderWrites writes = new LeaderWrites(client, elector::leading);
    ReconcilerMetrics metrics = new ReconcilerMetrics(registry);
    Inputs inputs =
        new Inputs(
            caches.pools()::snapshot,
            caches.rungs()::snapshot,
            caches.claims()::snapshot,
            () -> retiring(caches),
            caches.pods()::snapshot,
            surroundings,
            policies,
            caches.policies()::snapshot,
            feed::book,
            Map::of,
            caches::synced);
    LaunchLoop launches = launches(feed, inputs, writes, metrics, client, elector);
    ClassLoop classes =
        closing.later(
            "the node classes",
            ClassLoop.start(
                inputs,
                writes,
                events::record,
                metrics,
                clusterMetrics,
                new Roles(config.cluster().nodeClasses(), config.cluster().nodeClassRoles()),
                clocks.wall()));
    // An offer that could not be had would be bought again by whoever does not know of it.
    Inputs informed = inputs.once(launches::known);
    RungLoop rungs =
        closing.later(
            "the rungs",
            RungLoop.start(
                informed.once(classes::known).knowing(classes::troubles),
                writes,
                events::record,
                metrics,
                clusterMetrics,
                clocks.wall()));
    classes.onChange(rungs::wake);
    caches.pools().onChange(classes::poolsChanged);
    elector.onChange(classes::wake);
    String namespace = config.cluster().namespace();
    PendingLoop pending =
        closing.later(
            "the waiting pods",
            PendingLoop.start(
                informed,
                writes,
                events::record,
                metrics,
                clusterMetrics,
                namespace,
                clocks.wall()));
    GuardLoop guards =
        closing.later(
            "the guards",
            GuardLoop.start(
                inputs, writes, events::record, metrics, clusterMetrics, namespace, clocks.wall()));
    // Who leads again after an outage should not decide on what was before it.
    elector.onChange(caches::hurry);
    elector.onChange(guards::wake);
    policies.onChange(guards::wake);
    caches.policies().onChange(guards::wake);
    if (!published.isEmpty()) {
      PublishLoop publish =
          closing.later(
              "the publication",
              PublishLoop.start(
                  inputs,
                  published,
                  writes,
                  namespace,
                  config.publish().every(),
                  clusterMetrics,
                  clocks.wall()));
      feed.onChange(publish::wake);
      elector.onChange(publish::wake);
    }
    NodesLoop nodes =
        closing.later(
            "the nodes",
            NodesLoop.start(
                inputs,
                launches::known,
                () -> caches.machines().snapshot().values(),
                writes,
                events::record,
                metrics,
                clusterMetrics,
                clocks.wall()));
    caches.machines().onChange(nodes::wake);
    caches.claims().onChange(launches::wake);
    LeftoverLoop leftovers = leftovers(inputs, writes, events, metrics, client, elector);
    caches.pools().onChange(leftovers::wake);
    feed.onChange(leftovers::wake);
    elector.onChange(leftovers::wake);
    Runnable wake =
        () -> {
          rungs.wake();
          pending.wake();
          nodes.wake();
        };
    feed.onChange(wake);
    launches.onKnown(wake);
    elector.onChange(wake);
    policies.onChange(wake);
    List.of(caches.pools(), caches.rungs(), caches.claims(), caches.pods(), caches.namespaces())
        .forEach(cache -> cache.onChange(wake));
    // What changed before anybody listened.
    wake.run();
    classes.wake();
  }

  /** Where there are none: what launches came to moves scores too. */
  void follow(PriceFeed feed, KubeClient client) {
    String namespace = config.cluster().namespace();
    var _ =
        closing.later(
            "the history",
            Follower.start(client, namespace, feed::remember, clusterMetrics, clocks.wall()));
  }

  /**
   * Its events may come late, or not at all where it may not read them: then claims tell enough.
   */
  private LaunchLoop launches(
      PriceFeed feed,
      Inputs inputs,
      LeaderWrites writes,
      ReconcilerMetrics metrics,
      KubeClient client,
      Elector elector) {
    Cache<ClaimEvent> told =
        closing.later(
            "the events of claims",
            Cache.watch(client, Resource.EVENTS, ClaimEvent.SELECTION, ClaimEvent::read));
    LaunchLoop launches =
        closing.later(
            "the launches",
            LaunchLoop.start(
                inputs,
                () -> told.snapshot().values(),
                writes,
                feed::remember,
                Retry.after(config.retryAfter()),
                metrics,
                clusterMetrics,
                config.cluster().namespace(),
                clocks.wall()));
    told.onChange(launches::wake);
    elector.onChange(told::hurry);
    elector.onChange(launches::wake);
    return launches;
  }

  /** A cluster may well not have the kind, and nobody else waits for it. */
  private LeftoverLoop leftovers(
      Inputs inputs,
      LeaderWrites writes,
      EventRecorder events,
      ReconcilerMetrics metrics,
      KubeClient client,
      Elector elector) {
    Cache<LiveLeftover> held =
        closing.later(
            "the LeftoverNodePools",
            Cache.watch(client, Resource.LEFTOVER_NODE_POOLS, Selection.ALL, LiveLeftover::read));
    LeftoverLoop leftovers =
        closing.later(
            "the SpotPools of LeftoverNodePools",
            LeftoverLoop.start(
                inputs,
                new LeftoverLoop.Leftovers(() -> held.snapshot().values(), held::synced),
                config.leftover(),
                writes,
                events::record,
                metrics,
                clusterMetrics,
                clocks.wall()));
    held.onChange(leftovers::wake);
    elector.onChange(held::hurry);
    return leftovers;
  }

  /** The names of nodes that get no new work. */
  private static Set<String> retiring(Caches caches) {
    return caches.machines().snapshot().values().stream()
        .filter(LiveNode::retiring)
        .map(LiveNode::name)
        .collect(Collectors.toSet());
  }
}
