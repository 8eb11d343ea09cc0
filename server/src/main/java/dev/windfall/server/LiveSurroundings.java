package dev.windfall.server;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.KubeClient;
import dev.windfall.cluster.Resource;
import dev.windfall.policies.Namespace;
import dev.windfall.policies.Policies;
import dev.windfall.policies.Surroundings;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.util.function.Supplier;

/**
 * Namespaces and policies of this moment.
 *
 * <p>A pod is often created right after its namespace, before the watch has told of that. So one
 * that is not known is asked for, within the two seconds that the API server gives an admission.
 */
final class LiveSurroundings implements Supplier<Surroundings> {
  private static final System.Logger LOG = System.getLogger(LiveSurroundings.class.getName());
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final ObjectMapper JSON = new ObjectMapper();

  private final Cache<Namespace> namespaces;
  private final Supplier<Policies> policies;
  private final KubeClient client;

  LiveSurroundings(Cache<Namespace> namespaces, Supplier<Policies> policies, KubeClient client) {
    this.namespaces = namespaces;
    this.policies = policies;
    this.client = client.within(PATIENCE, 1);
  }

  @Override
  public Surroundings get() {
    return new Surroundings(policies.get(), this::namespace);
  }

  private Namespace namespace(String name) {
    Key key = Key.of(name);
    Namespace known = namespaces.snapshot().get(key);
    if (known != null || name.isEmpty()) {
      return known == null ? Namespace.named(name) : known;
    }
    try {
      return client
          .get(Resource.NAMESPACES, key)
          .map(LiveSurroundings::read)
          .orElseGet(() -> Namespace.named(name));
    } catch (ClusterException e) {
      LOG.log(
          Level.WARNING,
          "{0}; of namespace {1} nothing but its name counts for a pod",
          e.getMessage(),
          name);
      return Namespace.named(name);
    }
  }

  static Namespace read(ObjectNode object) {
    try (JsonParser parser = object.traverse(JSON)) {
      parser.nextToken();
      return Namespace.read(parser);
    } catch (IOException e) {
      throw new UncheckedIOException("reading a tree", e);
    }
  }
}
