package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.MissingNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.re2j.Pattern;
import dev.cel.common.types.CelType;
import dev.cel.common.types.OptionalType;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The rules in CEL of one schema, compiled. What a rule may cost is not estimated here, as a real
 * API server does when it takes a definition.
 */
final class Rules {
  private static final Pattern OLD = Pattern.compile("\\boldSelf\\b");

  /**
   * One rule, ready.
   *
   * @param transition whether it is about the value before as well
   */
  private record Ready(
      Schema.Rule rule, boolean transition, Cel.Program holds, Optional<Cel.Program> message) {}

  private final IdentityHashMap<Schema, List<Ready>> bySchema = new IdentityHashMap<>();
  private final List<Violation> violations = new ArrayList<>();

  /** Compiles the rules below a schema's root. */
  static Rules of(Schema root) {
    Rules rules = new Rules();
    rules.compile(root, true, true);
    return rules;
  }

  /** The rules that cannot be compiled. */
  List<Violation> violations() {
    return violations;
  }

  boolean isEmpty() {
    return bySchema.isEmpty();
  }

  private void compile(Schema schema, boolean root, boolean correlated) {
    if (!schema.rules().isEmpty()) {
      CelTypes types = new CelTypes();
      CelType self = types.of(schema, root);
      Cel plain = Cel.with(Map.of("self", self, "oldSelf", self), types.structures());
      List<Ready> ready = new ArrayList<>();
      for (Schema.Rule rule : schema.rules()) {
        Cel cel =
            rule.optionalOld()
                ? Cel.with(
                    Map.of("self", self, "oldSelf", OptionalType.create(self)), types.structures())
                : plain;
        compile(rule, cel, correlated).ifPresent(ready::add);
      }
      bySchema.put(schema, ready);
    }
    schema.properties().values().forEach(each -> compile(each, false, correlated));
    schema.additional().ifPresent(each -> compile(each, false, correlated));
    schema.items().ifPresent(each -> compile(each, false, correlated && schema.listing().isMap()));
  }

  private Optional<Ready> compile(Schema.Rule rule, Cel cel, boolean correlated) {
    boolean transition = OLD.matcher(rule.rule()).find();
    if (transition && !correlated) {
      violations.add(
          Violation.invalid(
              rule.where() + ".rule",
              rule.rule(),
              "oldSelf cannot be used on the uncorrelatable portion of the schema"));
      return Optional.empty();
    }
    Cel.Program holds;
    try {
      holds = cel.condition(rule.rule());
    } catch (Cel.CelException e) {
      refuse(rule.where() + ".rule", rule.rule(), e);
      return Optional.empty();
    }
    try {
      Optional<Cel.Program> message =
          rule.messageExpression().isEmpty()
              ? Optional.empty()
              : Optional.of(cel.text(rule.messageExpression()));
      return Optional.of(new Ready(rule, transition, holds, message));
    } catch (Cel.CelException e) {
      refuse(rule.where() + ".messageExpression", rule.messageExpression(), e);
      return Optional.empty();
    }
  }

  private void refuse(String where, String expression, Cel.CelException why) {
    violations.add(Violation.invalid(where, expression, String.valueOf(why.getMessage())));
  }

  /**
   * Holds an object to the rules.
   *
   * @param old the object until now; a missing node when it is new
   */
  List<Violation> check(Schema root, JsonNode value, JsonNode old) {
    List<Violation> found = new ArrayList<>();
    check(root, value, old, "", found);
    return found;
  }

  private void check(
      Schema schema, JsonNode value, JsonNode old, String path, List<Violation> found) {
    if (value.isNull()) {
      return;
    }
    List<Ready> rules = bySchema.getOrDefault(schema, List.of());
    if (!rules.isEmpty()) {
      Object self = CelValues.of(schema, value);
      for (Ready rule : rules) {
        hold(rule, schema, self, value, old, path, found);
      }
    }
    switch (value) {
      case ObjectNode object -> {
        for (var field : object.properties()) {
          String name = field.getKey();
          Schema known = schema.properties().get(name);
          if (known != null) {
            String at = path.isEmpty() ? name : path + "." + name;
            check(known, field.getValue(), old.path(name), at, found);
          } else if (schema.additional().isPresent()) {
            Schema entry = schema.additional().get();
            check(entry, field.getValue(), old.path(name), path + "[" + name + "]", found);
          }
        }
      }
      case ArrayNode array when schema.items().isPresent() -> {
        for (int i = 0; i < array.size(); i++) {
          JsonNode before = before(schema.listing(), array.path(i), old);
          check(schema.items().get(), array.path(i), before, path + "[" + i + "]", found);
        }
      }
      default -> {}
    }
  }

  /** The entry of the same key in the list until now. */
  private static JsonNode before(Schema.Listing listing, JsonNode entry, JsonNode old) {
    if (listing.isMap()) {
      JsonNode key = Checks.key(listing, entry);
      for (JsonNode each : old) {
        if (Checks.key(listing, each).equals(key)) {
          return each;
        }
      }
    }
    return MissingNode.getInstance();
  }

  private static void hold(
      Ready ready,
      Schema schema,
      Object self,
      JsonNode value,
      JsonNode old,
      String path,
      List<Violation> found) {
    boolean isNew = old.isMissingNode() || old.isNull();
    if (isNew && ready.transition() && !ready.rule().optionalOld()) {
      return;
    }
    Map<String, Object> variables = new HashMap<>();
    variables.put("self", self);
    if (ready.rule().optionalOld()) {
      variables.put("oldSelf", isNew ? Optional.empty() : Optional.of(CelValues.of(schema, old)));
    } else if (!isNew) {
      variables.put("oldSelf", CelValues.of(schema, old));
    }
    Schema.Rule rule = ready.rule();
    String field = place(path, rule.fieldPath());
    try {
      if (!Boolean.TRUE.equals(ready.holds().eval(variables))) {
        found.add(
            new Violation(
                field, rule.reason(), worded(rule.reason(), value, message(ready, variables))));
      }
    } catch (Cel.CelException e) {
      String what = rule.message().isEmpty() ? rule.rule() : rule.message();
      found.add(
          Violation.invalid(
              field, Checks.typeOf(value), e.getMessage() + " evaluating rule: " + what));
    }
  }

  private static String place(String path, String below) {
    String place = path.isEmpty() && !below.isEmpty() ? below.substring(1) : path + below;
    return place.isEmpty() ? Violation.NOWHERE : place;
  }

  private static String message(Ready ready, Map<String, Object> variables) {
    Schema.Rule rule = ready.rule();
    if (ready.message().isPresent()) {
      try {
        return String.valueOf(ready.message().get().eval(variables));
      } catch (Cel.CelException e) {
        // As documented by Kubernetes, the plain message stands in for one that cannot be made.
      }
    }
    return rule.message().isEmpty() ? "failed rule: " + rule.rule() : rule.message();
  }

  private static String worded(String reason, JsonNode value, String message) {
    return switch (reason) {
      case Violation.REQUIRED -> "Required value: " + message;
      case "FieldValueForbidden" -> "Forbidden: " + message;
      case "FieldValueDuplicate" -> "Duplicate value: " + message;
      default ->
          // Objects and lists are too long to repeat.
          "Invalid value: " + (value.isValueNode() ? value + ": " : "") + message;
    };
  }
}
