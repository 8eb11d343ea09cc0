package dev.windfall.reconciler.leftover;

import dev.windfall.market.ScoreBound;
import dev.windfall.policies.LeftoverNodePool;
import dev.windfall.policies.LeftoverTranslation;
import dev.windfall.policies.LeftoverTranslation.Setting;
import dev.windfall.policies.LeftoverTranslation.Translated;
import dev.windfall.policies.SpotPool;
import dev.windfall.reconciler.LivePool;
import java.util.List;
import java.util.Optional;

/** The SpotPool that a LeftoverNodePool comes to now, or why there is none. */
sealed interface Wanted {
  LiveLeftover live();

  /** This one. */
  record Pool(LiveLeftover live, Translated.Made made) implements Wanted {}

  /** Nobody knows; one that is there stays as it is. */
  record Unknown(LiveLeftover live, Trouble trouble) implements Wanted {}

  static Wanted of(LiveLeftover live, View view) {
    if (live.spec().isEmpty()) {
      return new Unknown(live, Trouble.invalid(live.problems()));
    }
    LeftoverNodePool spec = live.spec().get();
    Optional<String> selected = Optional.empty();
    if (!spec.nodeClassSelector().isEmpty()) {
      List<String> matching = view.classes().matching(spec.nodeClassSelector());
      if (matching.size() != 1) {
        return new Unknown(live, Trouble.invalid(mismatch(spec, matching, view.classes())));
      }
      selected = Optional.of(matching.getFirst());
    }
    Optional<LivePool> there = view.pool(live.pool()).filter(live::owns);
    return switch (translated(spec, new Setting(view.config(live), selected, true), there, view)) {
      case Translated.Made made -> new Pool(live, made);
      case Translated.Impossible impossible -> new Unknown(live, Trouble.invalid(impossible.why()));
    };
  }

  /** The translation; its wish for a score is dropped while it leaves a size without offers. */
  private static Translated translated(
      LeftoverNodePool spec, Setting scored, Optional<LivePool> there, View view) {
    Translated with = LeftoverTranslation.of(spec, scored);
    if (!(with instanceof Translated.Made bounded) || !bound(bounded.pool())) {
      return with;
    }
    // Where no price counts, what was decided when one did goes on.
    boolean was = there.flatMap(LivePool::pool).map(Wanted::bound).orElse(true);
    int score = was ? spec.minSpotScore() : ScoreBound.again(spec.minSpotScore());
    boolean met = ScoreBound.met(bounded.pool(), score, view.book(), view.now()).orElse(was);
    return met
        ? bounded
        : LeftoverTranslation.of(spec, new Setting(scored.config(), scored.selected(), false));
  }

  private static boolean bound(SpotPool pool) {
    return pool.minPlacementScore() > 1;
  }

  private static String mismatch(
      LeftoverNodePool spec, List<String> matching, NodeClasses classes) {
    if (!classes.barred().isEmpty()) {
      return "nodeClassSelector cannot be held against EC2NodeClasses: " + classes.barred();
    }
    String selector = "nodeClassSelector " + spec.nodeClassSelector();
    return matching.isEmpty()
        ? selector
            + " matches no EC2NodeClass; label the one that is meant, or name it by nodeClassName"
        : "%s matches %s; it must match one, so label only that, or name it by nodeClassName"
            .formatted(selector, String.join(", ", matching));
  }
}
