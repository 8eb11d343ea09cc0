package dev.windfall.policies;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/**
 * Reads Kubernetes objects token by token: no tree, no field that nobody asks for. Objects and
 * lists may be null, as Go writes them when they are empty.
 */
public final class JsonPull {
  private final JsonParser json;

  public JsonPull(JsonParser json) {
    this.json = json;
  }

  /** What to do with a field. */
  @FunctionalInterface
  public interface FieldReader {
    /**
     * Reads the value of {@code field}, at whose first token the parser stands, or {@link
     * JsonPull#skip skips} it.
     */
    void read(String field) throws IOException;
  }

  /** What to do with an item of a list. */
  @FunctionalInterface
  public interface ItemReader {
    void read() throws IOException;
  }

  /**
   * Reads the object at which the parser stands, field by field.
   *
   * @throws IOException when the stream breaks or no object stands there
   */
  public void object(FieldReader reader) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    expect(JsonToken.START_OBJECT);
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      reader.read(field);
    }
    expect(JsonToken.END_OBJECT);
  }

  /**
   * Reads the list at which the parser stands, item by item.
   *
   * @throws IOException when the stream breaks or no list stands there
   */
  public void each(ItemReader reader) throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return;
    }
    expect(JsonToken.START_ARRAY);
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() == null) {
        throw new JsonParseException(json, "the stream ends inside a list");
      }
      reader.read();
    }
  }

  /** A scalar as text; null, and anything that is no scalar, counts as empty. */
  public String text() throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return "";
    }
    if (!json.currentToken().isScalarValue()) {
      json.skipChildren();
      return "";
    }
    return json.getText();
  }

  /** Passes over the value at which the parser stands. */
  public void skip() throws IOException {
    json.skipChildren();
  }

  /**
   * A quantity such as {@code 8} or {@code 24Gi} in whole units; null counts as zero.
   *
   * @throws IOException when it is none
   */
  public long quantity() throws IOException {
    if (json.currentToken() == JsonToken.VALUE_NULL) {
      return 0;
    }
    String text = text();
    try {
      return Quantity.whole(text);
    } catch (IllegalArgumentException e) {
      throw new JsonParseException(json, "quantity \"" + text + "\" " + e.getMessage());
    }
  }

  private void expect(JsonToken token) throws IOException {
    if (json.currentToken() != token) {
      throw new JsonParseException(json, "expected " + token + ", found " + json.currentToken());
    }
  }
}
