package dev.windfall.reconciler.guards;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.cluster.Decoder;
import dev.windfall.cluster.Key;
import dev.windfall.cluster.Preconditions;
import dev.windfall.cluster.Resource;
import dev.windfall.cluster.Selection;
import dev.windfall.reconciler.Events;
import dev.windfall.reconciler.LeaderWrites;
import dev.windfall.reconciler.ReconcilerMetrics;
import dev.windfall.reconciler.guards.View.Barred;
import dev.windfall.reconciler.guards.View.Standing;
import java.lang.System.Logger.Level;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;

/**
 * Reads the guards that stand, and carries out what is planned about them. One guard that is
 * refused keeps no other waiting.
 */
final class Applier {
  private static final System.Logger LOG = System.getLogger(Applier.class.getName());

  private final LeaderWrites cluster;
  private final Events events;
  private final ReconcilerMetrics metrics;

  Applier(LeaderWrites cluster, Events events, ReconcilerMetrics metrics) {
    this.cluster = cluster;
    this.events = events;
    this.metrics = metrics;
  }

  /**
   * The guards that stand.
   *
   * @throws ClusterException when no answer came
   */
  Standing standing() {
    try {
      return new Standing(
          guards(Resource.ADMISSION_POLICIES),
          guards(Resource.ADMISSION_POLICY_BINDINGS),
          Optional.empty());
    } catch (ClusterException e) {
      if (e.isNotFound()) {
        return Standing.unknown(
            new Barred(
                "NotServed",
                "the API server does not serve ValidatingAdmissionPolicies of"
                    + " admissionregistration.k8s.io/v1, which Kubernetes has since 1.30; while"
                    + " Windfall cannot be asked, no bounds hold"));
      }
      if (e.status() == 403) {
        return Standing.unknown(new Barred("Forbidden", message(e)));
      }
      throw e;
    }
  }

  private Map<String, ObjectNode> guards(Resource resource) {
    Selection ours = Selection.ALL.labelled(Manifest.MANAGED_BY + "=" + Manifest.WINDFALL);
    Map<String, ObjectNode> guards = new HashMap<>();
    cluster
        .list(resource, ours, Decoder.whole())
        .items()
        .forEach((key, object) -> {
          if (Guard.prefixes().stream().anyMatch(key.name()::startsWith)) {
            guards.put(key.name(), object);
          }
        });
    return guards;
  }

  /**
   * Carries out {@code actions}.
   *
   * @return by the guard's name, why the API server refused what was to be done about it
   * @throws ClusterException when a write lost to another, or no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  Map<String, String> act(List<Action> actions) {
    Map<String, String> refused = new LinkedHashMap<>();
    for (Action action : actions) {
      // A binding without its policy would say of the guard that it stands.
      if (refused.containsKey(action.guard())) {
        continue;
      }
      try {
        write(action);
        metrics.done((Record) action);
        LOG.log(Level.INFO, "{0}: {1} {2}", word(action), action.resource().kind(), action.guard());
      } catch (ClusterException e) {
        refusal(action, e)
            .ifPresent(why -> {
              LOG.log(Level.WARNING, "{0}", why);
              refused.put(action.guard(), why);
            });
      }
    }
    return refused;
  }

  private void write(Action action) {
    Key key = Key.of(action.guard());
    switch (action) {
      case Action.CreateGuard create -> cluster.create(create.resource(), create.object());
      case Action.RestoreGuard restore ->
          cluster.replace(restore.resource(), key, restore.object());
      case Action.RemoveGuard remove -> {
        try {
          cluster.delete(
              remove.resource(),
              key,
              Preconditions.uid(remove.object().at("/metadata/uid").asText()));
        } catch (ClusterException e) {
          if (!e.isNotFound()) {
            throw e;
          }
        }
      }
    }
  }

  /**
   * Why the API server will not have it; empty where it has it already, by a write whose answer was
   * lost.
   *
   * @throws ClusterException when that is not so: it lost to another, or no answer came
   */
  private Optional<String> refusal(Action action, ClusterException e) {
    if (!e.isAlreadyExists()) {
      if (e.status() == 0 || e.isConflict() || e.isNotFound() || e.status() >= 500) {
        throw e;
      }
      return Optional.of(message(e));
    }
    boolean ours =
        cluster.get(action.resource(), Key.of(action.guard())).filter(Manifest::ours).isPresent();
    return ours
        ? Optional.empty()
        : Optional.of(
            "a %s %s is there that Windfall did not make, since its label %s is not %s; delete it,"
                    .formatted(
                        action.resource().kind(),
                        action.guard(),
                        Manifest.MANAGED_BY,
                        Manifest.WINDFALL)
                + " or give the policy another name");
  }

  /**
   * Writes {@code statuses}. One that lost to another, or is refused, keeps no other waiting.
   *
   * @throws ClusterException when no answer came
   * @throws LeaderWrites.NotLeadingException when another replica leads now
   */
  void tell(List<Statuses.Write> statuses) {
    for (Statuses.Write write : statuses) {
      ObjectNode patch = JsonNodeFactory.instance.objectNode();
      patch.putObject("metadata").put("resourceVersion", write.policy().resourceVersion());
      patch.set("status", write.patch());
      Key key = Key.of(write.policy().name());
      try {
        cluster.mergePatchStatus(Resource.SPOTPOLICIES, key, patch);
        write
            .notices()
            .forEach(notice ->
                events.record(
                    write.policy().reference(), notice.type(), notice.reason(), notice.note()));
      } catch (ClusterException e) {
        if (e.status() == 0) {
          throw e;
        }
        boolean lost = e.isConflict() || e.isNotFound();
        LOG.log(lost ? Level.INFO : Level.WARNING, "{0}", e.getMessage());
      }
    }
  }

  private static String word(Action action) {
    return switch (action) {
      case Action.CreateGuard create -> "created";
      case Action.RestoreGuard restore -> "restored";
      case Action.RemoveGuard remove -> "removed";
    };
  }

  private static String message(ClusterException e) {
    return Objects.requireNonNullElse(e.getMessage(), "refused");
  }
}
