package dev.windfall.webhook;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

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

  private static final String WANTS_GPU =
      """
      (object.spec.containers + (has(object.spec.initContainers) ? object.spec.initContainers : []))\
      .exists(c, has(c.resources) && (\
      (has(c.resources.requests) && 'nvidia.com/gpu' in c.resources.requests) || \
      (has(c.resources.limits) && 'nvidia.com/gpu' in c.resources.limits)))\
      """;
  private static final String NOT_BOUND =
      "!has(object.spec.nodeName) || object.spec.nodeName == ''";
  private static final String NOT_MIRROR =
      "!has(object.metadata.annotations)"
          + " || !('kubernetes.io/config.mirror' in object.metadata.annotations)";
  private static final String NOT_DAEMON =
      "!has(object.metadata.ownerReferences)"
          + " || !object.metadata.ownerReferences.exists(o, o.kind == 'DaemonSet')";

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
    webhook.set("namespaceSelector", namespaces(namespace));
    webhook.putObject("objectSelector");
    webhook.put("sideEffects", "None").put("timeoutSeconds", TIMEOUT_SECONDS);
    webhook.putArray("admissionReviewVersions").add("v1");
    webhook.put("reinvocationPolicy", "IfNeeded");
    ArrayNode conditions = webhook.putArray("matchConditions");
    condition(conditions, "wants-gpu", WANTS_GPU);
    condition(conditions, "not-bound", NOT_BOUND);
    condition(conditions, "not-mirror", NOT_MIRROR);
    condition(conditions, "not-daemon", NOT_DAEMON);
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

  private static ObjectNode namespaces(String own) {
    ObjectNode selector = Json.object();
    ArrayNode values =
        selector
            .putArray("matchExpressions")
            .addObject()
            .put("key", "kubernetes.io/metadata.name")
            .put("operator", "NotIn")
            .putArray("values");
    List.of("kube-system", "kube-public", "kube-node-lease", own).forEach(values::add);
    return selector;
  }

  private static void condition(ArrayNode conditions, String name, String expression) {
    conditions.addObject().put("name", name).put("expression", expression);
  }
}
