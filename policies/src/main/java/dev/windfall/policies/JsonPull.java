package dev.windfall.policies;

import com.fasterxml.jackson.core.JsonParseException;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;

/**
 * Reads Kubernetes objects token by token: no tree, no field that nobody asks for. What is null, as
 * Go writes what is empty, or of another type than is asked for, counts as empty: an odd field must
 * not hide the object. A value that its reader leaves is passed over.
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
     * JsonPull#skip skips} or leaves it.
     */
    void read(String field) throws IOException;
  }

  /** What to do with an item of a list. */
  @FunctionalInterface
  public interface ItemReader {
    void read() throws IOException;
  }

  /**
   * Reads the object at which the parser stands, field by field. Whatever is no object has no
   * fields.
   *
   * @throws IOException when the stream breaks
   */
  public void object(FieldReader reader) throws IOException {
    if (json.currentToken() != JsonToken.START_OBJECT) {
      skip();
      return;
    }
    while (json.nextToken() == JsonToken.FIELD_NAME) {
      String field = json.currentName();
      json.nextToken();
      reader.read(field);
      skip();
    }
    if (json.currentToken() != JsonToken.END_OBJECT) {
      throw new JsonParseException(json, "the stream ends inside an object");
    }
  }

  /**
   * Reads the list at which the parser stands, item by item. Whatever is no list has no items.
   *
   * @throws IOException when the stream breaks
   */
  public void each(ItemReader reader) throws IOException {
    if (json.currentToken() != JsonToken.START_ARRAY) {
      skip();
      return;
    }
    while (json.nextToken() != JsonToken.END_ARRAY) {
      if (json.currentToken() == null) {
        throw new JsonParseException(json, "the stream ends inside a list");
      }
      reader.read();
      skip();
    }
  }

  /** Whether the parser stands at the start of an object. */
  boolean atObject() {
    return json.currentToken() == JsonToken.START_OBJECT;
  }

  /** A scalar as text; null, and anything that is no scalar, counts as empty. */
  public String text() throws IOException {
    JsonToken token = json.currentToken();
    if (token == null || token == JsonToken.VALUE_NULL || !token.isScalarValue()) {
      skip();
      return "";
    }
    return json.getText();
  }

  /**
   * Passes over the value at which the parser stands; does nothing at its end.
   *
   * @throws IOException when the stream breaks, or ends where a value should be
   */
  public void skip() throws IOException {
    if (json.currentToken() == null) {
      throw new JsonParseException(json, "the stream ends where a value should be");
    }
    json.skipChildren();
  }

  /**
   * A quantity such as {@code 8} or {@code 24Gi} in whole units; zero when it is neither text nor a
   * number.
   *
   * @throws IOException when it is text, and no quantity
   */
  public long quantity() throws IOException {
    JsonToken token = json.currentToken();
    if (token != JsonToken.VALUE_STRING && (token == null || !token.isNumeric())) {
      skip();
      return 0;
    }
    String text = json.getText();
    try {
      return Quantity.whole(text);
    } catch (IllegalArgumentException e) {
      throw new JsonParseException(json, "quantity \"" + text + "\" " + e.getMessage());
    }
  }
}
