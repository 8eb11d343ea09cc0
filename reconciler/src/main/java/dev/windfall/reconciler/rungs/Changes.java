package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.EventRecorder;
import dev.windfall.reconciler.ClassTrouble;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.rungs.Plan.Notice;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** What is new about one pool: its last change, and what is said once, as events. */
final class Changes {
  /** So many rungs name an order in an event; a person reads no more. */
  private static final int NAMED = 8;

  /** What somebody wished for, or is on its way, is no warning. */
  private static final Set<String> WISHED = Set.of("Deleting", "Observing", ClassTrouble.PENDING);

  /** A rung that was refused, or edited, has an event of its own. */
  private static final Set<String> SAID_APART = Set.of("RungRefused", "TemplateEdited");

  private final View view;
  private final LivePool pool;
  private final List<Standing> standings;
  private final List<Action> actions;

  Changes(View view, Decision decision, LivePool pool, List<Standing> standings) {
    this.view = view;
    this.pool = pool;
    this.standings = standings;
    this.actions =
        decision.actions(pool.name()).stream()
            .filter(action -> !decision.refused().containsKey(action.rung()))
            .toList();
  }

  /** What was done last, and when; empty when nothing ever was. */
  Optional<ObjectNode> last() {
    Optional<String> reason =
        actions.stream()
            .filter(action -> !(action instanceof Action.Adjust))
            .filter(action -> !(action instanceof Action.Reweigh))
            .map(Action::reason)
            .reduce((first, last) -> last)
            .or(() -> reordered() ? Optional.of(order()) : Optional.empty());
    return reason
        .map(text ->
            JsonNodeFactory.instance
                .objectNode()
                .put("time", view.now().toString())
                .put("reason", text))
        .or(() ->
            Optional.ofNullable(pool.status().get("lastChange"))
                .map(before -> (ObjectNode) before.deepCopy()));
  }

  private boolean reordered() {
    return actions.stream().anyMatch(Action.Reweigh.class::isInstance);
  }

  private String order() {
    List<Standing> open = standings.stream().filter(Standing::open).toList();
    List<String> names = open.stream().limit(NAMED).map(Standing::offer).toList();
    return "the order is now "
        + String.join(", ", names)
        + (open.size() > NAMED ? " and " + (open.size() - NAMED) + " more" : "");
  }

  /** What changes in the status is said once. */
  List<Notice> notices(ArrayNode conditions) {
    List<Notice> notices = new ArrayList<>();
    if (reordered()) {
      notices.add(new Notice(EventRecorder.Type.NORMAL, "Reordered", order()));
    }
    for (JsonNode condition : conditions) {
      notice(condition).ifPresent(notices::add);
    }
    for (Standing standing : standings) {
      if (!standing.edited().isEmpty() && !saidOf(standing)) {
        notices.add(
            new Notice(
                EventRecorder.Type.WARNING,
                "TemplateEdited",
                standing.name() + ": " + standing.remark()));
      }
    }
    return notices;
  }

  private Optional<Notice> notice(JsonNode condition) {
    String type = condition.path("type").asText();
    String reason = condition.path("reason").asText();
    String message = condition.path("message").asText();
    JsonNode old = Conditions.find(pool.status().path("conditions"), type);
    boolean holds = condition.path("status").asText().equals("True");
    boolean same = old.path("status").equals(condition.path("status"));
    boolean sameReason = old.path("reason").equals(condition.path("reason"));
    if (type.equals(Conditions.DEGRADED)) {
      return holds && !(same && sameReason) && !SAID_APART.contains(reason)
          ? Optional.of(new Notice(EventRecorder.Type.WARNING, reason, message))
          : Optional.empty();
    }
    if (!holds && !(same && sameReason)) {
      EventRecorder.Type kind =
          WISHED.contains(reason) ? EventRecorder.Type.NORMAL : EventRecorder.Type.WARNING;
      return Optional.of(new Notice(kind, reason, message));
    }
    if (holds && !same && old.isObject()) {
      String word = type.equals(Conditions.READY) ? type : reason;
      return Optional.of(new Notice(EventRecorder.Type.NORMAL, word, message));
    }
    return Optional.empty();
  }

  private boolean saidOf(Standing standing) {
    for (JsonNode rung : pool.status().path("rungs")) {
      if (rung.path("name").asText().equals(standing.name())) {
        return rung.path("reason").asText().equals(standing.remark());
      }
    }
    return false;
  }
}
