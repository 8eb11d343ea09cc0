package dev.windfall.cluster;

import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.TimeUnit;
import java.util.function.BiConsumer;
import org.jspecify.annotations.Nullable;

/**
 * Keeps a picture of all objects of a kind up to date, as small as the decoder makes them. Neither
 * an object nor a line of the stream is ever held whole.
 *
 * <p>One thread, {@code watch-<name>}, publishes snapshots. It publishes when it has decoded all
 * that has arrived and is about to wait for more: one snapshot a burst, which copies the changed
 * parts of a map only. The first snapshot is published when the state is complete; so is the one
 * after a version has expired, and until then the old one stays. No trouble with the API server
 * ever empties a snapshot; a meter tells when the API server was last heard.
 */
public final class Watcher<T> implements AutoCloseable {
  private final Picture<T> picture;
  private final WatchLoop<?> loop;

  private Watcher(Picture<T> picture, WatchLoop<?> loop) {
    this.picture = picture;
    this.loop = loop;
  }

  /**
   * Starts watching, and goes on until closed. Nothing is there until {@link #synced}. Its name
   * tells it from other watches of the kind, in meters and as its thread's.
   */
  public static <T> Watcher<T> start(
      String name, KubeClient client, Resource resource, Selection selection, Decoder<T> decoder) {
    return start(name, client, resource, selection, decoder, Clocks.SYSTEM, Patience.DEFAULT);
  }

  static <T> Watcher<T> start(
      String name,
      KubeClient client,
      Resource resource,
      Selection selection,
      Decoder<T> decoder,
      Clocks clocks,
      Patience patience) {
    Picture<T> picture = new Picture<>(resource, name, clocks, client.metrics());
    WatchLoop<T> loop =
        new WatchLoop<>(name, client, resource, selection, decoder, picture, clocks, patience);
    loop.start();
    return new Watcher<>(picture, loop);
  }

  /** What one of two keeps of each object, under the name of its own that its meters have. */
  public record Half<T>(String name, Decoder<T> decoder) {}

  /** Two that read one watch. What ends one ends both. */
  public record Pair<A, B>(Watcher<A> first, Watcher<B> second) {}

  /**
   * Starts one watch for two who keep different things of the same objects: to send and to read
   * them is most of what a watch takes.
   */
  public static <A, B> Pair<A, B> pair(
      KubeClient client, Resource resource, Selection selection, Half<A> first, Half<B> second) {
    return pair(client, resource, selection, first, second, Clocks.SYSTEM, Patience.DEFAULT);
  }

  static <A, B> Pair<A, B> pair(
      KubeClient client,
      Resource resource,
      Selection selection,
      Half<A> first,
      Half<B> second,
      Clocks clocks,
      Patience patience) {
    Picture<A> one = new Picture<>(resource, first.name(), clocks, client.metrics());
    Picture<B> other = new Picture<>(resource, second.name(), clocks, client.metrics());
    WatchLoop<Both<A, B>> loop =
        new WatchLoop<>(
            first.name(),
            client,
            resource,
            selection,
            Both.decoder(first.decoder(), second.decoder()),
            new Both.Apart<>(one, other),
            clocks,
            patience);
    loop.start();
    return new Pair<>(new Watcher<>(one, loop), new Watcher<>(other, loop));
  }

  /** All objects as last published, in no order. Never changes; take it once for a decision. */
  public Map<Key, T> snapshot() {
    return picture.snapshot();
  }

  /**
   * Tells what became of each object between two snapshots of one watcher: as it was, and as it is;
   * null where there is none. It takes as long as there are changes, not as there are objects.
   */
  public static <T> void differences(
      Map<Key, T> before, Map<Key, T> after, BiConsumer<@Nullable T, @Nullable T> difference) {
    Shards.differences(before, after, difference);
  }

  /** Whether the state has been read completely at least once. */
  public boolean synced() {
    return picture.synced().getCount() == 0;
  }

  /** Why the API server is not heard, by the last attempt; empty while it is. */
  public Optional<String> trouble() {
    return loop.trouble();
  }

  /** Waits until {@link #synced}; false when that takes too long. */
  public boolean awaitSynced(Duration atMost) throws InterruptedException {
    return picture.synced().await(atMost.toNanos(), TimeUnit.NANOSECONDS);
  }

  /**
   * Runs a callback after each published snapshot, on the watch thread: it must be quick, e.g.
   * {@link Loop#wake}. What was published before is not told again.
   */
  public void onChange(Runnable callback) {
    picture.onChange(callback);
  }

  /** Tries again at once if it waits to: the API server was heard in another way. */
  public void hurry() {
    loop.hurry();
  }

  /** Stops watching, for both of {@link #pair}. The last snapshot stays readable. */
  @Override
  public void close() {
    loop.close();
  }
}
