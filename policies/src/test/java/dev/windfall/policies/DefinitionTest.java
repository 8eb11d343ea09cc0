package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The definition of each kind, and the reader of the same kind. */
class DefinitionTest {
  enum Kind {
    SPOT_POOL,
    SPOT_POLICY,
    LEFTOVER_NODE_POOL;

    ObjectNode definition() {
      return switch (this) {
        case SPOT_POOL -> CustomResources.spotPool();
        case SPOT_POLICY -> CustomResources.spotPolicy();
        case LEFTOVER_NODE_POOL -> CustomResources.leftoverNodePool();
      };
    }

    Object read(ObjectNode object) {
      return switch (this) {
        case SPOT_POOL -> SpotPool.readObject("gpu", object.toString());
        case SPOT_POLICY -> SpotPolicy.readObject("gpu", object.toString());
        case LEFTOVER_NODE_POOL -> LeftoverNodePool.readObject("gpu", object.toString());
      };
    }

    JsonNode version() {
      return definition().at("/spec/versions/0");
    }

    JsonNode schema() {
      return version().at("/schema/openAPIV3Schema/properties/spec/properties");
    }

    /** One that leaves out whatever may be left out. */
    ObjectNode least() {
      ObjectNode object = JsonNodeFactory.instance.objectNode();
      object
          .put("apiVersion", definition().at("/spec/group").asText() + "/v1alpha1")
          .set("kind", definition().at("/spec/names/kind"));
      object.putObject("metadata").put("name", "gpu");
      ObjectNode spec = object.putObject("spec");
      if (this == SPOT_POOL) {
        spec.put("provider", "aws").put("region", "eu-central-1");
        spec.putObject("nodeClassRef").put("group", "g").put("kind", "k").put("name", "n");
      }
      if (this == LEFTOVER_NODE_POOL) {
        spec.put("region", "eu-central-1").put("nodeClassName", "gpu");
      }
      return object;
    }
  }

  /** What the API server adds to an object that leaves everything out. */
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

  @ParameterizedTest
  @EnumSource
  void theDefaultsOfTheSchemaAreThoseOfTheReader(Kind kind) {
    ObjectNode defaulted = kind.least();
    defaults(kind.schema(), (ObjectNode) defaulted.get("spec"));

    assertFalse(defaulted.equals(kind.least()), "a schema without defaults");
    assertEquals(kind.read(kind.least()), kind.read(defaulted));
  }

  /** With a default, the first policy would always be the one that decides. */
  @Test
  void whatTheFirstPolicyDecidesThatStatesItHasNoDefault() {
    for (String field :
        new String[] {"whenNothingFits", "maxWait", "afterMaxWait", "assignBursts", "defaults"}) {
      assertFalse(Kind.SPOT_POLICY.schema().path(field).has("default"), field);
    }
  }

  @ParameterizedTest
  @EnumSource
  void theReaderKnowsEveryFieldOfTheSchema(Kind kind) {
    for (Map.Entry<String, JsonNode> field : kind.schema().properties()) {
      known(kind, "/spec", "spec", field.getKey());
      for (Map.Entry<String, JsonNode> inner : field.getValue().path("properties").properties()) {
        known(kind, "/spec/" + field.getKey(), "spec." + field.getKey(), inner.getKey());
      }
    }
  }

  private static void known(Kind kind, String pointer, String path, String field) {
    ObjectNode object = kind.least();
    // A mapping is wrong for a scalar, but whoever says so knows the field.
    object.withObject(pointer).putObject(field).put("unknown", "x");
    try {
      kind.read(object);
    } catch (UnreadableException e) {
      String unknown = "field \"" + path + "." + field + "\" is unknown";
      assertTrue(e.problems().stream().noneMatch(p -> p.message().startsWith(unknown)), unknown);
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyTextAndListOfTheSpecIsBoundedAndEveryFieldExplained(Kind kind) {
    explained("spec", kind.schema());
  }

  private static void explained(String path, JsonNode properties) {
    for (Map.Entry<String, JsonNode> field : properties.properties()) {
      String at = path + "." + field.getKey();
      JsonNode schema = field.getValue();
      switch (schema.path("type").asText()) {
        case "string" -> assertTrue(schema.has("maxLength") || schema.has("enum"), at);
        case "array" -> assertTrue(schema.has("maxItems"), at);
        default -> {}
      }
      String description = schema.path("description").asText();
      boolean example = schema.has("enum") || description.matches(".*[Ss]uch as .*");
      assertTrue(example, () -> at + " is explained without an example: " + description);
      explained(at, schema.path("properties"));
      explained(at, schema.path("items").path("properties"));
    }
  }

  @ParameterizedTest
  @EnumSource
  void everyRuleHasAMessage(Kind kind) {
    for (JsonNode rules : kind.definition().findValues("x-kubernetes-validations")) {
      rules.forEach(rule -> assertTrue(rule.has("message"), rule.toString()));
    }
  }

  @Test
  void theTableOfPoolsTellsTheStoryInALine() {
    assertEquals(
        "Mode Ready Open Nodes GPUs USD/h Cheapest USD/GPU·h Market Degraded Last change Age",
        String.join(
            " ",
            Kind.SPOT_POOL.version().path("additionalPrinterColumns").findValuesAsText("name")));
  }

  @Test
  void theTableOfLeftoverNodePoolsSaysWhatIsSelected() {
    assertEquals(
        "Ready Reason Types Zones USD/h Score Applied Age",
        String.join(
            " ",
            Kind.LEFTOVER_NODE_POOL
                .version()
                .path("additionalPrinterColumns")
                .findValuesAsText("name")));
  }

  @Test
  void theTableOfPoliciesShowsWhatAnAdministratorAsksFirst() {
    assertEquals(
        "Priority Enforcement Max USD/GPU·h Ready On-Demand Max GPUs Age",
        String.join(
            " ",
            Kind.SPOT_POLICY.version().path("additionalPrinterColumns").findValuesAsText("name")));
  }
}
