package dev.windfall.webhook;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * How this room reads and writes JSON. What it reads holds whatever a user put into a pod, so a
 * tree is bounded in depth and in nodes: 4 MiB of empty objects would become two hundred of heap.
 */
final class Json {
  /** The API server takes no object above 3 MiB; no string in one is longer. */
  private static final int MAX_STRING = 4 << 20;

  /** A pod has a few hundred tokens, one with a thousand environment variables ten thousand. */
  private static final int MAX_TOKENS = 200_000;

  private static final int MAX_DEPTH = 100;

  /**
   * Names of labels and annotations are any user's choice: neither interned nor trusted to hash.
   */
  static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(
                  StreamReadConstraints.builder()
                      .maxStringLength(MAX_STRING)
                      .maxTokenCount(MAX_TOKENS)
                      .maxNestingDepth(MAX_DEPTH)
                      .build())
              .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
              .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
              .build());

  private Json() {}

  static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  static byte[] bytes(JsonNode value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("writing a JSON tree to memory", e);
    }
  }

  static String text(JsonNode value) {
    try {
      return MAPPER.writeValueAsString(value);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("writing a JSON tree to memory", e);
    }
  }
}
