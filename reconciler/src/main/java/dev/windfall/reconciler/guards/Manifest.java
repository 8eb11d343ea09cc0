package dev.windfall.reconciler.guards;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.Resource;
import dev.windfall.policies.Selector;
import java.util.List;
import java.util.stream.Stream;

/**
 * Writes ValidatingAdmissionPolicies and their bindings. Every field that the API server would fill
 * in is written, and none that it would drop, so that what is read back is what was sent.
 */
final class Manifest {
  static final String MANAGED_BY = "app.kubernetes.io/managed-by";
  static final String WINDFALL = "windfall";

  private static final String EQUIVALENT = "Equivalent";

  private Manifest() {}

  /** A policy that matches writes of {@code resource}, and validates nothing yet. */
  static ObjectNode policy(String name, Resource resource) {
    ObjectNode manifest = named(Resource.ADMISSION_POLICIES, name);
    // Whoever must not exceed a bound must not do so by making an expression fail either.
    ObjectNode spec = manifest.putObject("spec").put("failurePolicy", "Fail");
    ObjectNode constraints = spec.putObject("matchConstraints").put("matchPolicy", EQUIVALENT);
    constraints.putObject("namespaceSelector");
    constraints.putObject("objectSelector");
    ObjectNode rule = constraints.putArray("resourceRules").addObject();
    rule.putArray("apiGroups").add(resource.group());
    rule.putArray("apiVersions").add(resource.version());
    rule.putArray("operations").add("CREATE").add("UPDATE");
    rule.putArray("resources").add(resource.plural());
    rule.put("scope", resource.namespaced() ? "Namespaced" : "Cluster");
    return manifest;
  }

  static void condition(ObjectNode policy, String name, String expression) {
    list(policy, "matchConditions").addObject().put("name", name).put("expression", expression);
  }

  static void variable(ObjectNode policy, String name, String expression) {
    list(policy, "variables").addObject().put("name", name).put("expression", expression);
  }

  /** Refuses, with {@code message}, what {@code expression} is not true of. */
  static void validation(ObjectNode policy, String expression, String message) {
    validation(policy, expression).put("message", message);
  }

  /** The same with a message that is an expression itself. */
  static void validationSaying(ObjectNode policy, String expression, String message) {
    validation(policy, expression).put("messageExpression", message);
  }

  private static ObjectNode validation(ObjectNode policy, String expression) {
    return list(policy, "validations")
        .addObject()
        .put("expression", expression)
        .put("reason", "Forbidden");
  }

  private static ArrayNode list(ObjectNode policy, String field) {
    return policy.withObjectProperty("spec").withArrayProperty(field);
  }

  /** Has the policy of the same name refuse what both selectors select. */
  static ObjectNode binding(String name, Selector namespaces, Selector objects) {
    ObjectNode manifest = named(Resource.ADMISSION_POLICY_BINDINGS, name);
    ObjectNode spec = manifest.putObject("spec").put("policyName", name);
    spec.putArray("validationActions").add("Deny");
    ObjectNode match = spec.putObject("matchResources").put("matchPolicy", EQUIVALENT);
    match.set("namespaceSelector", selector(namespaces));
    match.set("objectSelector", selector(objects));
    return manifest;
  }

  /** What both select together. */
  static Selector both(Selector one, Selector other) {
    List<Selector.Expression> expressions =
        Stream.concat(one.expressions().stream(), other.expressions().stream()).toList();
    return new Selector(expressions);
  }

  private static ObjectNode selector(Selector selector) {
    return selector.expressions().isEmpty()
        ? JsonNodeFactory.instance.objectNode()
        : selector.json();
  }

  private static ObjectNode named(Resource resource, String name) {
    ObjectNode manifest =
        JsonNodeFactory.instance
            .objectNode()
            .put("apiVersion", resource.apiVersion())
            .put("kind", resource.kind());
    manifest
        .putObject("metadata")
        .put("name", name)
        .putObject("labels")
        .put("app.kubernetes.io/name", WINDFALL)
        .put(MANAGED_BY, WINDFALL);
    return manifest;
  }

  /** Whether Windfall made it. */
  static boolean ours(ObjectNode object) {
    return object.path("metadata").path("labels").path(MANAGED_BY).asText().equals(WINDFALL);
  }
}
