package dev.windfall.reconciler;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterMetrics;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.kind.local.LocalApiServer;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Pod;
import dev.windfall.policies.Surroundings;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.CounterSnapshot;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * An API server, a client of it, and what the loops are given; snapshots are lists of this moment.
 */
public final class Bench implements AutoCloseable {
  public static final ObjectMapper JSON = new ObjectMapper();

  /** The API server's clock. */
  public volatile Instant now = Market.NOW;

  public final LocalApiServer server = LocalApiServer.start(() -> now);
  public final PrometheusRegistry registry = new PrometheusRegistry();
  public final KubeClient client = KubeClient.at(server.uri(), new ClusterMetrics(registry));
  public final List<String> events = new ArrayList<>();
  public final ReconcilerMetrics metrics = new ReconcilerMetrics(registry);
  public boolean leading = true;
  public boolean synced = true;
  public boolean informed = true;
  public Set<String> retiring = Set.of();
  public Map<String, ClassTrouble> troubles = Map.of();
  public PriceBook book = PriceBook.empty();
  public Surroundings surroundings = Surroundings.NONE;

  public final LeaderWrites writes = new LeaderWrites(client, () -> leading);
  public final Events recorder =
      (about, type, reason, note) -> events.add(about.key() + " " + reason + ": " + note);
  public final Inputs inputs =
      new Inputs(
          () -> list(Resource.SPOTPOOLS, LivePool::read),
          () -> list(Resource.NODEPOOLS, LiveRung::read),
          () -> list(Resource.NODECLAIMS, LiveClaim::read),
          () -> retiring,
          () -> list(Resource.PODS, Pod::read),
          () -> surroundings,
          () -> surroundings.policies(),
          () -> list(Resource.SPOTPOLICIES, LivePolicy::read),
          () -> book,
          () -> troubles,
          () -> synced);

  private <T> Map<Key, T> list(Resource resource, Decoder<T> decoder) {
    return client.list(resource, Selection.ALL, decoder).items();
  }

  /** Puts an object into the cluster; single quotes stand for double ones. */
  public ObjectNode put(String manifest) {
    try {
      return server.put((ObjectNode) JSON.readTree(manifest.replace('\'', '"')));
    } catch (IOException e) {
      throw new UncheckedIOException(manifest, e);
    }
  }

  public void pool(String name, String spec) {
    put(
        """
        {'apiVersion': 'windfall.dev/v1alpha1', 'kind': 'SpotPool', 'metadata': {'name': '%s', 'finalizers': ['windfall.dev/rungs']},
         'spec': {'provider': 'aws', 'region': 'eu-central-1',
           'nodeClassRef': {'group': 'karpenter.k8s.aws', 'kind': 'EC2NodeClass', 'name': 'gpu'}%s}}
        """
            .formatted(name, spec));
  }

  public ObjectNode read(String apiVersion, String kind, String namespace, String name) {
    return server.read(apiVersion, kind, namespace, name).orElseThrow();
  }

  /** What a counter of this room counts in all. */
  public double count(String name) {
    return registry.scrape(n -> n.equals(name)).stream()
        .filter(CounterSnapshot.class::isInstance)
        .map(CounterSnapshot.class::cast)
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .mapToDouble(CounterSnapshot.CounterDataPointSnapshot::getValue)
        .sum();
  }

  @Override
  public void close() {
    client.close();
    server.close();
  }
}
