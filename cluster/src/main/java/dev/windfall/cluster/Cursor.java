package dev.windfall.cluster;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import com.fasterxml.jackson.core.util.JsonParserDelegate;
import java.io.IOException;
import java.lang.System.Logger.Level;
import org.jspecify.annotations.Nullable;

/**
 * A parser that shows a decoder one object of a stream and nothing behind it, and notes on the way
 * what the watcher itself has to know: the object's name, namespace and version. So the decoder is
 * free to skip metadata, and nothing is buffered.
 */
final class Cursor extends JsonParserDelegate {
  private static final System.Logger LOG = System.getLogger(Cursor.class.getName());

  private int depth;

  /** Whether the stream itself failed. */
  private boolean broken;

  private boolean inMetadata;
  private String name = "";
  private String namespace = "";
  private String resourceVersion = "";

  Cursor(JsonParser stream) {
    super(stream);
  }

  /**
   * Reads the object at the stream to its end.
   *
   * @return what the decoder keeps; null when it keeps nothing, or cannot read the object, which is
   *     logged and counted: one bad object shall not blind the watch for all others
   * @throws IOException when the stream itself breaks or is no JSON
   */
  <T> @Nullable T decode(Decoder<T> decoder, Resource resource, ClusterMetrics metrics)
      throws IOException {
    begin();
    T kept = null;
    Exception failure = null;
    try {
      kept = decoder.decode(this);
    } catch (IOException | RuntimeException e) {
      // Jackson has one exception for broken JSON and for a text read as a number: where it came
      // from tells them apart.
      if (broken) {
        throw e;
      }
      failure = e;
    }
    finish();
    if (failure != null) {
      metrics.undecodable.labelValues(resource.plural()).inc();
      LOG.log(
          Level.WARNING, "reading " + resource.kind() + " " + key() + ": it is left out", failure);
    }
    return kept;
  }

  /** Begins an object; the stream stands on its START_OBJECT. */
  private void begin() throws IOException {
    if (delegate.currentToken() != JsonToken.START_OBJECT) {
      throw new IOException("an object is expected, not " + delegate.currentToken());
    }
    depth = 1;
    inMetadata = false;
    name = "";
    namespace = "";
    resourceVersion = "";
  }

  /** Reads past what the decoder left of the object; the stream then stands on its END_OBJECT. */
  private void finish() throws IOException {
    while (depth > 0) {
      nextToken();
    }
  }

  Key key() throws IOException {
    try {
      return new Key(namespace, name);
    } catch (IllegalArgumentException e) {
      throw new IOException("reading an object without a usable name", e);
    }
  }

  String resourceVersion() {
    return resourceVersion;
  }

  @Override
  public @Nullable JsonToken nextToken() throws IOException {
    if (depth == 0) {
      return null;
    }
    broken = true;
    JsonToken token = delegate.nextToken();
    broken = false;
    // Not as a case: a switch that knows null is made at run time, and this one is met millions of
    // times before anything is compiled.
    if (token == null) {
      throw new IOException("the stream ended within an object");
    }
    switch (token) {
      case START_OBJECT, START_ARRAY -> {
        depth++;
        if (depth == 2) {
          inMetadata = "metadata".equals(delegate.currentName());
        }
      }
      case END_OBJECT, END_ARRAY -> depth--;
      case VALUE_STRING -> {
        if (depth == 2 && inMetadata) {
          note(delegate.currentName());
        }
      }
      default -> {}
    }
    return token;
  }

  private void note(@Nullable String field) throws IOException {
    if (field == null) {
      return;
    }
    switch (field) {
      case "name" -> name = delegate.getText();
      case "namespace" -> namespace = delegate.getText();
      case "resourceVersion" -> resourceVersion = delegate.getText();
      default -> {}
    }
  }

  @Override
  public @Nullable JsonToken nextValue() throws IOException {
    JsonToken token = nextToken();
    return token == JsonToken.FIELD_NAME ? nextToken() : token;
  }

  /** Walks where it has to see what it skips; in the images of a node, say, it jumps. */
  @Override
  public JsonParser skipChildren() throws IOException {
    JsonToken token = delegate.currentToken();
    if (token == JsonToken.START_OBJECT || token == JsonToken.START_ARRAY) {
      int outer = depth - 1;
      if (outer > 1 || (outer == 1 && !inMetadata)) {
        broken = true;
        delegate.skipChildren();
        broken = false;
        depth = outer;
      }
      while (depth > outer) {
        nextToken();
      }
    }
    return this;
  }

  /** The stream outlives the object. */
  @Override
  public void close() {}
}
