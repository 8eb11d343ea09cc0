package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.helidon.webserver.WebServer;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.ServerSocket;
import java.net.SocketException;
import java.net.URI;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.UnaryOperator;

/**
 * A Kubernetes API server on a loopback port, without etcd, authentication or controllers. It keeps
 * what clients rely on: versions, conflicts, finalizers, paged lists, watches with bookmarks and
 * with an end to history, discovery, tables, namespaces. Mutating webhooks are called, by URL;
 * kinds that a CustomResourceDefinition describes get its defaults and are held to its schema,
 * rules in CEL included.
 *
 * <p>What it does not do: the fields of built-in kinds are neither checked nor given defaults, but
 * for the phase of a new pod or namespace, whatever a client's {@code fieldValidation} says.
 * Nothing collects what a deleted object owned. An eviction deletes, whatever budgets there are.
 * There is no strategic merge patch, no server-side apply and no {@code managedFields}; pods have
 * no logs and nothing runs in them. What is asked for and not done is refused, in words.
 *
 * <p>Not as on a real one: validating webhooks and admission policies are stored and not obeyed,
 * which a warning says; what rules in CEL may cost is not limited, and some of Kubernetes' own
 * functions are missing, which refuses the definition; an update is held to the whole schema, also
 * where it changed nothing; matchPolicy Equivalent is read as Exact.
 */
public final class LocalApiServer implements AutoCloseable {
  private static final String HOST = "127.0.0.1";

  private final Kinds kinds = new Kinds();
  private final Store store;
  private final Gate gate;
  private final Pages pages = new Pages();
  private final Faults faults = new Faults();
  private final Journal journal = new Journal();
  private final AtomicInteger cuts = new AtomicInteger();
  private final WebServer server;

  private LocalApiServer(InstantSource clock, int port) {
    store = new Store(clock, kinds);
    gate = new Gate(store);
    Birth.NAMESPACES.forEach(this::addNamespace);
    Endpoint endpoint =
        new Endpoint(kinds, store, gate, pages, new Tables(clock), faults, journal, cuts);
    requireFree(port);
    server =
        WebServer.builder()
            .host(HOST)
            .port(port)
            .useNio(false)
            .shutdownHook(false)
            .shutdownGracePeriod(Duration.ofMillis(100))
            .connectionOptions(options -> options.tcpNoDelay(true))
            .routing(routing -> routing.any(endpoint))
            .build()
            .start();
    if (!server.isRunning()) {
      throw new IllegalStateException(unavailable(port, "the log says why"));
    }
  }

  /** Starts on a free port of 127.0.0.1, with the machine's clock. */
  public static LocalApiServer start() {
    return start(InstantSource.system());
  }

  /** Starts on a free port of 127.0.0.1, taking timestamps from a clock. */
  public static LocalApiServer start(InstantSource clock) {
    return start(clock, 0);
  }

  /**
   * Starts on a port of 127.0.0.1, taking timestamps from a clock.
   *
   * @param port 0 for any that is free
   * @throws IllegalStateException when the port cannot be had
   */
  public static LocalApiServer start(InstantSource clock, int port) {
    return new LocalApiServer(clock, port);
  }

