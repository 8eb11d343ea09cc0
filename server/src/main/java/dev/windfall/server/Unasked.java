package dev.windfall.server;

import com.fasterxml.jackson.core.JsonParser;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Listing;
import dev.windfall.cluster.Loop;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.cluster.Watcher;
import dev.windfall.extender.Bindings;
import dev.windfall.extender.Extender;
import dev.windfall.market.Node;
import dev.windfall.policies.JsonPull;
import dev.windfall.policies.Pod;
import dev.windfall.policies.WindfallConfig;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.LongSupplier;

/**
 * Notices that the scheduler does not ask. It says nothing of it itself, and Windfall without calls
 * looks like Windfall without pods.
 *
 * <p>Pods are followed by the thread of their watch, {@link #look}. Whether the scheduler that
 * bound them is one that should have asked here needs a call to the API server, so that is left to
 * a loop.
 */
final class Unasked implements AutoCloseable {
  /** By whether the scheduler asked. */
  static final String METRIC = "windfall_extender_scheduled_pods_total";

  private static final System.Logger LOG = System.getLogger(Unasked.class.getName());

  /** Schedulers whose Leases are looked at together; who creates pods chooses the names. */
  private static final int MOST_SCHEDULERS = 8;

  /** Of the pods of schedulers beyond those. No Lease is called so. */
  private static final String OTHERS = "";

  private final Setup setup;
  private final Extender extender;
  private final KubeClient client;
  private final Counter scheduled;
  private final UnaskedWarning warning;
  private final Bindings bindings;
  private Map<Key, Pod> last;

  /** By scheduler: pods that nobody asked about, and of which it is not known who should have. */
  private final Map<String, Integer> unsettled = new ConcurrentHashMap<>();

  private final Loop loop;

  /**
   * What does not change.
   *
   * @param host the name of this machine, which a scheduler beside it has in its Lease
   * @param namespace where schedulers have their Leases
   * @param assign whose pods count; empty: everybody's
   * @param urlPrefix where the scheduler is to ask
   * @param settle the least time between two looks at Leases
   */
  record Setup(
      String host, String namespace, Optional<String> assign, String urlPrefix, Duration settle) {
    static Setup of(WindfallConfig config, String host, int port) {
      return new Setup(
          host,
          config.cluster().namespace(),
          config.scheduler().assign(),
          "http://%s:%d/scheduler".formatted(config.scheduler().host(), port),
          Duration.ofSeconds(5));
    }
  }

  private Unasked(
      Setup setup,
      Extender extender,
      Caches caches,
      KubeClient client,
      LongSupplier nanoTime,
      ClusterMetrics clusterMetrics,
      PrometheusRegistry registry) {
    this.setup = setup;
    this.extender = extender;
    this.client = client;
    warning = new UnaskedWarning(setup.assign(), setup.urlPrefix(), nanoTime);
    scheduled =
        Counter.builder()
            .name(METRIC)
            .help(
                "GPU pods bound while two or more nodes fitted, by whether the scheduler asked this"
                    + " replica for scores. Not asked counts where another node with the same"
                    + " labels, taints and offer had room; not where the scheduler's Lease is held"
                    + " on another machine")
            .labelNames("asked")
            .register(registry);
    scheduled.initLabelValues("yes");
    scheduled.initLabelValues("no");
    last = caches.pods().snapshot();
    bindings = new Bindings(last.values(), extender::askedAbout);
    loop =
        Loop.start("unasked", Duration.ofMinutes(10), setup.settle(), clusterMetrics, this::settle);
    caches.pods().onChange(() -> look(caches.pods().snapshot(), caches.nodes().snapshot()));
  }

  /** Follows pods from now on, which is when the scheduler can ask. */
  static Unasked start(
      Setup setup,
      Extender extender,
      Caches caches,
      KubeClient client,
      LongSupplier nanoTime,
      ClusterMetrics clusterMetrics,
      PrometheusRegistry registry) {
    return new Unasked(setup, extender, caches, client, nanoTime, clusterMetrics, registry);
  }

  private void look(Map<Key, Pod> pods, Map<Key, Node> nodes) {
    List<Bindings.Change> changes = new ArrayList<>();
    Watcher.differences(
        last, pods, (before, after) -> changes.add(new Bindings.Change(before, after)));
    last = pods;
    boolean news = false;
    for (Bindings.Binding binding : bindings.follow(changes, nodes.values())) {
      if (setup.assign().filter(name -> !name.equals(binding.scheduler())).isPresent()) {
        continue;
      }
      if (binding.asked()) {
        scheduled.labelValues("yes").inc();
      } else {
        keep(binding.scheduler(), 1);
        news = true;
      }
    }
    if (news) {
      loop.wake();
    }
  }

  private void keep(String scheduler, int pods) {
    boolean room = unsettled.containsKey(scheduler) || unsettled.size() < MOST_SCHEDULERS;
    unsettled.merge(room ? scheduler : OTHERS, pods, Integer::sum);
  }

  private void settle() {
    for (String scheduler : List.copyOf(unsettled.keySet())) {
      Integer pods = unsettled.remove(scheduler);
      try {
        Leader leader = Leader.of(holder(scheduler), setup.host());
        if (pods != null && leader != Leader.ELSEWHERE) {
          scheduled.labelValues("no").inc(pods);
          warning
              .of(extender.calls(), pods, leader)
              .ifPresent(text -> LOG.log(Level.WARNING, text));
        }
      } catch (ClusterException e) {
        LOG.log(Level.DEBUG, "{0}; it is asked again", e.getMessage());
        keep(scheduler, pods == null ? 0 : pods);
      }
    }
  }

  /** Which of its replicas leads; empty: there is no Lease, or it may not be read. */
  private Optional<String> holder(String scheduler) {
    Key lease;
    try {
      lease = new Key(setup.namespace(), scheduler);
    } catch (IllegalArgumentException e) {
      return Optional.empty();
    }
    try {
      Listing<String> leases =
          client.list(Resource.LEASES, Selection.only(lease), Unasked::readHolder);
      return Optional.ofNullable(leases.items().get(lease)).filter(name -> !name.isEmpty());
    } catch (ClusterException e) {
      if (e.status() == 403) {
        return Optional.empty();
      }
      throw e;
    }
  }

  private static String readHolder(JsonParser parser) throws IOException {
    JsonPull json = new JsonPull(parser);
    String[] holder = {""};
    json.object(field -> {
      if (field.equals("spec")) {
        json.object(inner -> {
          if (inner.equals("holderIdentity")) {
            holder[0] = json.text();
          } else {
            json.skip();
          }
        });
      } else {
        json.skip();
      }
    });
    return holder[0];
  }

  @Override
  public void close() {
    loop.close();
  }
}
