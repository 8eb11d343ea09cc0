package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.junit.jupiter.api.Test;

class SpotPoolDefinitionTest {
  private static final JsonNode SCHEMA =
      CustomResources.spotPool()
          .at("/spec/versions/0/schema/openAPIV3Schema/properties/spec/properties");

  private static ObjectNode pool() {
    ObjectNode pool = JsonNodeFactory.instance.objectNode();
    pool.put("apiVersion", "windfall.dev/v1alpha1").put("kind", "SpotPool");
    pool.putObject("metadata").put("name", "gpu");
    ObjectNode spec = pool.putObject("spec");
    spec.put("provider", "aws").put("region", "eu-central-1");
    spec.putObject("nodeClassRef").put("group", "g").put("kind", "k").put("name", "n");
    return pool;
  }

  /** What the API server adds to an object that leaves everything out. */
  private static ObjectNode defaulted(ObjectNode pool) {
    defaults(SCHEMA, (ObjectNode) pool.get("spec"));
    return pool;
  }

  private static void defaults(JsonNode properties, ObjectNode object) {
    for (Map.Entry<String, JsonNode> field : properties.properties()) {
      if (field.getValue().has("default") && !object.has(field.getKey())) {
        object.set(field.getKey(), field.getValue().get("default").deepCopy());
      }
      if (object.get(field.getKey()) instanceof ObjectNode inner) {
        defaults(field.getValue().path("properties"), inner);
      }
    }
  }

  @Test
  void theDefaultsOfTheSchemaAreThoseOfTheReader() {
    SpotPool bare = SpotPool.readObject("gpu", pool().toString());
    assertEquals(bare, SpotPool.readObject("gpu", defaulted(pool()).toString()));
  }

  @Test
  void theReaderKnowsEveryFieldOfTheSchema() {
    for (Map.Entry<String, JsonNode> field : SCHEMA.properties()) {
      ObjectNode pool = pool();
      ObjectNode spec = (ObjectNode) pool.get("spec");
      if (!spec.has(field.getKey())) {
        // A mapping is wrong for a scalar, but whoever says so knows the field.
        spec.putObject(field.getKey()).put("unknown", "x");
      }
      try {
        SpotPool.readObject("gpu", pool.toString());
      } catch (UnreadableException e) {
        String unknown = "field \"spec." + field.getKey() + "\" is unknown";
        assertTrue(e.problems().stream().noneMatch(p -> p.message().startsWith(unknown)), unknown);
      }
    }
  }

  @Test
  void everyTextAndListOfTheSpecIsBounded() {
    bounded("spec", SCHEMA);
  }

  private static void bounded(String path, JsonNode properties) {
    for (Map.Entry<String, JsonNode> field : properties.properties()) {
      String at = path + "." + field.getKey();
      JsonNode schema = field.getValue();
      switch (schema.path("type").asText()) {
        case "string" -> assertTrue(schema.has("maxLength") || schema.has("enum"), at);
        case "array" -> assertTrue(schema.has("maxItems"), at);
        default -> {}
      }
      bounded(at, schema.path("properties"));
      bounded(at, schema.path("items").path("properties"));
    }
  }
}
