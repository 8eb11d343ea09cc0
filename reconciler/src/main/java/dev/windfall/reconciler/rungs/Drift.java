package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.reconciler.LiveClaim;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Whether a write of a NodePool would drift a NodeClaim: Karpenter's own test, written again.
 *
 * <p>After karpenter v1.14.1, pkg/controllers/nodeclaim/disruption/drift.go. {@code
 * areStaticFieldsDrifted} compares a hash over {@code spec.template} without its requirements; here
 * the template before the write is compared with the one after it, which needs no hash. {@code
 * areRequirementsDrifted} asks whether the NodeClaim's labels are compatible with the requirements,
 * where a key that the claim has no label for is compatible only with NotIn and DoesNotExist. What
 * the cloud provider may call drift does not depend on the NodePool.
 */
final class Drift {
  private Drift() {}

  /**
   * What would drift.
   *
   * @param before the NodePool as it is
   * @param after the NodePool as written
   * @param claims those that are marked already do not count
   * @return one sentence; empty when nothing would
   */
  static Optional<String> of(ObjectNode before, ObjectNode after, List<LiveClaim> claims) {
    String name = before.path("metadata").path("name").asText();
    JsonNode old = before.at("/spec/template");
    JsonNode wanted = after.at("/spec/template");
    for (LiveClaim claim : claims) {
      if (claim.drifted() || !claim.nodePool().equals(name)) {
        continue;
      }
      if (!staticFields(old).equals(staticFields(wanted))) {
        return Optional.of("nodeclaim " + claim.name() + ": the template of " + name + " changes");
      }
      // Requirements that the claim does not meet as they are drift it without this write.
      Optional<String> unmet = unmet(wanted.at("/spec/requirements"), claim.labels());
      if (unmet.isPresent() && unmet(old.at("/spec/requirements"), claim.labels()).isEmpty()) {
        return Optional.of("nodeclaim " + claim.name() + ": " + unmet.get());
      }
    }
    return Optional.empty();
  }

  private static JsonNode staticFields(JsonNode template) {
    JsonNode fields = template.deepCopy();
    if (fields.get("spec") instanceof ObjectNode spec) {
      spec.remove("requirements");
    }
    return fields;
  }

  private static Optional<String> unmet(JsonNode requirements, Map<String, String> labels) {
    for (JsonNode requirement : requirements) {
      String key = requirement.path("key").asText();
      String operator = requirement.path("operator").asText();
      List<String> values = new ArrayList<>();
      requirement.path("values").forEach(value -> values.add(value.asText()));
      String label = labels.get(key);
      boolean met = label == null ? meetsAbsent(operator) : meets(operator, values, label);
      if (!met) {
        return Optional.of(
            "%s %s %s does not hold for \"%s\""
                .formatted(key, operator, values, label == null ? "" : label));
      }
    }
    return Optional.empty();
  }

  private static boolean meetsAbsent(String operator) {
    return operator.equals("NotIn") || operator.equals("DoesNotExist");
  }

  private static boolean meets(String operator, List<String> values, String label) {
    return switch (operator) {
      case "In" -> values.contains(label);
      case "NotIn" -> !values.contains(label);
      case "Exists" -> true;
      case "DoesNotExist" -> false;
      case "Gt" -> compares(label, values) > 0;
      case "Gte" -> compares(label, values) >= 0;
      case "Lt" -> compares(label, values) < 0 && number(label).isPresent();
      case "Lte" -> compares(label, values) <= 0 && number(label).isPresent();
      default -> false;
    };
  }

  /** Below zero when either is no number. */
  private static int compares(String label, List<String> values) {
    Optional<Long> bound = values.isEmpty() ? Optional.empty() : number(values.getFirst());
    return number(label).isPresent() && bound.isPresent()
        ? Long.compare(number(label).get(), bound.get())
        : -1;
  }

  private static Optional<Long> number(String text) {
    return text.matches("[0-9]{1,18}") ? Optional.of(Long.parseLong(text)) : Optional.empty();
  }
}
