package dev.windfall.reconciler.leftover;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.policies.Keys;
import dev.windfall.policies.LeftoverNodePool;
import dev.windfall.policies.Problem;
import dev.windfall.policies.SpotPool.Mode;
import dev.windfall.policies.UnreadableException;
import dev.windfall.reconciler.LivePool;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A LeftoverNodePool as the API server has it. One that cannot be read is held all the same: to
 * forget it would look as if somebody had deleted it.
 *
 * @param generation of its spec
 * @param deleting whether its deletion has begun
 * @param forced whether whoever deletes it gives its nodes up too
 * @param mode what its annotation says; empty: nothing. One that cannot be read counts as {@code
 *     Observe}, under which nothing of somebody else's is touched
 * @param finalizers whom its deletion waits for
 * @param spec empty when {@code problems} is not
 * @param problems what is wrong with it, one a line; empty when nothing is
 * @param status as it was last written; not to be changed
 */
public record LiveLeftover(
    String name,
    String uid,
    String resourceVersion,
    long generation,
    boolean deleting,
    boolean forced,
    Optional<Mode> mode,
    List<String> finalizers,
    Optional<LeftoverNodePool> spec,
    String problems,
    ObjectNode status) {

  /** The finalizer by which one that is deleted stays until its SpotPool is gone. */
  static final String FINALIZER = Keys.PREFIX + "spotpool";

  public LiveLeftover {
    finalizers = List.copyOf(finalizers);
  }

  /**
   * Reads one from a stream. A {@link Decoder}.
   *
   * @throws IOException when the stream breaks or no object stands there
   */
  public static LiveLeftover read(JsonParser parser) throws IOException {
    ObjectNode object = Decoder.whole().decode(parser);
    if (object == null) {
      throw new IOException("a LeftoverNodePool is expected");
    }
    return of(object);
  }

  static LiveLeftover of(ObjectNode object) {
    JsonNode metadata = object.path("metadata");
    String name = metadata.path("name").asText();
    List<String> finalizers = new ArrayList<>();
    metadata.path("finalizers").forEach(each -> finalizers.add(each.asText()));
    ObjectNode status =
        object.get("status") instanceof ObjectNode own
            ? own
            : JsonNodeFactory.instance.objectNode();
    Optional<LeftoverNodePool> spec = Optional.empty();
    String problems = "";
    try {
      spec = Optional.of(LeftoverNodePool.readObject(name, object.toString()));
    } catch (UnreadableException e) {
      problems = e.problems().stream().map(Problem::toString).collect(Collectors.joining("\n"));
    }
    JsonNode annotations = metadata.path("annotations");
    return new LiveLeftover(
        name,
        metadata.path("uid").asText(),
        metadata.path("resourceVersion").asText(),
        metadata.path("generation").asLong(),
        metadata.has("deletionTimestamp"),
        annotations.path(LivePool.FORCE_DELETE).asText().equals("true"),
        mode(annotations.path(LeftoverNodePool.MODE)),
        finalizers,
        spec,
        problems,
        status);
  }

  private static Optional<Mode> mode(JsonNode annotation) {
    return annotation.isMissingNode()
        ? Optional.empty()
        : Optional.of(annotation.asText().equals(Mode.ACT.toString()) ? Mode.ACT : Mode.OBSERVE);
  }

  /** Whether its deletion waits until its SpotPool is gone. */
  boolean held() {
    return finalizers.contains(FINALIZER);
  }

  /** The name of its SpotPool. */
  String pool() {
    return LeftoverNodePool.poolName(name);
  }

  /** The name of the NodePool that Leftover itself kept for it. */
  String nodePool() {
    return "leftover-" + name;
  }

  /** Whether an object goes when it does: Kubernetes deletes what all owners have left. */
  boolean takesAlong(ObjectNode object) {
    return object
        .at("/metadata/ownerReferences")
        .valueStream()
        .anyMatch(owner -> owner.path("uid").asText().equals(uid));
  }

  /** Whether a SpotPool has the name that its label leads to, so that Windfall made it. */
  static boolean made(LivePool pool) {
    return pool.leftover()
        // Of a name that is too long for a label, the label is the SpotPool's own.
        .filter(label ->
            pool.name().equals(LeftoverNodePool.poolName(label)) || pool.name().equals(label))
        .isPresent();
  }

  /** Whether a SpotPool of that name was made for it. */
  boolean owns(LivePool pool) {
    return pool.leftover().equals(Optional.of(LeftoverNodePool.label(name)));
  }

  Reference reference() {
    return new Reference(Resource.LEFTOVER_NODE_POOLS, Key.of(name), uid);
  }
}
