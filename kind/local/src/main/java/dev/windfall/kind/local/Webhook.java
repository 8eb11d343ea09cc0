package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;

/**
 * A mutating webhook, as its configuration describes it.
 *
 * @param url where it is called; empty when the configuration names a service
 * @param service what the configuration names instead, for people
 * @param caBundle base64 of PEM; empty: whom the machine trusts
 * @param ignored whether the write goes on when the call fails
 * @param dry whether a dry run may call it
 * @param again whether it wants to see what later webhooks changed
 */
record Webhook(
    String name,
    String url,
    String service,
    String caBundle,
    Duration timeout,
    boolean ignored,
    boolean dry,
    boolean again,
    List<Rule> rules,
    LabelSelector namespaces,
    LabelSelector objects,
    List<Condition> conditions) {

  /** Which writes it is about. */
  record Rule(
      List<String> operations,
      List<String> groups,
      List<String> versions,
      List<String> resources,
      String scope) {

    boolean matches(Attempt attempt) {
      Kind kind = attempt.kind();
      return has(operations, attempt.operation().name())
          && has(groups, kind.group())
          && has(versions, kind.version())
          && resources.stream().anyMatch(resource -> about(resource, attempt))
          && switch (scope) {
            case "Namespaced" -> kind.namespaced();
            case "Cluster" -> !kind.namespaced();
            default -> true;
          };
    }

    private static boolean has(List<String> values, String value) {
      return values.contains("*") || values.contains(value);
    }

    private static boolean about(String resource, Attempt attempt) {
      int slash = resource.indexOf('/');
      String plural = slash < 0 ? resource : resource.substring(0, slash);
      String subresource = slash < 0 ? "" : resource.substring(slash + 1);
      return (plural.equals("*") || plural.equals(attempt.kind().plural()))
          && (subresource.equals("*") || subresource.equals(attempt.subresource()));
    }
  }

  /** One of its matchConditions. */
  record Condition(String name, String expression, Cel.Program program) {}

  /**
   * Whether it is to be called.
   *
   * @param labels of the object's namespace
   * @throws Cel.CelException when the conditions cannot be told, and none says no
   */
  boolean wants(Attempt attempt, Supplier<Map<String, String>> labels) throws Cel.CelException {
    boolean about =
        rules.stream().anyMatch(rule -> rule.matches(attempt))
            && (objects.matches(Attempt.labels(attempt.object()))
                || (attempt.old().isObject() && objects.matches(Attempt.labels(attempt.old()))))
            && namespaces.matches(labels.get());
    return about && meets(attempt);
  }

  private boolean meets(Attempt attempt) throws Cel.CelException {
    if (conditions.isEmpty()) {
      return true;
    }
    Map<String, Object> variables = new HashMap<>();
    variables.put("object", CelValues.of(attempt.object()));
    variables.put("oldObject", CelValues.of(attempt.old()));
    variables.put("request", CelValues.of((JsonNode) attempt.request()));
    Cel.CelException failed = null;
    for (Condition condition : conditions) {
      try {
        if (!Boolean.TRUE.equals(condition.program().eval(variables))) {
          return false;
        }
      } catch (Cel.CelException e) {
        failed =
            new Cel.CelException(
                "expression '" + condition.expression() + "' resulted in error: " + e.getMessage(),
                e);
      }
    }
    if (failed != null) {
      throw failed;
    }
    return true;
  }
}
