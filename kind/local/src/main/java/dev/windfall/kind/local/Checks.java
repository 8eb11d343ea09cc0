package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Set;

/**
 * Holds a value to its schema, but for the rules in CEL. The words are a real API server's; the
 * order is that of the schema, where a real one has none.
 */
final class Checks {
  private final List<Violation> found = new ArrayList<>();

  private Checks() {}

  static List<Violation> of(Schema schema, JsonNode value, String path) {
    Checks checks = new Checks();
    checks.check(schema, value, path);
    return checks.found;
  }

  private void check(Schema schema, JsonNode value, String path) {
    if (value.isNull() && schema.nullable()) {
      return;
    }
    boolean fits = fits(schema.type(), value);
    if (!fits) {
      found.add(Violation.wrongType(path, typeOf(value), schema.type().text()));
    }
    if (schema.type() == Schema.Type.INTEGER) {
      found.addAll(NumberChecks.integer(schema.limits().format(), value, path));
    }
    if (!schema.limits().allowed().isEmpty() && !among(schema.limits().allowed(), value)) {
      found.add(Violation.unsupported(path, value, schema.limits().allowed()));
    }
    if (!fits) {
      return;
    }
    alternatives(schema.alternatives(), value, path);
    switch (value) {
      case ObjectNode object -> object(schema, object, path);
      case ArrayNode array -> array(schema, array, path);
      default -> {
        if (value.isTextual()) {
          text(schema.limits(), value, path);
        } else if (value.isNumber()) {
          found.addAll(NumberChecks.bounds(schema.limits(), value, path));
        }
      }
    }
  }

  private static boolean fits(Schema.Type type, JsonNode value) {
    return switch (type) {
      case ANY -> true;
      case OBJECT -> value.isObject();
      case ARRAY -> value.isArray();
      case STRING -> value.isTextual();
      case INTEGER -> value.isNumber() && value.canConvertToExactIntegral();
      case NUMBER -> value.isNumber();
      case BOOLEAN -> value.isBoolean();
      case INTEGER_OR_STRING -> value.isIntegralNumber() || value.isTextual();
    };
  }

  /** As messages name the type of a value. */
  static String typeOf(JsonNode value) {
    return switch (value.getNodeType()) {
      case NUMBER -> value.isIntegralNumber() ? "integer" : "number";
      default -> value.getNodeType().name().toLowerCase(Locale.ROOT);
    };
  }

  private void text(Schema.Limits limits, JsonNode value, String path) {
    String text = value.asText();
    int length = text.codePointCount(0, text.length());
    // The first bound that is broken is the one that is told of.
    if (length > limits.length().most()) {
      found.add(
          new Violation(
              path,
              "FieldValueTooLong",
              "Too long: may not be more than " + limits.length().most() + " bytes"));
    } else if (length < limits.length().least()) {
      found.add(
          Violation.invalid(
              path,
              value,
              path + " in body should be at least " + limits.length().least() + " chars long"));
    } else if (limits.pattern() != null && !limits.pattern().matcher(text).find()) {
      found.add(
          Violation.invalid(
              path, value, path + " in body should match '" + limits.pattern().pattern() + "'"));
    }
    if (!Formats.holds(limits.format(), text)) {
      found.add(Violation.wrongType(path, text, limits.format()));
    }
  }

  private void array(Schema schema, ArrayNode array, String path) {
    counted(schema.limits().count(), array.size(), "items", path);
    schema
        .items()
        .ifPresent(items -> {
          for (int i = 0; i < array.size(); i++) {
            check(items, array.path(i), path + "[" + i + "]");
          }
        });
    if (schema.listing().kind().equals("atomic")) {
      return;
    }
    Set<JsonNode> seen = new HashSet<>();
    for (int i = 0; i < array.size(); i++) {
      JsonNode key = key(schema.listing(), array.path(i));
      if (!seen.add(key)) {
        found.add(
            new Violation(path + "[" + i + "]", "FieldValueDuplicate", "Duplicate value: " + key));
      }
    }
  }

