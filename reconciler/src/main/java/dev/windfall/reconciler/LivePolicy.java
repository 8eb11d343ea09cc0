package dev.windfall.reconciler;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Reference;
import dev.windfall.cluster.Resource;
import dev.windfall.policies.Problem;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.policies.UnreadableException;
import java.io.IOException;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * A SpotPolicy as the API server has it. One that cannot be read is held all the same: to forget it
 * would look as if somebody had deleted it.
 *
 * @param generation of its spec
 * @param policy empty when {@code problems} is not
 * @param problems what is wrong with it, one a line; empty when nothing is
 * @param status as it was last written; not to be changed
 */
public record LivePolicy(
    String name,
    String uid,
    String resourceVersion,
    long generation,
    Optional<SpotPolicy> policy,
    String problems,
    ObjectNode status) {

  /**
   * Reads a SpotPolicy from a stream. A {@link Decoder}.
   *
   * @throws IOException when the stream breaks or no object stands there
   */
  public static LivePolicy read(JsonParser parser) throws IOException {
    ObjectNode object = Decoder.whole().decode(parser);
    if (object == null) {
      throw new IOException("a SpotPolicy is expected");
    }
    return of(object);
  }

  public static LivePolicy of(ObjectNode object) {
    String name = object.path("metadata").path("name").asText();
    ObjectNode status =
        object.get("status") instanceof ObjectNode own
            ? own
            : JsonNodeFactory.instance.objectNode();
    Optional<SpotPolicy> policy = Optional.empty();
    String problems = "";
    try {
      policy = Optional.of(SpotPolicy.readObject(name, object.toString()));
    } catch (UnreadableException e) {
      problems = e.problems().stream().map(Problem::toString).collect(Collectors.joining("\n"));
    }
    return new LivePolicy(
        name,
        object.path("metadata").path("uid").asText(),
        object.path("metadata").path("resourceVersion").asText(),
        object.path("metadata").path("generation").asLong(),
        policy,
        problems,
        status);
  }

  public Reference reference() {
    return new Reference(Resource.SPOTPOLICIES, Key.of(name), uid);
  }
}
