package dev.windfall.webhook;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.policies.AdmittedPods;

/**
 * What tells the API server to ask Windfall about pods: a {@code MutatingWebhookConfiguration}.
 *
 * <p>Every field that the API server would fill in is written, so that what is read back is what
 * was sent. Only pods with GPUs are asked about, and all of those, whether they carry an annotation
 * of Windfall's or not: one that another webhook adds later would never be seen otherwise, since
 * the API server calls nobody again whom it has passed over.
 */
public final class WebhookConfiguration {
  /** The object's name. */
  public static final String NAME = "windfall";

  /** The webhook's, before each of its audit annotations. */
  static final String WEBHOOK = "pods.mutate.windfall.dev";

  private static final int TIMEOUT_SECONDS = 2;

  private WebhookConfiguration() {}

  /**
   * The manifest.
   *
   * @param namespace Windfall's own, whose pods must start without it
   * @param caBundle base64 of the PEM of who signs the webhook's certificates; empty: nothing is
   *     said of that
   */
  public static ObjectNode manifest(Endpoint endpoint, String namespace, String caBundle) {
    ObjectNode manifest =
        Json.object()
            .put("apiVersion", "admissionregistration.k8s.io/v1")
            .put("kind", "MutatingWebhookConfiguration");
    manifest
        .putObject("metadata")
        .put("name", NAME)
        .putObject("labels")
        .put("app.kubernetes.io/name", "windfall")
        .put("app.kubernetes.io/managed-by", "windfall");
    ObjectNode webhook = manifest.putArray("webhooks").addObject();
    webhook.put("name", WEBHOOK);
    ObjectNode client = endpoint.clientConfig(caBundle);
    if (caBundle.isEmpty()) {
      client.remove("caBundle");
    }
    webhook.set("clientConfig", client);
    webhook.set("rules", rules());
    // The pod is admitted as written when Windfall is not there.
    webhook.put("failurePolicy", "Ignore").put("matchPolicy", "Equivalent");
    webhook.set("namespaceSelector", AdmittedPods.namespaces(namespace).json());
    webhook.putObject("objectSelector");
    webhook.put("sideEffects", "None").put("timeoutSeconds", TIMEOUT_SECONDS);
    webhook.putArray("admissionReviewVersions").add("v1");
    webhook.put("reinvocationPolicy", "IfNeeded");
    ArrayNode conditions = webhook.putArray("matchConditions");
    for (AdmittedPods.Condition condition : AdmittedPods.CONDITIONS) {
      conditions
          .addObject()
          .put("name", condition.name())
          .put("expression", condition.expression());
    }
    return manifest;
  }

  private static ArrayNode rules() {
    ArrayNode rules = Json.MAPPER.createArrayNode();
    ObjectNode rule = rules.addObject();
    rule.putArray("apiGroups").add("");
    rule.putArray("apiVersions").add("v1");
    rule.putArray("operations").add("CREATE");
    rule.putArray("resources").add("pods");
    rule.put("scope", "Namespaced");
    return rules;
  }
}