  /** What makes an entry of a set or map of entries the one it is. */
  static JsonNode key(Schema.Listing listing, JsonNode entry) {
    return listing.isMap() && entry instanceof ObjectNode object
        ? object.deepCopy().retain(listing.keys())
        : entry;
  }

  private void object(Schema schema, ObjectNode object, String path) {
    counted(schema.limits().fields(), object.size(), "properties", path);
    for (String name : schema.limits().required()) {
      if (!object.has(name)) {
        found.add(Violation.required(join(path, name), ""));
      }
    }
    if (schema.embedded()) {
      for (String name : List.of("apiVersion", "kind")) {
        if (object.path(name).asText().isEmpty()) {
          found.add(Violation.required(join(path, name), "must not be empty"));
        }
      }
    }
    for (var field : object.properties()) {
      Schema known = schema.properties().get(field.getKey());
      if (known == null) {
        known = schema.additional().orElse(null);
      }
      if (known != null) {
        check(known, field.getValue(), join(path, field.getKey()));
      }
    }
  }

  private void counted(Schema.Size size, int count, String what, String path) {
    if (count > size.most()) {
      found.add(Violation.tooMany(path, count, size.most()));
    }
    if (count < size.least()) {
      found.add(
          new Violation(
              path,
              Violation.INVALID,
              "Invalid value: "
                  + count
                  + ": "
                  + path
                  + " in body should have at least "
                  + size.least()
                  + " "
                  + what));
    }
  }

  private void alternatives(Schema.Alternatives alternatives, JsonNode value, String path) {
    List<Violation> all = new ArrayList<>();
    int broken = 0;
    for (Schema each : alternatives.all()) {
      List<Violation> violations = of(each, value, path);
      all.addAll(violations);
      broken += violations.isEmpty() ? 0 : 1;
    }
    if (broken > 0) {
      found.addAll(all);
      unmet(
          path,
          "must validate all the schemas (allOf)"
              + (broken == alternatives.all().size() ? ". None validated" : ""));
    }
    List<List<Violation>> any =
        alternatives.any().stream().map(each -> of(each, value, path)).toList();
    if (!any.isEmpty() && any.stream().noneMatch(List::isEmpty)) {
      unmet(path, "must validate at least one schema (anyOf)");
      found.addAll(fewest(any));
    }
    List<List<Violation>> one =
        alternatives.one().stream().map(each -> of(each, value, path)).toList();
    long valid = one.stream().filter(List::isEmpty).count();
    if (!one.isEmpty() && valid != 1) {
      unmet(
          path,
          "must validate one and only one schema (oneOf). Found "
              + (valid == 0 ? "none valid" : valid + " valid alternatives"));
      found.addAll(valid == 0 ? fewest(one) : List.of());
    }
    if (alternatives.not().isPresent() && of(alternatives.not().get(), value, path).isEmpty()) {
      unmet(path, "must not validate the schema (not)");
    }
  }

  private void unmet(String path, String what) {
    found.add(Violation.invalid(Violation.NOWHERE, "", "\"" + path + "\" " + what));
  }

  private static List<Violation> fewest(List<List<Violation>> branches) {
    List<Violation> best = branches.getFirst();
    for (List<Violation> branch : branches) {
      best = branch.size() < best.size() ? branch : best;
    }
    return best;
  }

  private static boolean among(List<JsonNode> allowed, JsonNode value) {
    for (JsonNode each : allowed) {
      boolean same =
          (each.isNumber() && value.isNumber())
              ? each.decimalValue().compareTo(value.decimalValue()) == 0
              : each.equals(value);
      if (same) {
        return true;
      }
    }
    return false;
  }

  private static String join(String path, String name) {
    return path.isEmpty() ? name : path + "." + name;
  }
}
