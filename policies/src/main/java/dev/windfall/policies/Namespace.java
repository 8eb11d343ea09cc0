package dev.windfall.policies;

import com.fasterxml.jackson.core.JsonParser;
import java.io.IOException;
import java.util.HashMap;
import java.util.Map;

/**
 * The few things Windfall needs to know of a namespace.
 *
 * @param annotations those that begin with {@code windfall.dev/}; they count for each of its pods
 *     that does not say otherwise
 */
public record Namespace(String name, Map<String, String> labels, Map<String, String> annotations) {

  /** So many labels, and annotations, are held of each. */
  private static final int MOST = 256;

  public Namespace {
    labels = Map.copyOf(labels);
    annotations = Map.copyOf(annotations);
  }

  /** A namespace of which nothing but its name is known; the API server labels each with it. */
  public static Namespace named(String name) {
    return new Namespace(name, Map.of("kubernetes.io/metadata.name", name), Map.of());
  }

  /**
   * Reads a namespace from a stream, past everything else it holds.
   *
   * @param parser at the start of the namespace's object; left at its end
   * @throws IOException when the stream breaks
   */
  public static Namespace read(JsonParser parser) throws IOException {
    JsonPull json = new JsonPull(parser);
    String[] name = {""};
    Map<String, String> labels = new HashMap<>();
    Map<String, String> annotations = new HashMap<>();
    json.object(field -> {
      if (field.equals("metadata")) {
        json.object(key -> {
          switch (key) {
            case "name" -> name[0] = json.text();
            case "labels" ->
                json.object(label -> {
                  if (labels.size() < MOST) {
                    labels.put(label, json.text());
                  }
                });
            case "annotations" ->
                json.object(annotation -> {
                  if (annotation.startsWith(Keys.PREFIX) && annotations.size() < MOST) {
                    annotations.put(annotation, json.text());
                  }
                });
            default -> json.skip();
          }
        });
      }
    });
    return new Namespace(name[0], labels, annotations);
  }
}
