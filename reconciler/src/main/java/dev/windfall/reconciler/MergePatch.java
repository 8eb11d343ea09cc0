package dev.windfall.reconciler;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Comparator;
import java.util.Map;

/** JSON merge patches (RFC 7386). */
public final class MergePatch {
  /** A number is the same whether it was read, as an int, or written, as a long. */
  private static final Comparator<JsonNode> BY_VALUE =
      (a, b) -> {
        if (a.isNumber() && b.isNumber()) {
          return a.decimalValue().compareTo(b.decimalValue());
        }
        return a.equals(b) ? 0 : 1;
      };

  private MergePatch() {}

  /** The smallest patch that makes {@code target} of {@code from}; empty when they are equal. */
  public static ObjectNode between(ObjectNode from, ObjectNode target) {
    ObjectNode patch = JsonNodeFactory.instance.objectNode();
    from.fieldNames()
        .forEachRemaining(field -> {
          if (!target.has(field)) {
            patch.putNull(field);
          }
        });
    for (Map.Entry<String, JsonNode> field : target.properties()) {
      JsonNode before = from.path(field.getKey());
      JsonNode after = field.getValue();
      if (before instanceof ObjectNode own && after instanceof ObjectNode wanted) {
        ObjectNode inner = between(own, wanted);
        if (!inner.isEmpty()) {
          patch.set(field.getKey(), inner);
        }
      } else if (!before.equals(BY_VALUE, after)) {
        patch.set(field.getKey(), after);
      }
    }
    return patch;
  }

  /** What the API server makes of {@code object}, which is not changed, with {@code patch}. */
  public static ObjectNode apply(ObjectNode object, ObjectNode patch) {
    ObjectNode patched = object.deepCopy();
    for (Map.Entry<String, JsonNode> field : patch.properties()) {
      JsonNode value = field.getValue();
      if (value.isNull()) {
        patched.remove(field.getKey());
      } else if (value instanceof ObjectNode inner) {
        ObjectNode before =
            patched.get(field.getKey()) instanceof ObjectNode own
                ? own
                : JsonNodeFactory.instance.objectNode();
        patched.set(field.getKey(), apply(before, inner));
      } else {
        patched.set(field.getKey(), value);
      }
    }
    return patched;
  }
}
