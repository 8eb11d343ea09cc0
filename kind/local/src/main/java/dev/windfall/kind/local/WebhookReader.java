package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.TextNode;
import dev.cel.common.types.SimpleType;
import java.net.URI;
import java.net.URISyntaxException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;

/** Reads MutatingWebhookConfigurations, with the defaults that the API server gives. */
final class WebhookReader {
  private static final List<JsonNode> POLICIES = texts("Fail", "Ignore");
  private static final List<JsonNode> REINVOCATIONS = texts("Never", "IfNeeded");
  private static final List<JsonNode> MATCHES = texts("Exact", "Equivalent");
  private static final List<JsonNode> SIDE_EFFECTS = texts("None", "NoneOnDryRun");
  private static final List<JsonNode> ALL_SIDE_EFFECTS =
      texts("None", "NoneOnDryRun", "Some", "Unknown");
  private static final List<JsonNode> SCOPES = texts("Cluster", "Namespaced", "*");
  private static final List<JsonNode> OPERATIONS =
      texts("*", "CONNECT", "CREATE", "DELETE", "UPDATE");
  private static final int LONGEST_SECONDS = 30;

  /** Where matchConditions are compiled; loaded with the first one. */
  private static final class Conditions {
    static final Cel CEL =
        Cel.with(
            Map.of(
                "object", SimpleType.DYN, "oldObject", SimpleType.DYN, "request", SimpleType.DYN),
            Map.of());

    /** An expression is compiled once, however often its configuration is written. */
    static final Map<String, Cel.Program> COMPILED = new ConcurrentHashMap<>();
  }

  private final boolean stored;
  private final List<Violation> violations = new ArrayList<>();

  /**
   * A reader of one configuration.
   *
   * @param stored whether it may hold what is no longer taken: webhooks with side effects
   */
  WebhookReader(boolean stored) {
    this.stored = stored;
  }

  /** Everything that was wrong so far. */
  List<Violation> violations() {
    return violations;
  }

  List<Webhook> read(JsonNode configuration) {
    List<Webhook> webhooks = new ArrayList<>();
    for (JsonNode webhook : configuration.path("webhooks")) {
      webhooks.add(webhook(webhook, "webhooks[" + webhooks.size() + "]"));
    }
    return webhooks;
  }

  private Webhook webhook(JsonNode json, String path) {
    if (json.path("name").asText().isEmpty()) {
      violations.add(Violation.required(path + ".name", ""));
    }
    boolean version1 = false;
    for (JsonNode version : json.path("admissionReviewVersions")) {
      version1 |= version.asText().equals("v1");
    }
    if (!version1) {
      String field = path + ".admissionReviewVersions";
      violations.add(
          json.has("admissionReviewVersions")
              ? Violation.invalid(
                  field,
                  json.path("admissionReviewVersions"),
                  "must include v1, the only version spoken here")
              : Violation.required(field, "must specify one of v1, v1beta1"));
    }
    choice(json, "matchPolicy", path, "Equivalent", MATCHES);
    JsonNode client = json.path("clientConfig");
    return new Webhook(
        json.path("name").asText(),
        url(client, path + ".clientConfig"),
        service(client.path("service")),
        client.path("caBundle").asText(""),
        Duration.ofSeconds(seconds(json.path("timeoutSeconds"), path)),
        choice(json, "failurePolicy", path, "Fail", POLICIES).equals("Ignore"),
        SIDE_EFFECTS.contains(
            TextNode.valueOf(
                choice(json, "sideEffects", path, "", stored ? ALL_SIDE_EFFECTS : SIDE_EFFECTS))),
        choice(json, "reinvocationPolicy", path, "Never", REINVOCATIONS).equals("IfNeeded"),
        rules(json.path("rules"), path + ".rules"),
        LabelSelector.read(json.path("namespaceSelector"), path + ".namespaceSelector", violations),
        LabelSelector.read(json.path("objectSelector"), path + ".objectSelector", violations),
        conditions(json.path("matchConditions"), path + ".matchConditions"));
  }

