package dev.windfall.cluster;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonStreamContext;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/**
 * Walks JSON values on a stream: a handler reads what it wants of each value, and the rest is
 * skipped.
 */
final class Pull {
  private Pull() {}

  /** Reads the value of one field; the parser stands on the value's first token. */
  @FunctionalInterface
  interface OnField {
    void read(String field) throws IOException;
  }

  /** Reads one element of an array; the parser stands on the element's first token. */
  @FunctionalInterface
  interface OnElement {
    void read() throws IOException;
  }

  /**
   * Hands every field of the object at the parser to a handler. Whatever is no object (null, say)
   * has no fields. Ends on the last token of the value.
   *
   * @throws IOException when the stream ends, breaks, or is no JSON
   */
  static void fields(JsonParser parser, OnField handler) throws IOException {
    if (parser.currentToken() != JsonToken.START_OBJECT) {
      parser.skipChildren();
      return;
    }
    JsonStreamContext here = parser.getParsingContext();
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      handler.read(field);
      skipTo(parser, here);
    }
  }

  /**
   * Hands every element of the array at the parser to a handler. Whatever is no array has no
   * elements. Ends on the last token of the value.
   *
   * @throws IOException when the stream ends, breaks, or is no JSON
   */
  static void elements(JsonParser parser, OnElement handler) throws IOException {
    if (parser.currentToken() != JsonToken.START_ARRAY) {
      parser.skipChildren();
      return;
    }
    JsonStreamContext here = parser.getParsingContext();
    for (JsonToken token = parser.nextToken();
        token != null && token != JsonToken.END_ARRAY;
        token = parser.nextToken()) {
      handler.read();
      skipTo(parser, here);
    }
  }

  /**
   * Leaves what the handler began and did not finish. By the place and not by its depth, which not
   * every parser knows.
   */
  @SuppressWarnings("ReferenceEquality") // the same place, not an equal one
  private static void skipTo(JsonParser parser, JsonStreamContext here) throws IOException {
    while (parser.getParsingContext() != here && parser.nextToken() != null) {
      // Every token is let go.
    }
  }
}
