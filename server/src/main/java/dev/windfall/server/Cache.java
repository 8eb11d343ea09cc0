package dev.windfall.server;

import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.cluster.Watcher;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;

/**
 * The objects of one kind, as the API server last told of them.
 *
 * @param watcher absent when nothing in this process looks at the kind, which then seems to have no
 *     objects
 */
record Cache<T>(Resource resource, Optional<Watcher<T>> watcher) implements AutoCloseable {
  static <T> Cache<T> unused(Resource resource) {
    return new Cache<>(resource, Optional.empty());
  }

  static <T> Cache<T> watch(
      KubeClient client, Resource resource, Selection selection, Decoder<T> decoder) {
    return watch(resource.plural(), client, resource, selection, decoder);
  }

  /**
   * Watches a kind.
   *
   * @param name of the watch, where there are several of the kind
   */
  static <T> Cache<T> watch(
      String name, KubeClient client, Resource resource, Selection selection, Decoder<T> decoder) {
    return new Cache<>(
        resource, Optional.of(Watcher.start(name, client, resource, selection, decoder)));
  }

  Map<Key, T> snapshot() {
    return watcher.map(Watcher::snapshot).orElse(Map.of());
  }

  boolean synced() {
    return watcher.map(Watcher::synced).orElse(true);
  }

  /** Why it is not up to date; empty while it is. */
  Optional<String> trouble() {
    return watcher.flatMap(Watcher::trouble);
  }

  boolean awaitSynced(Duration atMost) throws InterruptedException {
    return watcher.isEmpty() || watcher.get().awaitSynced(atMost);
  }

  void onChange(Runnable callback) {
    watcher.ifPresent(one -> one.onChange(callback));
  }

  /** Has it tried again at once whether it can be watched, if it cannot. */
  void hurry() {
    watcher.ifPresent(Watcher::hurry);
  }

  @Override
  public void close() {
    watcher.ifPresent(Watcher::close);
  }
}
