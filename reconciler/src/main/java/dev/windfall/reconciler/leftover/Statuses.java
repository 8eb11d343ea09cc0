package dev.windfall.reconciler.leftover;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.market.FamilyCheck;
import dev.windfall.market.ScoreBound;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LivePool;
import dev.windfall.reconciler.MergePatch;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Says of each LeftoverNodePool how it stands: in its status, or where that is somebody else's to
 * write, beside it.
 */
final class Statuses {
  /** Whether everything that was said has its effect. */
  static final String FULLY_APPLIED = "FullyApplied";

  private final View view;
  private final Map<String, String> refused;

  /** What is to be said of one. */
  sealed interface Word {
    LiveLeftover live();
  }

  /**
   * A status that has to change.
   *
   * @param patch a merge patch
   * @param notices what is said only once, as the status remembers it
   */
  record Write(LiveLeftover live, ObjectNode patch, List<Trouble> notices) implements Word {}

  /**
   * What is said of one to which nothing is written, and not for the first time perhaps.
   *
   * @param notices none: all is well
   */
  record Aside(LiveLeftover live, List<Trouble> notices) implements Word {}

  private Statuses(View view, Map<String, String> refused) {
    this.view = view;
    this.refused = refused;
  }

  /**
   * The statuses once a plan is carried out.
   *
   * @param wanted for each LeftoverNodePool that is not being deleted
   * @param refused by the name of a LeftoverNodePool, why the API server refused a write for it
   */
  static List<Word> of(View view, List<Wanted> wanted, Map<String, String> refused) {
    Statuses statuses = new Statuses(view, refused);
    List<Word> words = new ArrayList<>();
    wanted.forEach(one -> statuses.word(one).ifPresent(words::add));
    view.leftovers().stream()
        .filter(live -> live.deleting() && live.held() && view.acts(live))
        .forEach(live -> statuses.leaving(live).ifPresent(words::add));
    return words;
  }

  private Optional<Word> word(Wanted wanted) {
    LiveLeftover live = wanted.live();
    Optional<LivePool> pool = view.pool(live.pool()).filter(live::owns);
    Optional<Trouble> trouble = trouble(wanted, pool);
    if (trouble.isEmpty() && pool.filter(Verdict::spoken).isEmpty()) {
      // It was made a moment ago, and says how it stands in the next.
      return Optional.empty();
    }
    Optional<Trouble> unapplied = unapplied(wanted, pool);
    if (!view.acts(live)) {
      List<Trouble> notices = new ArrayList<>();
      trouble.ifPresent(notices::add);
      unapplied.ifPresent(notices::add);
      return Optional.of(new Aside(live, notices));
    }
    return write(wanted, trouble, unapplied, pool);
  }

  private Optional<Trouble> trouble(Wanted wanted, Optional<LivePool> pool) {
    LiveLeftover live = wanted.live();
    if (wanted instanceof Wanted.Unknown unknown) {
      Trouble why = unknown.trouble();
      return Optional.of(
          pool.isEmpty()
              ? why
              : new Trouble(why.reason(), why.message() + "\nits SpotPool stays as it is"));
    }
    if (refused.containsKey(live.name())) {
      return Optional.of(new Trouble(Trouble.WRITE, refused.get(live.name())));
    }
    if (pool.isEmpty()) {
      return view.pool(live.pool()).map(other -> Trouble.foreign(other.name()));
    }
    return pool.filter(one -> one.deleting() || (Verdict.spoken(one) && view.acts(live)))
        .flatMap(one -> Verdict.of(view, one));
  }

  private Optional<Trouble> unapplied(Wanted wanted, Optional<LivePool> pool) {
    if (!(wanted instanceof Wanted.Pool one)) {
      return Optional.empty();
    }
    List<String> notes = new ArrayList<>(one.made().notes());
    notes.addAll(FamilyCheck.unknown(one.made().pool(), view.book()));
    Optional<String> unscored =
        wanted.live().spec().filter(spec -> spec.minSpotScore() > 1).isPresent()
                && !ScoreBound.known(one.made().pool(), view.book(), view.now())
            ? pool.flatMap(live -> Verdict.unscored(view, live))
            : Optional.empty();
    unscored.ifPresent(
        why -> notes.add("minSpotScore has no effect while placement scores are unknown: " + why));
    return notes.isEmpty()
        ? Optional.empty()
        : Optional.of(
            new Trouble(
                unscored.isPresent() ? Trouble.SCORES : "NoEffect", String.join("\n", notes)));
  }

