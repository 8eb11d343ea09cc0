package dev.windfall.cluster;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * Walks JSON values on a stream: a handler reads what it wants of each value, and the rest is
 * skipped.
 *
 * <pre>{@code
 * Pull.fields(parser, field -> {
 *   switch (field) {
 *     case "name" -> name = parser.getText();
 *     case "labels" -> labels = Pull.strings(parser);
 *     default -> {}
 *   }
 * });
 * }</pre>
 */
public final class Pull {
  private Pull() {}

  /** Reads the value of one field; the parser stands on the value's first token. */
  @FunctionalInterface
  public interface OnField {
    void read(String field) throws IOException;
  }

  /** Reads one element of an array; the parser stands on the element's first token. */
  @FunctionalInterface
  public interface OnElement {
    void read() throws IOException;
  }

  /**
   * Hands every field of the object at the parser to a handler. Whatever is no object (null, say)
   * has no fields. Ends on the last token of the value.
   *
   * @throws IOException when the stream ends, breaks, or is no JSON
   */
  public static void fields(JsonParser parser, OnField handler) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    int depth = depth(parser);
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      handler.read(field);
      skipTo(parser, depth);
    }
  }

  /**
   * Hands every element of the array at the parser to a handler. Whatever is no array has no
   * elements. Ends on the last token of the value.
   *
   * @throws IOException when the stream ends, breaks, or is no JSON
   */
  public static void elements(JsonParser parser, OnElement handler) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return;
    }
    int depth = depth(parser);
    for (JsonToken token = parser.nextToken();
        token != null && token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      handler.read();
      skipTo(parser, depth);
    }
  }

  /**
   * The string fields of the object at the parser, in their order: labels or annotations. Values
   * that are no strings are left out.
   *
   * @return unmodifiable
   * @throws IOException when the stream ends, breaks, or is no JSON
   */
  public static Map<String, String> strings(JsonParser parser) throws IOException {
    Map<String, String> read = new LinkedHashMap<>();
    fields(
        parser,
        field -> {
          if (parser.currentToken() == JsonToken.VALUE_STRING) {
            read.put(field, parser.getText());
          }
        });
    return Collections.unmodifiableMap(read);
  }

  private static int depth(JsonParser parser) {
    return parser.getParsingContext().getNestingDepth();
  }

  /** Leaves what the handler began and did not finish. */
  private static void skipTo(JsonParser parser, int depth) throws IOException {
    while (depth(parser) > depth && parser.nextToken() != null) {
      // Every token is let go.
    }
  }
}
