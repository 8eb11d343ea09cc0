package dev.windfall.reconciler.publish;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Preconditions;
import dev.windfall.cluster.Resource;
import dev.windfall.reconciler.LeaderWrites;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.Optional;

/**
 * Writes a publication. The parts come first, under names that the published generation does not
 * use, and the pointer last: whatever dies in between, the old book can still be read.
 */
final class Publisher {
  private final LeaderWrites cluster;
  private final String namespace;

  Publisher(LeaderWrites cluster, String namespace) {
    this.cluster = cluster;
    this.namespace = namespace;
  }

  /** What is published. */
  Optional<ObjectNode> pointer() {
    return cluster.get(Resource.CONFIGMAPS, key(Pointer.NAME));
  }

  /**
   * Writes it.
   *
   * @param before the pointer's ConfigMap as it was decided on
   * @throws ClusterException when that has moved since, and when the API server refuses
   */
  void write(Publication publication, Optional<ObjectNode> before) {
    long generation = publication.pointer().generation();
    ObjectNode bytes = JsonNodeFactory.instance.objectNode();
    if (publication.whole()) {
      bytes.put(Pointer.BYTES, publication.parts().getFirst());
    } else {
      bytes.putNull(Pointer.BYTES);
      for (int i = 0; i < publication.parts().size(); i++) {
        ObjectNode part = JsonNodeFactory.instance.objectNode();
        part.put(Pointer.BYTES, publication.parts().get(i));
        put(Pointer.part(generation, i), JsonNodeFactory.instance.objectNode(), part);
      }
    }
    ObjectNode data = publication.pointer().data();
    if (before.isPresent()) {
      patch(Pointer.NAME, Optional.of(before.get()), data, bytes);
    } else {
      create(Pointer.NAME, data, bytes);
    }
    sweep(publication.pointer());
  }

  /**
   * Removes what no published generation needs: the one before, or what a crash has left. The last
   * part goes first, so that those that are left always begin with the first.
   */
  void sweep(Pointer published) {
    for (int turn = 0; turn < Pointer.TURNS; turn++) {
      long generation = published.generation() + turn;
      Deque<ObjectNode> left = new ArrayDeque<>();
      for (int part = turn == 0 ? published.parts() : 0; part < Pointer.MOST_PARTS; part++) {
        Optional<ObjectNode> there =
            cluster.get(Resource.CONFIGMAPS, key(Pointer.part(generation, part)));
        if (there.isEmpty()) {
          break;
        }
        left.push(there.get());
      }
      left.forEach(part ->
          remove(key(part.at("/metadata/name").asText()), part.at("/metadata/uid").asText()));
    }
  }

  private void remove(Key key, String uid) {
    try {
      cluster.delete(Resource.CONFIGMAPS, key, Preconditions.uid(uid));
    } catch (ClusterException e) {
      if (!e.isNotFound() && !e.isConflict()) {
        throw e;
      }
    }
  }

  private void put(String name, ObjectNode data, ObjectNode bytes) {
    if (cluster.get(Resource.CONFIGMAPS, key(name)).isPresent()) {
      patch(name, Optional.empty(), data, bytes);
    } else {
      create(name, data, bytes);
    }
  }

  private void create(String name, ObjectNode data, ObjectNode bytes) {
    ObjectNode object = JsonNodeFactory.instance.objectNode();
    object.putObject("metadata").put("name", name);
    object.set("data", data);
    ObjectNode present = object.putObject("binaryData");
    bytes.properties().stream()
        .filter(field -> !field.getValue().isNull())
        .forEach(field -> present.set(field.getKey(), field.getValue()));
    cluster.create(Resource.CONFIGMAPS, namespace, object);
  }

  private void patch(
      String name, Optional<ObjectNode> decidedOn, ObjectNode data, ObjectNode bytes) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    decidedOn.ifPresent(before ->
        patch
            .putObject("metadata")
            .put("resourceVersion", before.at("/metadata/resourceVersion").asText()));
    patch.set("data", data);
    patch.set("binaryData", bytes);
    cluster.mergePatch(Resource.CONFIGMAPS, key(name), patch);
  }

  private Key key(String name) {
    return Pointer.key(namespace, name);
  }
}