  /** Helidon logs why it could not bind, with a stack trace, and returns as if it had. */
  private static void requireFree(int port) {
    try (ServerSocket probe = new ServerSocket()) {
      probe.bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), port));
    } catch (SocketException e) {
      throw new IllegalStateException(unavailable(port, String.valueOf(e.getMessage())), e);
    } catch (IOException e) {
      throw new UncheckedIOException("closing a socket", e);
    }
  }

  private static String unavailable(int port, String why) {
    return "cannot listen on %s:%d: %s; choose another port, or 0 for any that is free"
        .formatted(HOST, port, why);
  }

  /** Where it listens, e.g. {@code http://127.0.0.1:40123}. */
  public URI uri() {
    return URI.create("http://" + HOST + ":" + server.port());
  }

  /** What shall go wrong. */
  public Faults faults() {
    return faults;
  }

  /**
   * What it was asked, oldest first; the last 20,000 are kept. Watches and requests that met a
   * fault are among them.
   */
  public List<Asked> requests() {
    return journal.all();
  }

  /** The requests with this verb for this kind, oldest first. */
  public List<Asked> requests(String verb, String plural) {
    return journal.all().stream()
        .filter(asked -> asked.verb().equals(verb) && asked.plural().equals(plural))
        .toList();
  }

  /** The requests that asked for a change, oldest first. */
  public List<Asked> writes() {
    return journal.all().stream().filter(Asked::isWrite).toList();
  }

  /** Forgets what it was asked so far. */
  public void forgetRequests() {
    journal.forget();
  }

  /**
   * Waits until it was asked something often enough.
   *
   * @throws IllegalStateException if that did not happen within 10 seconds
   */
  public void awaitRequests(String verb, String plural, int count) throws InterruptedException {
    Duration bound = Duration.ofSeconds(10);
    if (!journal.await(
        asked -> asked.verb().equals(verb) && asked.plural().equals(plural), count, bound)) {
      throw new IllegalStateException(
          "waiting for " + count + " x " + verb + " " + plural + ": asked so far " + journal.all());
    }
  }

  /**
   * Creates an object, or replaces it with its status, as somebody else in the cluster would;
   * neither faults nor {@link #requests} see it, no webhook is asked, and no schema touches it. A
   * namespace that is missing is created as well.
   *
   * @param manifest with apiVersion, kind, name and, where the kind needs it, namespace
   * @return the object as stored
   * @throws IllegalArgumentException if the kind is not served
   */
  public ObjectNode put(ObjectNode manifest) {
    Kind kind = kind(manifest.path("apiVersion").asText(), manifest.path("kind").asText());
    String namespace = manifest.path("metadata").path("namespace").asText("");
    String name = manifest.path("metadata").path("name").asText("");
    ObjectNode wanted = manifest.deepCopy();
    wanted.withObjectProperty("metadata").remove("resourceVersion");
    if (!namespace.isEmpty()) {
      addNamespace(namespace);
    }
    if (find(kind, namespace, name).isEmpty()) {
      return store.create(kind, namespace, wanted, false, true);
    }
    store.update(kind, namespace, name, false, false, _ -> wanted);
    if (kind.statusApart() && wanted.has("status")) {
      store.update(kind, namespace, name, true, false, _ -> wanted);
    }
    return store.read(kind, namespace, name);
  }

  /**
   * Changes an object and its status, as its controller would; neither faults nor {@link #requests}
   * see it.
   *
   * @param change is given a copy of the object as it is, and may be asked twice
   * @return whether there is such an object
   */
  public boolean change(
      String apiVersion,
      String kind,
      String namespace,
      String name,
      UnaryOperator<ObjectNode> change) {
    Kind of = kind(apiVersion, kind);
    try {
      store.update(of, namespace, name, false, false, change);
      if (of.statusApart()) {
        store.update(of, namespace, name, true, false, change);
      }
      return true;
    } catch (Refusal e) {
      if (e.code() == 404) {
        return false;
      }
      throw new IllegalArgumentException(e.body().path("message").asText(), e);
    }
  }

  /** Creates a namespace unless it is there. */
  public void addNamespace(String name) {
    Kind kind = kind("v1", "Namespace");
    if (!store.has(kind, "", name)) {
      ObjectNode namespace = JsonNodeFactory.instance.objectNode();
      namespace.putObject("metadata").put("name", name);
      store.create(kind, "", namespace, false, true);
    }
  }

  /**
   * Deletes an object, as somebody else in the cluster would; one that is held by a finalizer is
   * marked.
   */
  public void remove(String apiVersion, String kind, String namespace, String name) {
    store.delete(kind(apiVersion, kind), namespace, name, "", "", false);
  }

  /** An object as it is stored; empty when there is none. Not to be changed. */
  public Optional<ObjectNode> read(String apiVersion, String kind, String namespace, String name) {
    return find(kind(apiVersion, kind), namespace, name);
  }

  /** All objects of a kind as they are stored, by namespace and name. Not to be changed. */
  public List<ObjectNode> all(String apiVersion, String kind) {
    return store.state(kind(apiVersion, kind), "").objects();
  }

  /** Sends a bookmark to every watch that wants bookmarks; they come once a minute otherwise. */
  public void bookmark() {
    store.history().signal();
  }

  /** Breaks the connection of every watch. */
  public void cutWatches() {
    cuts.incrementAndGet();
    store.history().signal();
  }

  /**
   * Forgets all history: whoever asks for an earlier version, or for the next page of a list, is
   * told that it expired.
   */
  public void compact() {
    pages.forget();
    store.compact();
  }

  /** Ends every watch and stops listening. */
  @Override
  public void close() {
    store.history().close();
    server.stop();
    gate.close();
  }

  private Kind kind(String apiVersion, String kind) {
    return kinds
        .of(apiVersion, kind)
        .orElseThrow(() ->
            new IllegalArgumentException(
                "no kind " + kind + " of " + apiVersion + " is served here"));
  }

  private Optional<ObjectNode> find(Kind kind, String namespace, String name) {
    try {
      return Optional.of(store.read(kind, namespace, name));
    } catch (Refusal e) {
      return Optional.empty();
    }
  }
}
