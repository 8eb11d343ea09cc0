package dev.windfall.cluster;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.util.Optional;

/** How this room reads and writes JSON. */
final class Json {
  /** The API server refuses objects above 3 MiB by default; no string in one is longer. */
  private static final int MAX_STRING = 4 << 20;

  /**
   * Field names are not interned, and colliding names do not end a watch: labels and annotations
   * are names that any user chooses.
   */
  static final JsonFactory FACTORY =
      JsonFactory.builder()
          .streamReadConstraints(
              StreamReadConstraints.builder()
                  .maxStringLength(MAX_STRING)
                  .maxNestingDepth(500)
                  .build())
          .disable(JsonFactory.Feature.INTERN_FIELD_NAMES)
          .disable(JsonFactory.Feature.FAIL_ON_SYMBOL_HASH_OVERFLOW)
          .build();

  static final ObjectMapper MAPPER = new ObjectMapper(FACTORY);

  private Json() {}

  static ObjectNode object() {
    return MAPPER.createObjectNode();
  }

  static ObjectNode readTrimmed(JsonParser parser) throws IOException {
    JsonNode read = MAPPER.readTree(parser);
    if (!(read instanceof ObjectNode object)) {
      throw new IOException("an object is expected, not " + read.getNodeType());
    }
    if (object.get("metadata") instanceof ObjectNode metadata) {
      metadata.remove("managedFields");
    }
    return object;
  }

  /** What a body says; an empty object where it is none. */
  static ObjectNode tree(InputStream body) throws IOException {
    return MAPPER.readTree(body) instanceof ObjectNode object ? object : object();
  }

  /** What a decoder keeps of the object that a body is; empty: nothing. */
  static <T> Optional<T> decode(InputStream body, Decoder<T> decoder) throws IOException {
    try (JsonParser parser = FACTORY.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("an object is expected");
      }
      return Optional.ofNullable(decoder.decode(parser));
    }
  }

  static byte[] bytes(JsonNode value) {
    try {
      return MAPPER.writeValueAsBytes(value);
    } catch (IOException e) {
      throw new IllegalStateException("writing a JSON tree to memory", e);
    }
  }
}
