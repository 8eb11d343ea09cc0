package dev.windfall.cluster;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.io.InputStream;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * One page of a list.
 *
 * @param resourceVersion of the whole list
 * @param next token for the page after it; empty when there is none
 */
record ListPage<T>(Map<Key, T> items, String resourceVersion, String next) {
  /** Reads a page off a stream, keeping what the decoder keeps. */
  static <T> ListPage<T> read(
      InputStream body, Resource resource, Decoder<T> decoder, ClusterMetrics metrics)
      throws IOException {
    Map<Key, T> items = new LinkedHashMap<>();
    String[] metadata = {"", ""};
    boolean[] complete = {false};
    try (JsonParser parser = Json.FACTORY.createParser(body)) {
      if (parser.nextToken() != JsonToken.START_OBJECT) {
        throw new IOException("a list is expected");
      }
      Cursor cursor = new Cursor(parser);
      Pull.fields(
          parser,
          field -> {
            switch (field) {
              case "metadata" -> readMetadata(parser, metadata);
              case "items" -> {
                Pull.elements(
                    parser,
                    () -> {
                      T item = cursor.decode(decoder, resource, metrics);
                      if (item != null) {
                        items.put(cursor.key(), item);
                      }
                    });
                complete[0] = true;
              }
              default -> {}
            }
          });
    }
    if (!complete[0] || metadata[0].isEmpty()) {
      throw new IOException("the list is not whole");
    }
    return new ListPage<>(items, metadata[0], metadata[1]);
  }

  private static void readMetadata(JsonParser parser, String[] metadata) throws IOException {
    Pull.fields(
        parser,
        field -> {
          switch (field) {
            case "resourceVersion" -> metadata[0] = parser.getText();
            case "continue" -> metadata[1] = parser.getText();
            default -> {}
          }
        });
  }
}
