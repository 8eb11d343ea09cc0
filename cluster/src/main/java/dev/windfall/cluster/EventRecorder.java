package dev.windfall.cluster;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Writes Kubernetes Events: what {@code kubectl describe} and {@code kubectl events} show.
 * Recording never blocks, never throws, and never reaches back into the caller's work: one thread,
 * {@code events}, writes from a bounded queue, and what does not fit is dropped and counted. The
 * same event of the same object becomes a count on the first one.
 */
public final class EventRecorder implements AutoCloseable {
  private static final System.Logger LOG = System.getLogger(EventRecorder.class.getName());
  private static final String CONTROLLER = "windfall";
  private static final int QUEUE = 1000;

  /** The API server keeps an event for an hour by default; a series is begun anew well before. */
  private static final Duration SERIES = Duration.ofMinutes(30);

  /** A count is written at most this often. */
  private static final Duration COUNT_EVERY = Duration.ofMinutes(1);

  private static final int MOST_SERIES = 4096;
  private static final Duration CALL = Duration.ofSeconds(10);
  private static final Duration CLOSE = Duration.ofSeconds(5);

  /** Whether something is as it should be. */
  public enum Type {
    NORMAL("Normal"),
    WARNING("Warning");

    private final String text;

    Type(String text) {
      this.text = text;
    }
  }

  private record Entry(
      Reference about, Type type, String reason, String note, Instant at, long nanos) {
    Same same() {
      return new Same(about, reason, note);
    }
  }

  /** What makes two events one. */
  private record Same(Reference about, String reason, String note) {}

  /** An event in the cluster and how often it has happened. */
  private static final class Series {
    private final Key key;
    private final long began;
    private long written;
    private int count = 1;

    private Series(Key key, long began) {
      this.key = key;
      this.began = began;
      this.written = began;
    }
  }

  private final KubeClient client;
  private final String instance;
  private final Clocks clocks;

  /** An empty element ends the thread. */
  private final BlockingQueue<Optional<Entry>> queue;

  private final Thread thread;
  private volatile boolean closed;

  /** The events thread's own; the series that was begun longest ago is the first to go. */
  private final Map<Same, Series> series = new LinkedHashMap<>();

  private int names;

  EventRecorder(KubeClient client, String instance, Clocks clocks, int capacity) {
    this.client = client.within(CALL, 2);
    this.instance = instance;
    this.clocks = clocks;
    this.queue = new ArrayBlockingQueue<>(capacity);
    this.thread = Thread.ofVirtual().name("events").unstarted(this::run);
  }

  /**
   * Starts writing.
   *
   * @param instance this replica's name
   */
  public static EventRecorder start(KubeClient client, String instance, Clocks clocks) {
    return start(client, instance, clocks, QUEUE);
  }

  static EventRecorder start(KubeClient client, String instance, Clocks clocks, int capacity) {
    EventRecorder recorder = new EventRecorder(client, instance, clocks, capacity);
    recorder.thread.start();
    return recorder;
  }

  /**
   * Tells about an object. Returns at once.
   *
   * @param reason one word in CamelCase
   * @param note for the person who waits; at most 1,024 characters are kept
   */
  public void record(Reference about, Type type, String reason, String note) {
    String kept = note.length() <= 1024 ? note : note.substring(0, 1023) + "…";
    if (closed
        || !queue.offer(
            Optional.of(new Entry(about, type, reason, kept, clocks.now(), clocks.nano())))) {
      count("dropped");
    }
  }

  /** Writes what is queued, for up to 5 seconds, and ends. */
  @Override
  public void close() {
    closed = true;
    try {
      boolean told = queue.offer(Optional.empty(), CLOSE.toMillis(), TimeUnit.MILLISECONDS);
      if (!told || !thread.join(CLOSE)) {
        thread.interrupt();
      }
    } catch (InterruptedException e) {
      thread.interrupt();
      Thread.currentThread().interrupt();
    }
  }

  private void run() {
    try {
      for (Optional<Entry> entry = queue.take(); entry.isPresent(); entry = queue.take()) {
        write(entry.get());
      }
    } catch (InterruptedException e) {
      // The end came before the queue was empty.
    }
  }

  private void write(Entry entry) {
    try {
      Series known = known(entry);
      if (known == null) {
        begin(entry);
      } else {
        repeat(entry, known);
      }
    } catch (RuntimeException e) {
      series.remove(entry.same());
      count("failed");
      LOG.log(Level.DEBUG, "telling about {0}: {1}", entry.about().key(), e.getMessage());
    }
  }

  private @Nullable Series known(Entry entry) {
    Series known = series.get(entry.same());
    if (known != null && entry.nanos() - known.began > SERIES.toNanos()) {
      series.remove(entry.same());
      return null;
    }
    return known;
  }

  private void begin(Entry entry) {
    Reference about = entry.about();
    // Events of what is cluster-scoped live in "default": kubectl describe looks there.
    String namespace = about.key().namespace().isEmpty() ? "default" : about.key().namespace();
    String suffix =
        "." + Long.toHexString(entry.at().toEpochMilli()) + Integer.toHexString(names++ & 0xfff);
    String subject = about.key().name();
    Key key =
        new Key(
            namespace,
            subject.substring(0, Math.min(subject.length(), 253 - suffix.length())) + suffix);
    client.create(Resource.EVENTS, namespace, manifest(entry, key));
    series.put(entry.same(), new Series(key, entry.nanos()));
    if (series.size() > MOST_SERIES) {
      series.remove(Objects.requireNonNull(series.keySet().iterator().next()));
    }
    count("written");
  }

  private void repeat(Entry entry, Series known) {
    known.count++;
    count("repeated");
    // The first repetition shows that it goes on; then the count may lag.
    if (known.count > 2 && entry.nanos() - known.written < COUNT_EVERY.toNanos()) {
      return;
    }
    known.written = entry.nanos();
    ObjectNode patch = Json.object();
    patch
        .putObject("series")
        .put("count", known.count)
        .put("lastObservedTime", LeaseRecord.microTime(entry.at()));
    client.mergePatch(Resource.EVENTS, known.key, patch);
  }

  private ObjectNode manifest(Entry entry, Key key) {
    Reference about = entry.about();
    ObjectNode event = Json.object();
    event.putObject("metadata").put("name", key.name()).put("namespace", key.namespace());
    event.put("eventTime", LeaseRecord.microTime(entry.at()));
    event
        .put("reportingController", CONTROLLER)
        .put("reportingInstance", instance.isEmpty() ? CONTROLLER : instance);
    event.put("action", entry.reason()).put("reason", entry.reason()).put("note", entry.note());
    event.put("type", entry.type().text);
    ObjectNode regarding = event.putObject("regarding");
    regarding.put("apiVersion", about.resource().apiVersion()).put("kind", about.resource().kind());
    regarding.put("name", about.key().name());
    if (!about.key().namespace().isEmpty()) {
      regarding.put("namespace", about.key().namespace());
    }
    if (!about.uid().isEmpty()) {
      regarding.put("uid", about.uid());
    }
    return event;
  }

  private void count(String outcome) {
    client.metrics().events.labelValues(outcome).inc();
  }
}
