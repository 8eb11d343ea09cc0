package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.ArrayDeque;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All objects, their versions, and the bounded history that watches are served from. One lock holds
 * it together, as etcd's single log does; a stored tree is never changed, only replaced, so that
 * readers keep what they took.
 */
final class Store {
  /** How many changes are remembered: who asks for an older version is told that it expired. */
  private static final int HISTORY = 10_000;

  enum Event {
    ADDED,
    MODIFIED,
    DELETED
  }

  /**
   * One step of history.
   *
   * @param before the object until then; null when it was created
   */
  record Change(
      long version, Kind kind, Event event, ObjectNode object, @Nullable ObjectNode before) {}

  /** All objects of a kind at one version. */
  record State(List<ObjectNode> objects, long version) {}

  /**
   * Why a watch woke up.
   *
   * @param changes of its kind since it last looked
   * @param version up to which it has now seen everything
   */
  record News(List<Change> changes, long version, int signals, boolean closed) {}

  private final InstantSource clock;
  private final Kinds kinds;
  private final Map<Kind, NavigableMap<String, ObjectNode>> objects = new HashMap<>();
  private final ArrayDeque<Change> history = new ArrayDeque<>();
  private long version = 1000;
  private long forgotten = 1000;
  private int generated;
  private int signals;
  private boolean closed;

  Store(InstantSource clock, Kinds kinds) {
    this.clock = clock;
    this.kinds = kinds;
  }

  synchronized State state(Kind kind, String namespace) {
    Collection<ObjectNode> all =
        namespace.isEmpty()
            ? of(kind).values()
            : of(kind).subMap(namespace + "/", namespace + "0").values();
    return new State(List.copyOf(all), version);
  }

  synchronized ObjectNode read(Kind kind, String namespace, String name) {
    ObjectNode found = of(kind).get(key(namespace, name));
    if (found == null) {
      throw Refusal.notFound(kind, name);
    }
    return found;
  }

  synchronized Optional<ObjectNode> find(Kind kind, String namespace, String name) {
    return Optional.ofNullable(of(kind).get(key(namespace, name)));
  }

  synchronized ObjectNode create(Kind kind, String namespace, ObjectNode manifest, boolean dryRun) {
    ObjectNode object = manifest.deepCopy();
    ObjectNode metadata = object.withObjectProperty("metadata");
    String name = name(object);
    Manifest.check(kind, namespace, name, object);
    if (metadata.hasNonNull("resourceVersion")) {
      throw Refusal.badRequest("resourceVersion should not be set on objects to be created");
    }
    if (of(kind).containsKey(key(namespace, name))) {
      throw Refusal.alreadyExists(kind, name);
    }
    if (!namespace.isEmpty()) {
      metadata.put("namespace", namespace);
    }
    metadata.put("uid", UUID.randomUUID().toString());
    metadata.put("creationTimestamp", now());
    metadata.put("generation", 1);
    if (kind.plural().equals(Kinds.CRD)) {
      Manifest.establish(object, now());
      if (!dryRun) {
        kinds.learn(object);
      }
    }
    return dryRun ? object : commit(kind, namespace, name, Event.ADDED, object, null);
  }

  /** An object's name, made up here if it has only the beginning of one. */
  synchronized String name(ObjectNode object) {
    ObjectNode metadata = object.withObjectProperty("metadata");
    String name = metadata.path("name").asText("");
    if (name.isEmpty() && metadata.hasNonNull("generateName")) {
      name = metadata.path("generateName").asText() + Integer.toString(0x10000 + generated++, 36);
      metadata.put("name", name);
    }
    return name;
  }

  /** Replaces an object by what a function makes of it. */
  synchronized ObjectNode update(
      Kind kind,
      String namespace,
      String name,
      boolean status,
      boolean dryRun,
      UnaryOperator<ObjectNode> change) {
    ObjectNode current = read(kind, namespace, name);
    ObjectNode wanted = change.apply(current.deepCopy());
    ObjectNode next = Manifest.next(kind, current, wanted, status);
    if (next.equals(current) || dryRun) {
      return next;
    }
    ObjectNode metadata = (ObjectNode) next.path("metadata");
    boolean over =
        metadata.hasNonNull("deletionTimestamp") && metadata.path("finalizers").isEmpty();
    return commit(kind, namespace, name, over ? Event.DELETED : Event.MODIFIED, next, current);
  }

