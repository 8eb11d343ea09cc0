package dev.windfall.webhook;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/**
 * What was added to an object, as RFC 6902 operations.
 *
 * <p>A patch that does not apply makes the API server refuse the pod, whatever the webhook's
 * failure policy says. So every operation is relative to the object as it was sent: a parent that
 * is absent or null comes as a whole, a list grows at its end, and nothing is removed but from a
 * list of texts, which is replaced as a whole.
 */
final class Patch {
  private final ArrayNode operations = JsonNodeFactory.instance.arrayNode();

  private Patch() {}

  /**
   * The operations that make {@code after} of {@code before}; none when they are equal.
   *
   * @throws IllegalStateException when something in {@code before} is missing from {@code after}
   */
  static ArrayNode between(ObjectNode before, ObjectNode after) {
    Patch patch = new Patch();
    patch.compare("", before, after);
    return patch.operations;
  }

  private void compare(String path, JsonNode before, JsonNode after) {
    if (before.equals(after)) {
      return;
    }
    if (before.isMissingNode() || before.isNull()) {
      operation("add", path, after);
    } else if (before.isObject() && after.isObject()) {
      fields(path, before, after);
    } else if (ofTexts(before) && ofTexts(after)) {
      operation("replace", path, after);
    } else if (before.isArray() && after.isArray() && before.size() <= after.size()) {
      elements(path, before, after);
    } else if (before.isTextual() && after.isTextual()) {
      operation("replace", path, after);
    } else {
      throw new IllegalStateException("the pod would lose what it has at " + path);
    }
  }

  private static boolean ofTexts(JsonNode list) {
    return list.isArray() && list.valueStream().allMatch(JsonNode::isTextual);
  }

  private void fields(String path, JsonNode before, JsonNode after) {
    before
        .fieldNames()
        .forEachRemaining(field -> {
          if (!after.has(field)) {
            throw new IllegalStateException("the pod would lose " + path + "/" + field);
          }
        });
    after
        .properties()
        .forEach(field ->
            compare(
                path + "/" + escaped(field.getKey()),
                before.path(field.getKey()),
                field.getValue()));
  }

  private void elements(String path, JsonNode before, JsonNode after) {
    for (int i = 0; i < after.size(); i++) {
      if (i < before.size()) {
        compare(path + "/" + i, before.get(i), after.get(i));
      } else {
        operation("add", path + "/-", after.get(i));
      }
    }
  }

  private void operation(String op, String path, JsonNode value) {
    operations.addObject().put("op", op).put("path", path).set("value", value);
  }

  /** A field as a JSON pointer has it, RFC 6901 section 3. */
  private static String escaped(String field) {
    return field.replace("~", "~0").replace("/", "~1");
  }
}
