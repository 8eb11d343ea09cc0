package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.time.InstantSource;
import java.time.temporal.ChronoUnit;
import java.util.Collection;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.UUID;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;

/**
 * All objects and their versions. One lock holds it together, as etcd's single log does; a stored
 * tree is never changed, only replaced, so that readers keep what they took.
 */
final class Store {
  private static final long FIRST_VERSION = 1000;

  /** All objects of a kind at one version. */
  record State(List<ObjectNode> objects, long version) {}

  private final InstantSource clock;
  private final Kinds kinds;
  private final History history = new History(FIRST_VERSION);
  private final Map<String, NavigableMap<String, ObjectNode>> objects = new HashMap<>();
  private final Containment containment;
  private long version = FIRST_VERSION;
  private int generated;

  Store(InstantSource clock, Kinds kinds) {
    this.clock = clock;
    this.kinds = kinds;
    this.containment =
        new Containment(kinds, (kind, namespace) -> state(kind, namespace).objects());
  }

  History history() {
    return history;
  }

  synchronized State state(Kind kind, String namespace) {
    Collection<ObjectNode> all =
        namespace.isEmpty()
            ? of(kind).values()
            : of(kind).subMap(namespace + "/", namespace + "0").values();
    return new State(all.stream().map(object -> Versions.as(kind, object)).toList(), version);
  }

  synchronized ObjectNode read(Kind kind, String namespace, String name) {
    ObjectNode found = of(kind).get(key(namespace, name));
    if (found == null) {
      throw Refusal.notFound(kind, name);
    }
    return Versions.as(kind, found);
  }

  synchronized Optional<ObjectNode> find(Kind kind, String namespace, String name) {
    return Optional.ofNullable(of(kind).get(key(namespace, name)))
        .map(found -> Versions.as(kind, found));
  }

  synchronized boolean has(Kind kind, String namespace, String name) {
    return of(kind).containsKey(key(namespace, name));
  }

  /**
   * Adds an object.
   *
   * @param withStatus whether it keeps the status it comes with, which a client's does not
   */
  synchronized ObjectNode create(
      Kind kind, String namespace, ObjectNode manifest, boolean dryRun, boolean withStatus) {
    ObjectNode object = manifest.deepCopy();
    ObjectNode metadata = object.withObjectProperty("metadata");
    String name = name(object);
    Manifest.check(kind, namespace, name, object);
    if (metadata.hasNonNull("resourceVersion")) {
      throw Refusal.badRequest("resourceVersion should not be set on objects to be created");
    }
    requireRoom(kind, namespace, name);
    if (has(kind, namespace, name)) {
      throw Refusal.alreadyExists(kind, name);
    }
    if (!namespace.isEmpty()) {
      metadata.put("namespace", namespace);
    }
    metadata.put("uid", UUID.randomUUID().toString());
    metadata.put("creationTimestamp", now());
    metadata.put("generation", 1);
    metadata.remove("deletionTimestamp");
    Birth.begin(kind, object, now(), withStatus);
    if (kind.equals(Kinds.DEFINITION)) {
      requireReadable(object);
    }
    if (dryRun) {
      return object;
    }
    if (kind.equals(Kinds.DEFINITION)) {
      kinds.learn(object);
      history.signal();
    }
    return commit(kind, namespace, name, History.Event.ADDED, object, null);
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
    boolean redefined =
        kind.equals(Kinds.DEFINITION) && !next.path("spec").equals(current.path("spec"));
    if (redefined) {
      requireReadable(next);
    }
    if (next.equals(current) || dryRun) {
      return next;
    }
    if (redefined) {
      kinds.learn(next);
      history.signal();
    }
    boolean over = Manifest.deleted(next) && !held(kind, next);
    History.Event event = over ? History.Event.DELETED : History.Event.MODIFIED;
    return commit(kind, namespace, name, event, next, current);
  }

  /**
   * Deletes an object, or marks it while finalizers hold it, or something that it contains. Empty
   * preconditions hold always.
   */
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
    Birth.requireMortal(kind, name);
    if (dryRun) {
      return current;
    }
    if (held(kind, current)) {
      if (Manifest.deleted(current)) {
        return current;
      }
      ObjectNode marked = Manifest.marked(kind, current, now());
      ObjectNode answer = commit(kind, namespace, name, History.Event.MODIFIED, marked, current);
      for (Containment.Place inside : containment.of(kind, current)) {
        if (has(inside.kind(), inside.namespace(), inside.name())) {
          delete(inside.kind(), inside.namespace(), inside.name(), "", "", false);
        }
      }
      return answer;
    }
    return commit(kind, namespace, name, History.Event.DELETED, current.deepCopy(), current);
  }

  private ObjectNode commit(
      Kind kind,
      String namespace,
      String name,
      History.Event event,
      ObjectNode object,
      @Nullable ObjectNode before) {
    version++;
    ((ObjectNode) object.path("metadata")).put("resourceVersion", Long.toString(version));
    if (event == History.Event.DELETED) {
      of(kind).remove(key(namespace, name));
    } else {
      of(kind).put(key(namespace, name), object);
    }
    history.add(new History.Change(version, kind.place(), event, object, before));
    if (event == History.Event.DELETED) {
      if (kind.equals(Kinds.DEFINITION)) {
        kinds.forget(object);
        history.signal();
      }
      release(Kinds.NAMESPACE, namespace);
      release(Kinds.DEFINITION, kind.qualified());
    }
    return object;
  }

  /** Lets go of a namespace or definition that only waited for what it contained. */
  private void release(Kind container, String name) {
    ObjectNode waiting = of(container).get(key("", name));
    if (waiting != null && Manifest.deleted(waiting) && !held(container, waiting)) {
      commit(container, "", name, History.Event.DELETED, waiting.deepCopy(), waiting);
    }
  }

  private boolean held(Kind kind, ObjectNode object) {
    return !object.path("metadata").path("finalizers").isEmpty()
        || !containment.of(kind, object).isEmpty();
  }

  private void requireRoom(Kind kind, String namespace, String name) {
    if (kind.namespaced()) {
      Containment.requireStaying(kind, name, read(Kinds.NAMESPACE, "", namespace));
    }
    ObjectNode definition = of(Kinds.DEFINITION).get(key("", kind.qualified()));
    if (definition != null) {
      Containment.requireStaying(definition);
    }
  }

  private static void requireReadable(ObjectNode crd) {
    String name = crd.path("metadata").path("name").asText();
    if (!name.equals(Kinds.place(crd))) {
      throw Refusal.invalid(
          Kinds.DEFINITION,
          name,
          "metadata.name: Invalid value: \""
              + name
              + "\": must be spec.names.plural+\".\"+spec.group");
    }
    try {
      var _ = Kinds.declared(crd);
    } catch (IllegalArgumentException e) {
      throw Refusal.invalid(Kinds.DEFINITION, name, String.valueOf(e.getMessage()));
    }
  }

  /**
   * Forgets all history: watches that are behind, and those that resume, are told that their
   * version expired.
   */
  synchronized void compact() {
    version++;
    history.forget(version);
  }

  private NavigableMap<String, ObjectNode> of(Kind kind) {
    return Objects.requireNonNull(objects.computeIfAbsent(kind.place(), _ -> new TreeMap<>()));
  }

  private static String key(String namespace, String name) {
    return namespace + "/" + name;
  }

  private String now() {
    return clock.instant().truncatedTo(ChronoUnit.SECONDS).toString();
  }
}