  /** Deletes an object, or marks it when finalizers hold it. Empty preconditions hold always. */
  synchronized ObjectNode delete(
      Kind kind,
      String namespace,
      String name,
      String uid,
      String resourceVersion,
      boolean dryRun) {
    ObjectNode current = read(kind, namespace, name);
    Manifest.precondition(kind, name, "UID", uid, current.path("metadata").path("uid").asText());
    Manifest.precondition(
        kind,
        name,
        "ResourceVersion",
        resourceVersion,
        current.path("metadata").path("resourceVersion").asText());
    if (dryRun) {
      return current;
    }
    if (current.path("metadata").path("finalizers") instanceof ArrayNode finalizers
        && !finalizers.isEmpty()) {
      if (current.path("metadata").hasNonNull("deletionTimestamp")) {
        return current;
      }
      ObjectNode marked = current.deepCopy();
      ((ObjectNode) marked.path("metadata"))
          .put("deletionTimestamp", now())
          .put("deletionGracePeriodSeconds", 0);
      return commit(kind, namespace, name, Event.MODIFIED, marked, current);
    }
    return commit(kind, namespace, name, Event.DELETED, current.deepCopy(), current);
  }

  private ObjectNode commit(
      Kind kind,
      String namespace,
      String name,
      Event event,
      ObjectNode object,
      @Nullable ObjectNode before) {
    version++;
    ((ObjectNode) object.path("metadata")).put("resourceVersion", Long.toString(version));
    if (event == Event.DELETED) {
      of(kind).remove(key(namespace, name));
    } else {
      of(kind).put(key(namespace, name), object);
    }
    history.addLast(new Change(version, kind, event, object, before));
    if (history.size() > HISTORY) {
      forgotten = history.removeFirst().version();
    }
    notifyAll();
    return object;
  }

  /**
   * Waits for changes of a kind.
   *
   * @param after the version up to which the caller has seen everything
   * @param seenSignals as {@link #signals()} gave it, or the last news
   * @param atMostNanos how long to wait for something to happen
   * @throws Refusal 410 when history no longer reaches back to that version
   */
  synchronized News await(Kind kind, long after, int seenSignals, long atMostNanos)
      throws InterruptedException {
    long deadline = System.nanoTime() + atMostNanos;
    while (true) {
      if (after < forgotten) {
        throw Refusal.expired("too old resource version: " + after + " (" + forgotten + ")");
      }
      ArrayDeque<Change> found = new ArrayDeque<>();
      for (var each = history.descendingIterator(); each.hasNext(); ) {
        Change change = each.next();
        if (change.version() <= after) {
          break;
        }
        if (change.kind().equals(kind)) {
          found.addFirst(change);
        }
      }
      long left = deadline - System.nanoTime();
      if (!found.isEmpty() || signals != seenSignals || closed || left <= 0) {
        return new News(List.copyOf(found), version, signals, closed);
      }
      TimeUnit.NANOSECONDS.timedWait(this, Math.max(left, 1_000_000));
    }
  }

  synchronized int signals() {
    return signals;
  }

  /** Wakes every watch, to send a bookmark or to notice that it is cut. */
  synchronized void signal() {
    signals++;
    notifyAll();
  }

  /**
   * Forgets all history: watches that are behind, and those that resume, are told that their
   * version expired.
   */
  synchronized void compact() {
    version++;
    forgotten = version;
    history.clear();
    notifyAll();
  }

  synchronized void close() {
    closed = true;
    notifyAll();
  }

  private NavigableMap<String, ObjectNode> of(Kind kind) {
    return Objects.requireNonNull(objects.computeIfAbsent(kind, _ -> new TreeMap<>()));
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
