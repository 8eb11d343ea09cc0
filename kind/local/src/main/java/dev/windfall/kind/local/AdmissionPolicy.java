package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.cel.common.types.SimpleType;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What a ValidatingAdmissionPolicy says of an object. A test asks it by hand: writes to this server
 * are not held to the policies that are stored in it. What matchConstraints and a binding select is
 * not looked at, and there is no authorizer.
 */
public final class AdmissionPolicy {
  private static final class Expressions {
    static final Cel CEL =
        Cel.with(
            Map.of(
                "object", SimpleType.DYN,
                "oldObject", SimpleType.DYN,
                "request", SimpleType.DYN,
                "variables", SimpleType.DYN),
            Map.of());
  }

  private final Map<String, Cel.Program> conditions = new LinkedHashMap<>();
  private final Map<String, Cel.Program> variables = new LinkedHashMap<>();
  private final List<Validation> validations = new ArrayList<>();

  private record Validation(
      Cel.Program holds, String message, Optional<Cel.Program> messageExpression) {}

  /**
   * A policy to be asked.
   *
   * @throws IllegalArgumentException when one of its expressions cannot be compiled
   */
  public AdmissionPolicy(ObjectNode policy) {
    JsonNode spec = policy.path("spec");
    try {
      for (JsonNode condition : spec.path("matchConditions")) {
        conditions.put(
            condition.path("name").asText(),
            Expressions.CEL.condition(condition.path("expression").asText()));
      }
      for (JsonNode variable : spec.path("variables")) {
        variables.put(
            variable.path("name").asText(),
            Expressions.CEL.value(variable.path("expression").asText()));
      }
      for (JsonNode validation : spec.path("validations")) {
        String message = validation.path("messageExpression").asText("");
        validations.add(
            new Validation(
                Expressions.CEL.condition(validation.path("expression").asText()),
                validation.path("message").asText(),
                message.isEmpty() ? Optional.empty() : Optional.of(Expressions.CEL.text(message))));
      }
    } catch (Cel.CelException e) {
      throw new IllegalArgumentException(e.getMessage(), e);
    }
  }

  /**
   * Why it refuses a write.
   *
   * @param operation {@code CREATE} or {@code UPDATE}
   * @param old the object as it was; null when it is created
   * @return the messages; none when it lets the write pass
   */
  public List<String> refusals(String operation, JsonNode object, JsonNode old) {
    Map<String, Object> known = new LinkedHashMap<>();
    known.put("object", CelValues.of(object));
    known.put("oldObject", CelValues.of(old));
    known.put("request", Map.of("operation", operation));
    for (Map.Entry<String, Cel.Program> condition : conditions.entrySet()) {
      try {
        if (!Boolean.TRUE.equals(condition.getValue().eval(known))) {
          return List.of();
        }
      } catch (Cel.CelException e) {
        return List.of("matchCondition " + condition.getKey() + ": " + e.getMessage());
      }
    }
    Map<String, Object> values = new LinkedHashMap<>();
    known.put("variables", values);
    variables.forEach((name, program) -> {
      try {
        values.put(name, program.eval(known));
      } catch (Cel.CelException e) {
        // An expression that uses it fails, as it has no value.
      }
    });
    return validations.stream()
        .map(each -> refusal(each, known))
        .flatMap(Optional::stream)
        .toList();
  }

  private static Optional<String> refusal(Validation validation, Map<String, Object> known) {
    try {
      if (Boolean.TRUE.equals(validation.holds().eval(known))) {
        return Optional.empty();
      }
      return Optional.of(
          validation.messageExpression().isPresent()
              ? String.valueOf(validation.messageExpression().get().eval(known))
              : validation.message());
    } catch (Cel.CelException e) {
      return Optional.of(String.valueOf(e.getMessage()));
    }
  }
}
