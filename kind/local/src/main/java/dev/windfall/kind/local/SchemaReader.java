package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;

/**
 * Reads the schemas of a CustomResourceDefinition, and says what is wrong with them. Stricter than
 * a real API server in one thing: a keyword that it does not know is an error, so that no bound is
 * written that nobody keeps.
 */
final class SchemaReader {
  private static final Set<String> KEYWORDS =
      Set.of(
          "additionalProperties",
          "allOf",
          "anyOf",
          "default",
          "description",
          "enum",
          "example",
          "exclusiveMaximum",
          "exclusiveMinimum",
          "externalDocs",
          "format",
          "items",
          "maxItems",
          "maxLength",
          "maxProperties",
          "maximum",
          "minItems",
          "minLength",
          "minProperties",
          "minimum",
          "multipleOf",
          "not",
          "nullable",
          "oneOf",
          "pattern",
          "properties",
          "required",
          "title",
          "type",
          "uniqueItems",
          "x-kubernetes-embedded-resource",
          "x-kubernetes-int-or-string",
          "x-kubernetes-list-map-keys",
          "x-kubernetes-list-type",
          "x-kubernetes-map-type",
          "x-kubernetes-preserve-unknown-fields",
          "x-kubernetes-validations");

  /** Inside allOf, anyOf, oneOf and not there are bounds only. */
  private static final List<String> NOT_IN_ALTERNATIVES =
      List.of(
          "type",
          "default",
          "additionalProperties",
          "nullable",
          "x-kubernetes-preserve-unknown-fields",
          "x-kubernetes-embedded-resource",
          "x-kubernetes-validations");

  private static final List<JsonNode> TYPES =
      LimitsReader.texts("array boolean integer number object string");
  private static final List<JsonNode> LISTS = LimitsReader.texts("atomic map set");

  private final List<Violation> violations = new ArrayList<>();
  private final LimitsReader limits = new LimitsReader(violations);
  private final RuleReader rules = new RuleReader(violations);

  /** Everything that was wrong so far. */
  List<Violation> violations() {
    return violations;
  }

  Schema root(JsonNode json, String path) {
    Schema schema = read(json, path, false);
    if (schema.type() != Schema.Type.OBJECT) {
      violations.add(
          Violation.invalid(
              path + ".type", json.path("type").asText(), "must be object at the root"));
    }
    return schema;
  }

  private Schema read(JsonNode json, String path, boolean alternative) {
    keywords(json, path, alternative);
    Map<String, Schema> properties = new LinkedHashMap<>();
    for (var property : json.path("properties").properties()) {
      properties.put(
          property.getKey(),
          read(property.getValue(), path + ".properties[" + property.getKey() + "]", alternative));
    }
    Optional<Schema> additional =
        json.path("additionalProperties").isObject()
            ? Optional.of(
                read(json.path("additionalProperties"), path + ".additionalProperties", false))
            : Optional.empty();
    if (!properties.isEmpty() && additional.isPresent()) {
      violations.add(
          Violation.forbidden(
              path + ".additionalProperties",
              "additionalProperties and properties are mutual exclusive"));
    }
    Optional<Schema> items =
        json.has("items")
            ? Optional.of(read(json.path("items"), path + ".items", alternative))
            : Optional.empty();
    boolean anything =
        json.path("x-kubernetes-preserve-unknown-fields").asBoolean()
            || json.path("additionalProperties").asBoolean();
    Schema.Type type = type(json, path, alternative);
    if (type == Schema.Type.ARRAY && items.isEmpty()) {
      violations.add(Violation.required(path + ".items", "must be specified"));
    }
    Schema schema =
        new Schema(
            type,
            json.path("nullable").asBoolean(),
            anything,
            json.path("x-kubernetes-embedded-resource").asBoolean(),
            properties,
            additional,
            items,
            Optional.ofNullable(json.get("default")),
            listing(json, path),
            limits.read(json, path),
            alternatives(json, path),
            rules.read(json, path));
    schema.fallback().ifPresent(fallback -> checkDefault(schema, fallback, path + ".default"));
    return schema;
  }

