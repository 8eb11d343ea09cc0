package dev.windfall.reconciler.classes;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Decoder;
import dev.windfall.policies.SpotPool.NodeClassRef;
import java.io.IOException;
import org.jspecify.annotations.Nullable;

/** The node class that a NodePool or a NodeClaim refers to: all that is kept of one. */
final class Referred {
  private Referred() {}

  /** A {@link Decoder} of NodePools. */
  static @Nullable NodeClassRef byNodePool(JsonParser parser) throws IOException {
    ObjectNode object = Decoder.whole().decode(parser);
    return object == null ? null : ofNodePool(object);
  }

  /** A {@link Decoder} of NodeClaims. */
  static @Nullable NodeClassRef byNodeClaim(JsonParser parser) throws IOException {
    ObjectNode object = Decoder.whole().decode(parser);
    return object == null ? null : read(object.at("/spec/nodeClassRef"));
  }

  static NodeClassRef ofNodePool(ObjectNode object) {
    return read(object.at("/spec/template/spec/nodeClassRef"));
  }

  private static NodeClassRef read(JsonNode ref) {
    return new NodeClassRef(
        ref.path("group").asText(), ref.path("kind").asText(), ref.path("name").asText());
  }
}
