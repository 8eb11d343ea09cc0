package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class JsonPullTest {
  private final List<String> read = new ArrayList<>();

  private static JsonParser at(String json) throws IOException {
    JsonParser parser = new JsonFactory().createParser(json);
    var _ = parser.nextToken();
    return parser;
  }

  @Test
  void aValueThatItsReaderLeavesIsPassedOver() throws IOException {
    try (JsonParser parser = at("{\"a\": {\"b\": [1, {}]}, \"c\": [[2]], \"d\": 3}")) {
      new JsonPull(parser).object(read::add);

      assertEquals(List.of("a", "c", "d"), read);
      assertEquals(JsonToken.END_OBJECT, parser.currentToken());
    }
  }

  @Test
  void anItemThatItsReaderLeavesIsPassedOver() throws IOException {
    try (JsonParser parser = at("[{\"a\": []}, [1], 2]")) {
      new JsonPull(parser).each(() -> read.add("item"));

      assertEquals(3, read.size());
      assertEquals(JsonToken.END_ARRAY, parser.currentToken());
    }
  }

  /** The watcher dropped an object with one such field, and it looked deleted. */
  @ParameterizedTest
  @ValueSource(strings = {"null", "true", "7", "\"text\"", "{\"a\": [1]}", "[{\"a\": 1}]"})
  void anOddShapeIsEmptyAndLeavesTheRestReadable(String odd) throws IOException {
    String text =
        "{\"object\": %s, \"list\": %s, \"text\": %s, \"end\": \"e\"}".formatted(odd, odd, odd);
    try (JsonParser parser = at(text)) {
      JsonPull json = new JsonPull(parser);
      json.object(field -> {
        switch (field) {
          case "object" -> json.object(_ -> json.skip());
          case "list" -> json.each(json::skip);
          case "end" -> read.add(json.text());
          default -> {
            var _ = json.text();
          }
        }
      });
    }

    assertEquals(List.of("e"), read);
  }

  @ParameterizedTest
  @ValueSource(strings = {"null", "true", "{\"a\": [1]}", "[2]"})
  void whatIsNeitherTextNorANumberIsAQuantityOfNone(String odd) throws IOException {
    try (JsonParser parser = at(odd)) {
      assertEquals(0, new JsonPull(parser).quantity());
    }
  }

  @Test
  void aStreamThatEndsTooEarlyIsNoObject() throws IOException {
    try (JsonParser parser = at("{\"a\": {\"b\": 1}")) {
      assertThrows(IOException.class, () -> new JsonPull(parser).object(read::add));
    }
  }
}
