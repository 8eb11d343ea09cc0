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
import java.util.Optional;
import java.util.function.Supplier;

/**
 * Namespaces and policies of this moment.
 *
 * @param policies those in force
 */
record LiveSurroundings(Cache<Namespace> namespaces, Supplier<Policies> policies) {
  private static final System.Logger LOG = System.getLogger(LiveSurroundings.class.getName());
  private static final Duration PATIENCE = Duration.ofSeconds(1);
  private static final ObjectMapper JSON = new ObjectMapper();

  /** What is known, out of memory alone. */
  Surroundings known() {
    return new Surroundings(policies.get(), this::known);
  }

  /**
   * The same for admission. A pod is often created right after its namespace, before the watch has
   * told of that; so one that is not known is asked for, within the two seconds that the API server
   * gives.
   */
  Supplier<Surroundings> asking(KubeClient client) {
    KubeClient impatient = client.within(PATIENCE, 1);
    return () ->
        new Surroundings(policies.get(), name -> known(name).or(() -> ask(impatient, name)));
  }

  private Optional<Namespace> known(String name) {
    return Optional.ofNullable(namespaces.snapshot().get(Key.of(name)));
  }

  private static Optional<Namespace> ask(KubeClient client, String name) {
    if (name.isEmpty()) {
      return Optional.empty();
    }
    try {
      return client.get(Resource.NAMESPACES, Key.of(name)).map(LiveSurroundings::read);
    } catch (ClusterException e) {
      LOG.log(
          Level.WARNING,
          "{0}; of namespace {1} nothing but its name counts for a pod",
          e.getMessage(),
          name);
      return Optional.empty();
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
