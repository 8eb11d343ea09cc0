package dev.windfall.reconciler.guards;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.policies.SpotPolicy;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LivePolicy;
import dev.windfall.reconciler.MergePatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** Says in each SpotPolicy's status how it stands, where that is not what the status says. */
final class Statuses {
  static final String GUARDED = "Guarded";
  private static final String NOT_NEEDED = "NotNeeded";
  private static final String INVALID = "Invalid";

  private final View view;
  private final Map<String, String> refused;

  /**
   * A status that has to change.
   *
   * @param patch a merge patch
   * @param notices what is said only once, as the status remembers it
   */
  record Write(LivePolicy policy, ObjectNode patch, List<Notice> notices) {}

  /**
   * An event about a policy.
   *
   * @param reason one word
   */
  record Notice(EventRecorder.Type type, String reason, String note) {}

  private Statuses(View view, Map<String, String> refused) {
    this.view = view;
    this.refused = refused;
  }

  /**
   * The statuses once a plan is carried out.
   *
   * @param refused by the guard's name, why what was to be done about it was refused
   */
  static List<Write> of(View view, Map<String, String> refused) {
    Statuses statuses = new Statuses(view, refused);
    return view.live().stream().map(statuses::write).flatMap(Optional::stream).toList();
  }

  private Optional<Write> write(LivePolicy policy) {
    Optional<SpotPolicy> inForce = view.objectInForce(policy.name());
    if (inForce.isEmpty() && policy.policy().isPresent()) {
      // It was seen a moment ago, and comes into force in the next.
      return Optional.empty();
    }
    JsonNode before = policy.status().path("conditions");
    Conditions conditions = new Conditions(before, policy.generation(), view.now());
    ready(conditions, policy, inForce);
    guarded(conditions, policy, inForce);
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.put("observedGeneration", policy.generation());
    status.set("conditions", conditions.json());
    ObjectNode patch = MergePatch.between(policy.status(), status);
    return patch.isEmpty()
        ? Optional.empty()
        : Optional.of(new Write(policy, patch, notices(before, conditions.json())));
  }

  private static void ready(
      Conditions conditions, LivePolicy policy, Optional<SpotPolicy> inForce) {
    if (policy.problems().isEmpty()) {
      conditions.set(Conditions.READY, true, "InForce", "its defaults and bounds are in force");
    } else {
      conditions.set(
          Conditions.READY,
          false,
          INVALID,
          policy.problems()
              + (inForce.isPresent()
                  ? "\nthe last version that could be read stays in force"
                  : "\nno version of it could be read so far, so that it holds for no pod"));
    }
  }

  private void guarded(Conditions conditions, LivePolicy policy, Optional<SpotPolicy> inForce) {
    String name = Guard.OBJECT + policy.name();
    Optional<View.Barred> barred = view.standing().barred();
    if (inForce.isPresent() && Guard.of(inForce.get(), view.namespace()).isEmpty()) {
      conditions.set(
          GUARDED,
          false,
          NOT_NEEDED,
          inForce.get().denies()
              ? "it has no bounds"
              : "enforcement is Warn, so that it refuses nothing");
    } else if (barred.isPresent()) {
      conditions.set(GUARDED, false, barred.get().reason(), barred.get().message());
    } else if (inForce.isEmpty() && view.standing().both(name)) {
      conditions.set(
          GUARDED, true, "Kept", "ValidatingAdmissionPolicy " + name + " stays as it was");
    } else if (inForce.isEmpty()) {
      conditions.set(GUARDED, false, INVALID, "there are no bounds that could be read");
    } else if (refused.containsKey(name)) {
      conditions.set(GUARDED, false, "Refused", refused.get(name));
    } else {
      conditions.set(
          GUARDED,
          true,
          "Guarded",
          "ValidatingAdmissionPolicy " + name + " holds its bounds while Windfall cannot be asked");
    }
  }

  /** What changes in the status is said once. */
  private static List<Notice> notices(JsonNode before, JsonNode now) {
    List<Notice> notices = new ArrayList<>();
    for (JsonNode condition : now) {
      String reason = condition.path("reason").asText();
      JsonNode old = Conditions.find(before, condition.path("type").asText());
      boolean holds = condition.path("status").asText().equals("True");
      boolean same =
          old.path("status").equals(condition.path("status"))
              && old.path("reason").equals(condition.path("reason"))
              && old.path("message").equals(condition.path("message"));
      if (!holds && !same && !reason.equals(NOT_NEEDED)) {
        String note = condition.path("message").asText();
        notices.add(new Notice(EventRecorder.Type.WARNING, reason, note));
      }
    }
    return notices;
  }
}