  private void keywords(JsonNode json, String path, boolean alternative) {
    for (var field : json.properties()) {
      if (field.getKey().equals("$ref")) {
        violations.add(Violation.forbidden(path + ".$ref", "$ref is not supported"));
      } else if (!KEYWORDS.contains(field.getKey())) {
        violations.add(
            Violation.forbidden(
                path + "." + field.getKey(),
                "this keyword is not known, so nothing would keep it"));
      }
    }
    if (alternative && !json.path("x-kubernetes-int-or-string").asBoolean()) {
      for (String keyword : NOT_IN_ALTERNATIVES) {
        if (json.has(keyword)) {
          violations.add(
              Violation.forbidden(path + "." + keyword, "must be empty to be structural"));
        }
      }
    }
    if (json.path("uniqueItems").asBoolean()) {
      violations.add(
          Violation.forbidden(
              path + ".uniqueItems",
              "uniqueItems cannot be set to true since the runtime complexity becomes quadratic"));
    }
    if (Formats.UNCHECKED.contains(json.path("format").asText())) {
      violations.add(
          Violation.forbidden(
              path + ".format",
              "format " + json.path("format").asText() + " is not checked by this server"));
    }
  }

  private Schema.Type type(JsonNode json, String path, boolean alternative) {
    if (json.path("x-kubernetes-int-or-string").asBoolean()) {
      return Schema.Type.INTEGER_OR_STRING;
    }
    String text = json.path("type").asText();
    for (Schema.Type type : Schema.Type.values()) {
      if (type.text().equals(text) && TYPES.contains(TextNode.valueOf(text))) {
        return type;
      }
    }
    if (!text.isEmpty()) {
      violations.add(Violation.unsupported(path + ".type", json.path("type"), TYPES));
    } else if (!alternative && !json.path("x-kubernetes-preserve-unknown-fields").asBoolean()) {
      violations.add(
          Violation.required(path + ".type", "must not be empty for specified object fields"));
    }
    return Schema.Type.ANY;
  }

  private Schema.Listing listing(JsonNode json, String path) {
    if (!json.has("x-kubernetes-list-type")) {
      return Schema.Listing.ATOMIC;
    }
    JsonNode kind = json.path("x-kubernetes-list-type");
    if (!LISTS.contains(kind)) {
      violations.add(Violation.unsupported(path + ".x-kubernetes-list-type", kind, LISTS));
    }
    List<String> keys = LimitsReader.strings(json.path("x-kubernetes-list-map-keys"));
    if (kind.asText().equals("map") && keys.isEmpty()) {
      violations.add(
          Violation.required(
              path + ".x-kubernetes-list-map-keys",
              "must not be empty if x-kubernetes-list-type is map"));
    }
    return new Schema.Listing(kind.asText(), keys);
  }

  private Schema.Alternatives alternatives(JsonNode json, String path) {
    return new Schema.Alternatives(
        branches(json, "allOf", path),
        branches(json, "anyOf", path),
        branches(json, "oneOf", path),
        json.has("not")
            ? Optional.of(read(json.path("not"), path + ".not", true))
            : Optional.empty());
  }

  private List<Schema> branches(JsonNode json, String keyword, String path) {
    // The one place where alternatives may say types: beside x-kubernetes-int-or-string.
    if (keyword.equals("anyOf") && json.path("x-kubernetes-int-or-string").asBoolean()) {
      return List.of();
    }
    List<Schema> branches = new ArrayList<>();
    for (JsonNode branch : json.path(keyword)) {
      branches.add(read(branch, path + "." + keyword + "[" + branches.size() + "]", true));
    }
    return branches;
  }

  private void checkDefault(Schema schema, JsonNode fallback, String path) {
    JsonNode whole = Shape.withDefaults(schema, fallback.deepCopy());
    for (Violation violation : Checks.of(schema, whole, "")) {
      violations.add(
          new Violation(
              violation.field().isEmpty() || violation.field().equals(Violation.NOWHERE)
                  ? path
                  : path + "." + violation.field(),
              violation.reason(),
              violation.message()));
    }
  }
}
