package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.LongNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.TreeSet;

/** Brings an object into the shape of its schema: unknown fields go, defaults come. */
final class Shape {
  private static final Set<String> OF_EVERY_OBJECT = Set.of("apiVersion", "kind", "metadata");
  private static final Set<String> METADATA =
      Set.of(
          "name",
          "generateName",
          "namespace",
          "selfLink",
          "uid",
          "resourceVersion",
          "generation",
          "creationTimestamp",
          "deletionTimestamp",
          "deletionGracePeriodSeconds",
          "labels",
          "annotations",
          "ownerReferences",
          "finalizers",
          "managedFields");

  private Shape() {}

  /**
   * Removes what the schema does not know, in place.
   *
   * @return the paths of what was removed, in order
   */
  static List<String> prune(Schema schema, ObjectNode object) {
    List<String> unknown = new ArrayList<>();
    pruneObject(schema, object, "", true, unknown);
    return unknown;
  }

  private static void pruneObject(
      Schema schema, ObjectNode object, String path, boolean whole, List<String> unknown) {
    for (String name : new TreeSet<>(object.propertyStream().map(e -> e.getKey()).toList())) {
      String at = path.isEmpty() ? name : path + "." + name;
      JsonNode value = object.path(name);
      if (whole && OF_EVERY_OBJECT.contains(name)) {
        if (value instanceof ObjectNode metadata) {
          pruneMetadata(metadata, at, unknown);
        }
        continue;
      }
      Schema known = schema.properties().get(name);
      if (known == null) {
        known = schema.additional().orElse(null);
      }
      if (known != null) {
        prune(known, value, at, unknown);
      } else if (!schema.anything()) {
        object.remove(name);
        unknown.add(at);
      }
    }
  }

  private static void pruneMetadata(ObjectNode metadata, String path, List<String> unknown) {
    for (String name : new TreeSet<>(metadata.propertyStream().map(e -> e.getKey()).toList())) {
      if (!METADATA.contains(name)) {
        metadata.remove(name);
        unknown.add(path + "." + name);
      }
    }
  }

  private static void prune(Schema schema, JsonNode value, String path, List<String> unknown) {
    if (value instanceof ObjectNode object) {
      pruneObject(schema, object, path, schema.embedded(), unknown);
    } else if (value instanceof ArrayNode array && schema.items().isPresent()) {
      for (int i = 0; i < array.size(); i++) {
        prune(schema.items().get(), array.path(i), path + "[" + i + "]", unknown);
      }
    }
  }

  /**
   * Fills in defaults at every depth and drops nulls that stand for nothing, in place where it can.
   *
   * @return what stands there now
   */
  static JsonNode withDefaults(Schema schema, JsonNode value) {
    switch (value) {
      case ObjectNode object -> {
        schema.properties().forEach((name, property) -> fill(property, name, object));
        schema
            .additional()
            .ifPresent(additional ->
                List.copyOf(object.propertyStream().map(e -> e.getKey()).toList())
                    .forEach(name -> fill(additional, name, object)));
      }
      case ArrayNode array ->
          schema
              .items()
              .ifPresent(items -> {
                for (int i = 0; i < array.size(); i++) {
                  array.set(i, withDefaults(items, array.path(i)));
                }
              });
      default -> {
        boolean whole =
            schema.type() == Schema.Type.INTEGER
                && value.isFloatingPointNumber()
                && value.canConvertToExactIntegral()
                && value.canConvertToLong();
        return whole ? LongNode.valueOf(value.asLong()) : value;
      }
    }
    return value;
  }

  private static void fill(Schema schema, String name, ObjectNode object) {
    JsonNode value = object.get(name);
    if (value == null || (value.isNull() && !schema.nullable())) {
      if (schema.fallback().isEmpty()) {
        object.remove(name);
        return;
      }
      value = schema.fallback().get().deepCopy();
    }
    object.set(name, withDefaults(schema, value));
  }
}