  private String url(JsonNode client, String path) {
    if (client.has("url") == client.has("service")) {
      violations.add(Violation.required(path, "exactly one of url or service is required"));
      return "";
    }
    String text = client.path("url").asText("");
    if (client.has("url")) {
      try {
        URI url = new URI(text);
        if (!"https".equals(url.getScheme())) {
          violations.add(
              Violation.invalid(path + ".url", text, "'https' is the only allowed URL scheme"));
        }
        if (url.getHost() == null
            || url.getRawQuery() != null
            || url.getRawFragment() != null
            || url.getRawUserInfo() != null) {
          violations.add(
              Violation.invalid(
                  path + ".url", text, "must name a host, and no user, query or fragment"));
        }
      } catch (URISyntaxException e) {
        violations.add(
            Violation.invalid(path + ".url", text, "url must be a valid URL: " + e.getMessage()));
      }
    }
    return text;
  }

  private static String service(JsonNode service) {
    return service.path("name").asText() + "." + service.path("namespace").asText() + ".svc";
  }

  private int seconds(JsonNode seconds, String path) {
    int value = seconds.asInt(10);
    if (value < 1 || value > LONGEST_SECONDS) {
      violations.add(
          Violation.invalid(
              path + ".timeoutSeconds",
              seconds,
              "the timeout value must be between 1 and 30 seconds"));
      return 10;
    }
    return value;
  }

  private String choice(
      JsonNode json, String field, String path, String otherwise, List<JsonNode> supported) {
    JsonNode value = json.path(field);
    if (value.isMissingNode() && otherwise.isEmpty()) {
      violations.add(
          Violation.required(path + "." + field, "must specify one of None, NoneOnDryRun"));
    } else if (!value.isMissingNode() && !supported.contains(value)) {
      violations.add(Violation.unsupported(path + "." + field, value, supported));
    }
    return value.asText(otherwise);
  }

  private List<Webhook.Rule> rules(JsonNode json, String path) {
    List<Webhook.Rule> rules = new ArrayList<>();
    for (JsonNode rule : json) {
      String at = path + "[" + rules.size() + "]";
      String scope = rule.path("scope").asText("*");
      if (!SCOPES.contains(TextNode.valueOf(scope))) {
        violations.add(Violation.unsupported(at + ".scope", rule.path("scope"), SCOPES));
      }
      for (JsonNode operation : rule.path("operations")) {
        if (!OPERATIONS.contains(operation)) {
          violations.add(Violation.unsupported(at + ".operations", operation, OPERATIONS));
        }
      }
      rules.add(
          new Webhook.Rule(
              strings(rule, "operations", at),
              strings(rule, "apiGroups", at),
              strings(rule, "apiVersions", at),
              strings(rule, "resources", at),
              scope));
    }
    return rules;
  }

  private List<String> strings(JsonNode json, String field, String path) {
    List<String> strings = new ArrayList<>();
    json.path(field).forEach(each -> strings.add(each.asText()));
    if (strings.isEmpty()) {
      violations.add(Violation.required(path + "." + field, ""));
    }
    return strings;
  }

  private List<Webhook.Condition> conditions(JsonNode json, String path) {
    List<Webhook.Condition> conditions = new ArrayList<>();
    int index = 0;
    for (JsonNode condition : json) {
      String expression = condition.path("expression").asText();
      try {
        Cel.Program program = Conditions.COMPILED.get(expression);
        if (program == null) {
          program = Conditions.CEL.condition(expression);
          Conditions.COMPILED.put(expression, program);
        }
        conditions.add(new Webhook.Condition(condition.path("name").asText(), expression, program));
      } catch (Cel.CelException e) {
        violations.add(
            Violation.invalid(
                path + "[" + index + "].expression", expression, String.valueOf(e.getMessage())));
      }
      index++;
    }
    return conditions;
  }

  private static List<JsonNode> texts(String... words) {
    List<JsonNode> texts = new ArrayList<>();
    for (String word : words) {
      texts.add(TextNode.valueOf(word));
    }
    return List.copyOf(texts);
  }
}
