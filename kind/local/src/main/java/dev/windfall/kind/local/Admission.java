package dev.windfall.kind.local;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Calls the mutating webhooks that are configured: by the name of the configuration, then in its
 * order. Those that wish it are called once more after a later one has changed the object.
 * Equivalent kinds of other groups or versions are not looked for, so matchPolicy makes no
 * difference.
 */
final class Admission implements AutoCloseable {
  static final String GROUP = "admissionregistration.k8s.io";
  private static final String OWN_NAME = "kubernetes.io/metadata.name";

  private final Store store;
  private final WebhookCall call = new WebhookCall();

  /** By the stored configuration, which is never changed but replaced. */
  private volatile IdentityHashMap<ObjectNode, List<Webhook>> read = new IdentityHashMap<>();

  Admission(Store store) {
    this.store = store;
  }

  /**
   * What comes of a write once all webhooks have seen it.
   *
   * @throws Refusal when one of them says no, or could not be asked and must be
   */
  JsonNode admit(Attempt attempt) throws InterruptedException {
    // So that nobody can lock the door to the key.
    if (attempt.kind().group().equals(GROUP)) {
      return attempt.object();
    }
    List<Webhook> webhooks = webhooks();
    Attempt now = attempt;
    Set<Integer> called = new HashSet<>();
    Set<Integer> again = new HashSet<>();
    for (int round = 0; round < 2; round++) {
      for (int i = 0; i < webhooks.size(); i++) {
        Webhook webhook = webhooks.get(i);
        if ((round == 1 && !again.contains(i)) || !wanted(webhook, now)) {
          continue;
        }
        JsonNode changed = changed(webhook, now);
        if (!changed.equals(now.object())) {
          now = now.with(changed);
          again.addAll(called);
        }
        if (round == 0 && webhook.again()) {
          called.add(i);
        }
      }
    }
    return now.object();
  }

  private List<Webhook> webhooks() {
    List<ObjectNode> stored = store.state(Kinds.MUTATING_WEBHOOKS, "").objects();
    IdentityHashMap<ObjectNode, List<Webhook>> known = read;
    IdentityHashMap<ObjectNode, List<Webhook>> current = new IdentityHashMap<>();
    List<Webhook> all = new ArrayList<>();
    for (ObjectNode configuration : stored) {
      List<Webhook> webhooks = known.get(configuration);
      if (webhooks == null) {
        webhooks = readable(configuration);
      }
      current.put(configuration, webhooks);
      all.addAll(webhooks);
    }
    read = current;
    return all;
  }

  private static List<Webhook> readable(ObjectNode configuration) {
    WebhookReader reader = new WebhookReader(true);
    List<Webhook> webhooks = reader.read(configuration);
    if (!reader.violations().isEmpty()) {
      // Only a test can have put it there: the gate lets no such configuration through.
      throw Violation.refusal(
          Kinds.MUTATING_WEBHOOKS,
          configuration.path("metadata").path("name").asText(),
          reader.violations());
    }
    return webhooks;
  }

  private boolean wanted(Webhook webhook, Attempt attempt) {
    try {
      return webhook.wants(attempt, () -> namespaceLabels(attempt));
    } catch (Cel.CelException e) {
      if (webhook.ignored()) {
        return false;
      }
      throw new Refusal(
          403,
          "Forbidden",
          attempt.kind().qualified()
              + " \""
              + attempt.name()
              + "\" is forbidden: "
              + e.getMessage());
    }
  }

  /** Of the object's namespace; of a namespace, its own. Nothing where there is none. */
  private Map<String, String> namespaceLabels(Attempt attempt) {
    if (attempt.kind().equals(Kinds.NAMESPACE)) {
      JsonNode namespace = attempt.object().isObject() ? attempt.object() : attempt.old();
      return named(Attempt.labels(namespace), attempt.name());
    }
    String name = attempt.namespace();
    return store
        .find(Kinds.NAMESPACE, "", name)
        .map(namespace -> named(Attempt.labels(namespace), name))
        .orElseGet(() -> named(new HashMap<>(), name));
  }

  private static Map<String, String> named(Map<String, String> labels, String name) {
    if (!name.isEmpty()) {
      labels.put(OWN_NAME, name);
    }
    return labels;
  }

  private JsonNode changed(Webhook webhook, Attempt attempt) throws InterruptedException {
    if (attempt.writing().dryRun() && !webhook.dry()) {
      throw Refusal.badRequest(
          "admission webhook \"" + webhook.name() + "\" does not support dry run");
    }
    JsonNode response;
    JsonNode patch = null;
    try {
      response = call.ask(webhook, attempt);
      if (response.has("patch")) {
        patch = call.patch(response);
      }
    } catch (WebhookCall.FailedException e) {
      if (webhook.ignored()) {
        return attempt.object();
      }
      throw internal("failed calling webhook \"" + webhook.name() + "\": " + e.getMessage());
    }
    for (JsonNode warning : response.path("warnings")) {
      attempt.writing().warn(warning.asText());
    }
    if (!response.path("allowed").asBoolean()) {
      throw denied(webhook, response.path("status"));
    }
    return patch == null ? attempt.object() : patched(attempt.object(), patch);
  }

  /** A patch that does not fit is an error whatever the failure policy, as on a real API server. */
  private static JsonNode patched(JsonNode object, JsonNode patch) {
    if (!object.isObject()) {
      throw internal(
          "admission webhook attempted to modify the object, which is not supported for this"
              + " operation");
    }
    try {
      JsonNode patched = Patch.operations(object, patch);
      if (patched.isObject()) {
        return patched;
      }
    } catch (Refusal e) {
      throw internal(String.valueOf(e.getMessage()));
    }
    throw internal("the webhook's patch leaves no object");
  }

  private static Refusal denied(Webhook webhook, JsonNode status) {
    String who = "admission webhook \"" + webhook.name() + "\" denied the request";
    String reason = status.path("reason").asText("");
    String message = status.path("message").asText(reason);
    Refusal refusal =
        new Refusal(
            Math.max(400, status.path("code").asInt()),
            reason,
            message.isEmpty() ? who + " without explanation" : who + ": " + message);
    if (status.path("details") instanceof ObjectNode details) {
      refusal.withDetails().setAll(details);
    }
    return refusal;
  }

  private static Refusal internal(String message) {
    Refusal refusal = new Refusal(500, "InternalError", "Internal error occurred: " + message);
    refusal.withDetails().putArray("causes").addObject().put("message", message);
    return refusal;
  }

  @Override
  public void close() {
    call.close();
  }
}