  private Optional<Word> write(
      Wanted wanted,
      Optional<Trouble> trouble,
      Optional<Trouble> unapplied,
      Optional<LivePool> pool) {
    LiveLeftover live = wanted.live();
    JsonNode before = live.status().path("conditions");
    Conditions conditions = new Conditions(before, live.generation(), view.now());
    trouble.ifPresentOrElse(
        why -> conditions.set(Conditions.READY, false, why.reason(), why.message()),
        () ->
            conditions.set(
                Conditions.READY,
                true,
                "Reconciled",
                "SpotPool %s has NodePools that nodes can be bought from".formatted(live.pool())));
    if (wanted instanceof Wanted.Unknown) {
      // What nobody could read or make anything of has neither its effect nor none.
      conditions.keep(FULLY_APPLIED);
    } else {
      unapplied.ifPresentOrElse(
          why -> conditions.set(FULLY_APPLIED, false, why.reason(), why.message()),
          () ->
              conditions.set(
                  FULLY_APPLIED,
                  true,
                  "Applied",
                  "all of it has its effect, but for requeueMinutes: prices are read as often as"
                      + " market.sources says"));
    }
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.set("conditions", conditions.json());
    pool.filter(Verdict::spoken)
        .map(Selected::of)
        .ifPresentOrElse(
            selected -> selected.into(status, live.status(), view), () -> kept(live, status));
    return patch(live, status, before);
  }

  /** What was selected before stays said while nothing else is known. */
  private static void kept(LiveLeftover live, ObjectNode status) {
    for (Map.Entry<String, JsonNode> field : live.status().properties()) {
      if (!status.has(field.getKey())) {
        status.set(field.getKey(), field.getValue());
      }
    }
  }

  private Optional<Word> leaving(LiveLeftover live) {
    JsonNode before = live.status().path("conditions");
    Conditions conditions = new Conditions(before, live.generation(), view.now());
    Optional<LivePool> pool = view.pool(live.pool()).filter(live::owns);
    String waits =
        pool.map(one -> Conditions.find(one.status().path("conditions"), Conditions.READY))
            .filter(ready -> ready.path("reason").asText().equals("Deleting"))
            .map(ready -> ready.path("message").asText())
            .orElse("it waits until that is gone");
    String goes = pool.isPresent() ? "is deleted with it: " + waits : "is gone";
    String told = "its SpotPool %s %s".formatted(live.pool(), goes);
    if (refused.containsKey(live.name())) {
      told += "\n" + refused.get(live.name());
    }
    conditions.set(Conditions.READY, false, "Deleting", told);
    conditions.keep(FULLY_APPLIED);
    ObjectNode status = JsonNodeFactory.instance.objectNode();
    status.set("conditions", conditions.json());
    kept(live, status);
    return patch(live, status, before);
  }

  private static Optional<Word> patch(LiveLeftover live, ObjectNode status, JsonNode before) {
    ObjectNode patch = MergePatch.between(live.status(), status);
    return patch.isEmpty()
        ? Optional.empty()
        : Optional.of(new Write(live, patch, notices(before, status.path("conditions"))));
  }

  /** What changes in the status is said once. */
  private static List<Trouble> notices(JsonNode before, JsonNode now) {
    List<Trouble> notices = new ArrayList<>();
    for (JsonNode condition : now) {
      JsonNode old = Conditions.find(before, condition.path("type").asText());
      boolean same =
          old.path("status").equals(condition.path("status"))
              && old.path("reason").equals(condition.path("reason"))
              && old.path("message").equals(condition.path("message"));
      if (!same && condition.path("status").asText().equals("False")) {
        notices.add(
            new Trouble(condition.path("reason").asText(), condition.path("message").asText()));
      }
    }
    return notices;
  }
}
