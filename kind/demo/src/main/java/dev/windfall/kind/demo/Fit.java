package dev.windfall.kind.demo;

import com.fasterxml.jackson.databind.JsonNode;
import dev.windfall.policies.SpotPool.Taint;
import dev.windfall.policies.Toleration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * Whether a pod may run on a node, by those rules of kube-scheduler that a pod of the demo can
 * have.
 */
final class Fit {
  private static final String REQUIRED =
      "/spec/affinity/nodeAffinity/requiredDuringSchedulingIgnoredDuringExecution";

  private Fit() {}

  /** Whether labels and taints allow it; GPUs are counted elsewhere. */
  static boolean allowed(JsonNode pod, Map<String, String> labels, JsonNode taints) {
    return tolerated(pod, taints) && selected(pod, labels);
  }

  static Map<String, String> strings(JsonNode object) {
    Map<String, String> strings = new TreeMap<>();
    object.properties().forEach(entry -> strings.put(entry.getKey(), entry.getValue().asText()));
    return strings;
  }

  /** The value of a label that the pod requires, where it allows one only. */
  static Optional<String> required(JsonNode pod, String label) {
    for (JsonNode expression : pod.at(REQUIRED).at("/nodeSelectorTerms/0/matchExpressions")) {
      if (expression.path("key").asText().equals(label)
          && expression.path("operator").asText().equals("In")
          && expression.path("values").size() == 1) {
        return Optional.of(expression.path("values").path(0).asText());
      }
    }
    return Optional.empty();
  }

  private static boolean tolerated(JsonNode pod, JsonNode taints) {
    List<Toleration> tolerations = new ArrayList<>();
    for (JsonNode one : pod.at("/spec/tolerations")) {
      tolerations.add(
          new Toleration(
              one.path("key").asText(""),
              one.path("operator").asText(""),
              one.path("value").asText(""),
              one.path("effect").asText("")));
    }
    for (JsonNode one : taints) {
      Taint taint =
          new Taint(
              one.path("key").asText(), one.path("value").asText(""), one.path("effect").asText());
      if (!taint.effect().equals("PreferNoSchedule")
          && tolerations.stream().noneMatch(toleration -> toleration.tolerates(taint))) {
        return false;
      }
    }
    return true;
  }

  private static boolean selected(JsonNode pod, Map<String, String> labels) {
    boolean selector =
        strings(pod.at("/spec/nodeSelector")).entrySet().stream()
            .allMatch(wanted -> wanted.getValue().equals(labels.get(wanted.getKey())));
    JsonNode required = pod.at(REQUIRED);
    if (!selector || !required.isObject()) {
      return selector;
    }
    for (JsonNode term : required.path("nodeSelectorTerms")) {
      if (holds(term, labels)) {
        return true;
      }
    }
    return false;
  }

  /** A term without a requirement matches no node. */
  private static boolean holds(JsonNode term, Map<String, String> labels) {
    if (term.path("matchExpressions").isEmpty() || !term.path("matchFields").isEmpty()) {
      return false;
    }
    for (JsonNode expression : term.path("matchExpressions")) {
      if (!matches(expression, labels.get(expression.path("key").asText()))) {
        return false;
      }
    }
    return true;
  }

  private static boolean matches(
      JsonNode expression, @org.jspecify.annotations.Nullable String label) {
    List<String> values = new ArrayList<>();
    expression.path("values").forEach(value -> values.add(value.asText()));
    return switch (expression.path("operator").asText()) {
      case "In" -> label != null && values.contains(label);
      case "NotIn" -> label == null || !values.contains(label);
      case "Exists" -> label != null;
      case "DoesNotExist" -> label == null;
      // Gt and Lt: no label of the demo's nodes is a number.
      default -> false;
    };
  }
}
