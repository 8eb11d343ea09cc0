package dev.windfall.cluster;

import java.io.IOException;
import java.io.InputStream;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.random.RandomGenerator;
import org.jspecify.annotations.Nullable;

/**
 * Reads one watch for as long as it is not closed, and has what it says kept. One thread, {@code
 * watch-<name>}, owns everything.
 */
final class WatchLoop<T> {
  private static final System.Logger LOG = System.getLogger(WatchLoop.class.getName());

  /** A watch that lived this long was no failure, even if nothing happened meanwhile. */
  private static final Duration LONG_ENOUGH = Duration.ofSeconds(5);

  private final KubeClient client;
  private final Resource resource;
  private final Selection selection;
  private final Decoder<T> decoder;
  private final Clocks clocks;
  private final Patience patience;
  private final Backoff backoff;
  private final RandomGenerator random = RandomGenerator.getDefault();
  private final Kept<T> kept;
  private final Outage outage;
  private final Semaphore woken = new Semaphore(0);
  private final Thread thread;

  private volatile Transport.@Nullable Streaming current;
  private volatile boolean closed;

  // The watch thread's own.
  private @Nullable Map<Key, Optional<T>> initial;
  private String resourceVersion = "";
  private boolean watchList = true;
  private boolean progress;
  private boolean open;
  private long opened;

  /** Reads nothing before it is {@link #start started}. */
  WatchLoop(
      String name,
      KubeClient client,
      Resource resource,
      Selection selection,
      Decoder<T> decoder,
      Kept<T> kept,
      Clocks clocks,
      Patience patience) {
    this.client = client;
    this.resource = resource;
    this.selection = selection;
    this.decoder = decoder;
    this.kept = kept;
    this.clocks = clocks;
    this.patience = patience;
    this.backoff = new Backoff(patience.firstDelay(), patience.mostDelay(), random);
    this.outage = new Outage(resource, clocks);
    // A platform thread: decoding a large list would keep virtual threads from running.
    this.thread = Thread.ofPlatform().daemon().name("watch-" + name).unstarted(this::run);
  }

  void start() {
    thread.start();
  }

  /** Why the API server is not heard, by the last attempt; empty while it is. */
  Optional<String> trouble() {
    return outage.why();
  }

  /** Tries again at once if it waits to: the API server was heard in another way. */
  void hurry() {
    woken.release();
  }

  /** Stops watching. The last snapshot stays readable. */
  void close() {
    closed = true;
    woken.release();
    Transport.Streaming streaming = current;
    if (streaming != null) {
      streaming.cancel();
    }
  }

  private void run() {
    while (!closed) {
      woken.drainPermits();
      progress = false;
      open = false;
      String reason = "ended";
      try {
        if (resourceVersion.isEmpty() && !watchList) {
          list();
        }
        watch();
      } catch (IOException | RuntimeException e) {
        reason = broke(e);
      }
      if (closed) {
        return;
      }
      initial = null;
      client.metrics().watchRestarts.labelValues(resource.plural(), reason).inc();
      boolean expired = reason.equals("expired");
      boolean lived = open && clocks.nano() - opened > LONG_ENOUGH.toNanos();
      if (lived || (progress && !expired)) {
        backoff.reset();
      }
      // A watch that did its work is followed at once by the next; so is the first that expires.
      boolean atOnce = (progress && reason.equals("ended")) || (expired && backoff.fresh());
      Duration delay =
          (atOnce && !expired) || reason.equals("unsupported") ? Duration.ZERO : backoff.next();
      if (!atOnce && pause(delay)) {
        return;
      }
    }
  }

  private void list() {
    Listing<T> listing = client.list(resource, selection, decoder);
    Map<Key, Optional<T>> all = new HashMap<>();
    listing.items().forEach((key, item) -> all.put(key, Optional.of(item)));
    resourceVersion = listing.resourceVersion();
    kept.hear();
    kept.replace(all);
  }

  private void watch() throws IOException {
    boolean fromNothing = resourceVersion.isEmpty();
    Map<String, String> parameters = new LinkedHashMap<>();
    parameters.put("allowWatchBookmarks", "true");
    // Their ends differ, so that watches spread over API servers again after one has restarted.
    parameters.put("timeoutSeconds", Integer.toString(300 + random.nextInt(300)));
    if (fromNothing) {
      parameters.put("sendInitialEvents", "true");
      parameters.put("resourceVersionMatch", "NotOlderThan");
      initial = new HashMap<>();
    } else {
      parameters.put("resourceVersion", resourceVersion);
    }
    Transport.Streaming streaming =
        client.watch(resource, selection, parameters, patience.silence());
    current = streaming;
    if (closed) {
      return;
    }
    try (InputStream stream = new Bursts(streaming.open(), kept)) {
      open = true;
      opened = clocks.nano();
      if (!fromNothing) {
        outage.end();
      }
      follow(stream);
    } finally {
      current = null;
      // What arrived before the break is true.
      kept.publish();
    }
  }

  private void follow(InputStream stream) throws IOException {
    try (WatchEvents<T> events = new WatchEvents<>(stream, resource, decoder, client.metrics())) {
      for (var event = events.next(); event != null; event = events.next()) {
        take(event);
      }
    }
  }

  private void take(WatchEvents.Event<T> event) throws IOException {
    if (event instanceof WatchEvents.Event.Seen<T> seen) {
      if (initial == null) {
        kept.change(seen.key(), seen.kept());
      } else {
        initial.put(seen.key(), seen.kept());
      }
    } else if (initial != null && event instanceof WatchEvents.Event.Bookmark<T> bookmark) {
      complete(bookmark, initial);
    }
    // Until the state is complete there is no version to resume from.
    if (initial == null && !event.resourceVersion().isEmpty()) {
      resourceVersion = event.resourceVersion();
      progress = true;
    }
  }

  private void complete(WatchEvents.Event.Bookmark<T> bookmark, Map<Key, Optional<T>> whole)
      throws IOException {
    if (!bookmark.initialEnd()) {
      // An API server from before WatchList would never tell the end of the state.
      watchList = false;
      throw new IOException("the API server does not tell the end of the state");
    }
    initial = null;
    resourceVersion = bookmark.resourceVersion();
    kept.replace(whole);
    outage.end();
  }

  /** Why the watch broke, as one word for the meter. */
  private String broke(Exception e) {
    if (closed) {
      return "closed";
    }
    if (e instanceof ClusterException refused) {
      if (refused.isGone() && !resourceVersion.isEmpty()) {
        resourceVersion = "";
        LOG.log(
            Level.INFO, "{0}; listing them again, the old snapshot stays", refused.getMessage());
        return "expired";
      }
      if (initial != null && watchList && refused.saysUnsupported()) {
        watchList = false;
        LOG.log(Level.DEBUG, "{0}; listing in pages instead", refused.getMessage());
        return "unsupported";
      }
    }
    outage.begin(e, kept.size());
    return "broken";
  }

  /** Whether it was closed meanwhile. */
  private boolean pause(Duration delay) {
    try {
      return closed || (woken.tryAcquire(delay.toNanos(), TimeUnit.NANOSECONDS) && closed);
    } catch (InterruptedException e) {
      return true;
    }
  }
}
