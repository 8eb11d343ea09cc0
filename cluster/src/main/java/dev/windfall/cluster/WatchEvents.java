package dev.windfall.cluster;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.time.Duration;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Reads the events of one watch off its stream, each object straight into what the decoder keeps of
 * it.
 */
final class WatchEvents<T> implements AutoCloseable {
  private static final String INITIAL_EVENTS_END = "k8s.io/initial-events-end";

  /** What one event says. */
  sealed interface Event<T> {
    /** The version up to which the watch has seen everything. */
    String resourceVersion();

    /** An object is there; or is not there, as far as the decoder is concerned. */
    record Seen<T>(Key key, Optional<T> kept, String resourceVersion) implements Event<T> {}

    /** Nothing happened up to this version. */
    record Bookmark<T>(boolean initialEnd, String resourceVersion) implements Event<T> {}
  }

  private final Resource resource;
  private final Decoder<T> decoder;
  private final ClusterMetrics metrics;
  private final JsonParser parser;
  private final Cursor cursor;

  WatchEvents(InputStream stream, Resource resource, Decoder<T> decoder, ClusterMetrics metrics)
      throws IOException {
    this.resource = resource;
    this.decoder = decoder;
    this.metrics = metrics;
    this.parser = Json.FACTORY.createParser(stream);
    this.cursor = new Cursor(parser);
  }

  /**
   * Waits for the next event.
   *
   * @return null when the API server ended the watch in good order
   * @throws ClusterException when the API server says in the stream why it cannot go on; 410 for an
   *     expired version
   * @throws IOException when the stream breaks, is silent for too long, or is no watch
   */
  @Nullable Event<T> next() throws IOException {
    JsonToken first = parser.nextToken();
    if (first == null) {
      return null;
    }
    String type = "";
    Event<T> event = null;
    if (first != JsonToken.START_OBJECT) {
      throw new IOException("a watch event is expected, not " + first);
    }
    while (parser.nextToken() == JsonToken.FIELD_NAME) {
      String field = parser.currentName();
      parser.nextToken();
      switch (field) {
        case "type" -> type = parser.getText();
        case "object" -> event = object(type);
        default -> parser.skipChildren();
      }
    }
    if (event == null) {
      throw new IOException("a watch event without an object");
    }
    return event;
  }

  private Event<T> object(String type) throws IOException {
    return switch (type) {
      case "ADDED", "MODIFIED" -> {
        Optional<T> kept = Optional.ofNullable(cursor.decode(decoder, resource, metrics));
        yield new Event.Seen<>(cursor.key(), kept, cursor.resourceVersion());
      }
      case "DELETED" -> {
        Decoder<T> nothing = _ -> null;
        cursor.decode(nothing, resource, metrics);
        yield new Event.Seen<>(cursor.key(), Optional.empty(), cursor.resourceVersion());
      }
      case "BOOKMARK" -> {
        JsonNode bookmark = Json.MAPPER.readTree(parser);
        JsonNode metadata = bookmark.path("metadata");
        boolean end =
            metadata.path("annotations").path(INITIAL_EVENTS_END).asText("").equals("true");
        yield new Event.Bookmark<>(end, metadata.path("resourceVersion").asText(""));
      }
      case "ERROR" -> {
        JsonNode status = Json.MAPPER.readTree(parser);
        throw Transport.refused(
            "watching " + resource.plural(),
            status.path("code").asInt(),
            status.path("reason").asText(""),
            status.path("message").asText(""),
            Duration.ZERO);
      }
      default -> throw new IOException("a watch event of unknown type \"" + type + "\"");
    };
  }

  @Override
  public void close() throws IOException {
    parser.close();
  }
}
