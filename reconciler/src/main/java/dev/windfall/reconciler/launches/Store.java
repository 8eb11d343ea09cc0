package dev.windfall.reconciler.launches;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Resource;
import dev.windfall.market.History;
import dev.windfall.market.HistoryCodec;
import dev.windfall.policies.Instants;
import dev.windfall.reconciler.LeaderWrites;
import java.io.IOException;
import java.lang.System.Logger.Level;
import java.nio.charset.StandardCharsets;
import java.time.Instant;
import java.util.Optional;

/** The ConfigMap in which the history is kept. */
final class Store {
  static final String NAME = "windfall-history";

  private static final System.Logger LOG = System.getLogger(Store.class.getName());
  private static final String HISTORY = "history.json";
  private static final String TOLD = "told";

  private final LeaderWrites cluster;
  private final String namespace;

  Store(LeaderWrites cluster, String namespace) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  /**
   * What is kept.
   *
   * @param told what happened until then is in it
   * @param version of the ConfigMap; empty: there is none
   */
  record Kept(History history, Instant told, Optional<String> version) {}

  /** Reads it. What cannot be read counts as nothing, and is written over. */
  Kept read() {
    Optional<ObjectNode> map = cluster.get(Resource.CONFIGMAPS, new Key(namespace, NAME));
    if (map.isEmpty()) {
      return new Kept(History.empty(), Instant.EPOCH, Optional.empty());
    }
    Optional<String> version = Optional.of(map.get().at("/metadata/resourceVersion").asText());
    try {
      String text = map.get().path("data").path(HISTORY).asText("");
      return new Kept(
          HistoryCodec.read(text.getBytes(StandardCharsets.UTF_8)),
          Instants.parse(map.get().path("data").path(TOLD).asText()).orElse(Instant.EPOCH),
          version);
    } catch (IOException e) {
      LOG.log(
          Level.WARNING,
          "configmap {0}/{1} holds no history that can be read, so it begins anew: {2}",
          namespace,
          NAME,
          e.getMessage());
      return new Kept(History.empty(), Instant.EPOCH, version);
    }
  }

  /**
   * Writes it.
   *
   * @param version of the ConfigMap that this was decided on; empty: there is none
   * @throws dev.windfall.cluster.ClusterException when another has written, or the API server
   *     refuses
   */
  void write(History history, Instant told, Optional<String> version) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    ObjectNode metadata = object.putObject("metadata");
    object
        .putObject("data")
        .put(HISTORY, new String(HistoryCodec.write(history), StandardCharsets.UTF_8))
        .put(TOLD, told.toString());
    if (version.isPresent()) {
      metadata.put("resourceVersion", version.get());
      cluster.mergePatch(Resource.CONFIGMAPS, new Key(namespace, NAME), object);
    } else {
      metadata.put("name", NAME);
      cluster.create(Resource.CONFIGMAPS, namespace, object);
    }
  }
}
