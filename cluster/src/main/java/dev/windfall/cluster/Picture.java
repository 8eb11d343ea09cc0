package dev.windfall.cluster;

import io.prometheus.metrics.core.datapoints.GaugeDataPoint;
import java.lang.System.Logger.Level;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import org.jspecify.annotations.Nullable;

/** What a watcher publishes, and how it is told. Written by the watch thread only; read by any. */
final class Picture<T> implements Kept<T> {
  private static final System.Logger LOG = System.getLogger(Picture.class.getName());

  private final Resource resource;
  private final String name;
  private final Clocks clocks;
  private final ClusterMetrics metrics;
  private final List<Runnable> callbacks = new CopyOnWriteArrayList<>();
  private final CountDownLatch synced = new CountDownLatch(1);

  /** Decoded, and not yet published. */
  private final Map<Key, Optional<T>> pending = new LinkedHashMap<>();

  /** Looked up once: a long list comes in thousands of pieces. */
  private @Nullable GaugeDataPoint heard;

  private volatile Shards<T> snapshot = Shards.empty();

  /**
   * Nothing is known yet.
   *
   * @param name of the watch, since a kind may be watched several times
   */
  Picture(Resource resource, String name, Clocks clocks, ClusterMetrics metrics) {
    this.resource = resource;
    this.name = name;
    this.clocks = clocks;
    this.metrics = metrics;
  }

  Shards<T> snapshot() {
    return snapshot;
  }

  /** Opens with the first complete state. */
  CountDownLatch synced() {
    return synced;
  }

  void onChange(Runnable callback) {
    callbacks.add(callback);
  }

  @Override
  public int size() {
    return snapshot.size();
  }

  @Override
  public void hear() {
    GaugeDataPoint point = heard;
    if (point == null) {
      // Not before: a watch that was never heard has no such time.
      point = metrics.watchHeard.labelValues(resource.plural(), name);
      heard = point;
    }
    point.set(clocks.now().toEpochMilli() / 1000.0);
  }

  /**
   * {@inheritDoc}
   *
   * <p>What the decoder sees no change in is none: of all pods and nodes of a cluster few are of
   * interest, and nobody wakes for the others.
   */
  @Override
  public void change(Key key, Optional<T> kept) {
    if (pending.containsKey(key) || !kept.equals(Optional.ofNullable(snapshot.get(key)))) {
      pending.put(key, kept);
    }
  }

  @Override
  public void replace(Map<Key, Optional<T>> whole) {
    pending.clear();
    snapshot = Shards.<T>empty().with(whole);
    synced.countDown();
    published();
  }

  @Override
  public void publish() {
    if (!pending.isEmpty()) {
      snapshot = snapshot.with(pending);
      pending.clear();
      published();
    }
  }

  private void published() {
    metrics.watchObjects.labelValues(resource.plural(), name).set(snapshot.size());
    for (Runnable callback : callbacks) {
      try {
        callback.run();
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "telling that " + resource.plural() + " changed", e);
      }
    }
  }
}
