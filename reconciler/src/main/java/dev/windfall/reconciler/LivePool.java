package dev.windfall.reconciler;

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
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.UnreadableException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A SpotPool as the API server has it. One that cannot be read is held all the same: to forget it
 * would look as if somebody had deleted it.
 *
 * @param generation of its spec
 * @param deleting whether its deletion has begun
 * @param forced whether whoever deletes it gives its nodes up too
 * @param finalizers whom its deletion waits for
 * @param leftover the LeftoverNodePool that it was made for, as its label has it; empty: none
 * @param spec as it stands there; not to be changed
 * @param pool empty when {@code problems} is not
 * @param problems what is wrong with it, one a line; empty when nothing is
 * @param status as it was last written; not to be changed
 */
public record LivePool(
    String name,
    String uid,
    String resourceVersion,
    long generation,
    boolean deleting,
    boolean forced,
    List<String> finalizers,
    Optional<String> leftover,
    ObjectNode spec,
    Optional<SpotPool> pool,
    String problems,
    ObjectNode status) {

  /** The finalizer by which a SpotPool that is deleted stays until its rungs are gone. */
  public static final String FINALIZER = Keys.PREFIX + "rungs";

  /** The annotation that has the rungs of a deleted SpotPool deleted with their nodes. */
  public static final String FORCE_DELETE = Keys.PREFIX + "force-delete";

  public LivePool {
    finalizers = List.copyOf(finalizers);
  }

  /**
   * Reads a SpotPool from a stream. A {@link Decoder}.
   *
   * @throws IOException when the stream breaks or no object stands there
   */
  public static LivePool read(JsonParser parser) throws IOException {
    ObjectNode object = Decoder.whole().decode(parser);
    if (object == null) {
      throw new IOException("a SpotPool is expected");
    }
    return of(object);
  }

  public static LivePool of(ObjectNode object) {
    String name = object.path("metadata").path("name").asText();
    ObjectNode status = mapping(object, "status");
    List<String> finalizers = new ArrayList<>();
    object.path("metadata").path("finalizers").forEach(each -> finalizers.add(each.asText()));
    Optional<SpotPool> pool = Optional.empty();
    String problems = "";
    try {
      pool = Optional.of(SpotPool.readObject(name, object.toString()));
    } catch (UnreadableException e) {
      problems = e.problems().stream().map(Problem::toString).collect(Collectors.joining("\n"));
    }
    return new LivePool(
        name,
        object.path("metadata").path("uid").asText(),
        object.path("metadata").path("resourceVersion").asText(),
        object.path("metadata").path("generation").asLong(),
        object.path("metadata").has("deletionTimestamp"),
        object.path("metadata").path("annotations").path(FORCE_DELETE).asText().equals("true"),
        finalizers,
        Optional.ofNullable(object.path("metadata").path("labels").get(LeftoverNodePool.LABEL))
            .map(JsonNode::asText),
        mapping(object, "spec"),
        pool,
        problems,
        status);
  }

  private static ObjectNode mapping(ObjectNode object, String field) {
    return object.get(field) instanceof ObjectNode own
        ? own
        : JsonNodeFactory.instance.objectNode();
  }

  /** Whether its deletion waits until its rungs are gone. */
  public boolean held() {
    return finalizers.contains(FINALIZER);
  }

  /** Whether nodes can be bought for it: one that only observes has the rungs that it had. */
  private boolean supplied(SpotPool spec) {
    return spec.acts() || status.path("openRungs").asInt() > 0;
  }

  /**
   * What may be bought: the pools that can be read, are not being deleted and act, or have open
   * rungs from when they did; by name.
   */
  public static List<SpotPool> buying(Collection<LivePool> pools) {
    return pools.stream()
        .filter(pool -> !pool.deleting())
        .flatMap(pool -> pool.pool().filter(pool::supplied).stream())
        .sorted(Comparator.comparing(SpotPool::name))
        .toList();
  }

  public Reference reference() {
    return new Reference(Resource.SPOTPOOLS, Key.of(name), uid);
  }
}
