package dev.windfall.reconciler.rungs;

import com.fasterxml.jackson.databind.node.ArrayNode;
import dev.windfall.reconciler.ClassTrouble;
import dev.windfall.reconciler.Conditions;
import dev.windfall.reconciler.LivePool;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/** The conditions of one pool: what {@code kubectl wait} and a person's first look are for. */
final class Verdict {
  private final View view;
  private final Decision decision;
  private final LivePool pool;
  private final List<Standing> standings;
  private final Conditions conditions;

  Verdict(View view, Decision decision, Supply supply, List<Standing> standings) {
    this.view = view;
    this.decision = decision;
    this.pool = supply.live();
    this.standings = standings;
    this.conditions =
        new Conditions(pool.status().path("conditions"), pool.generation(), view.now());
    judge(supply);
  }

  ArrayNode conditions() {
    return conditions.json();
  }

  private void judge(Supply supply) {
    switch (supply) {
      case Supply.Leaving leaving -> {
        conditions.set(Conditions.READY, false, "Deleting", Departure.waitsFor(pool, view));
        conditions.keep(Conditions.MARKET_FRESH);
      }
      case Supply.Unreadable unreadable -> {
        conditions.set(Conditions.READY, false, "Invalid", pool.problems());
        conditions.keep(Conditions.MARKET_FRESH);
      }
      case Supply.Stale stale -> {
        ready("NoFreshPrice", "no rung is open, and there is no price to open one by");
        conditions.set(
            Conditions.MARKET_FRESH,
            false,
            stale.reason(),
            stale.message()
                + "; the rungs stay as they are"
                + failing().map(sources -> "; " + sources).orElse("")
                + troubles());
      }
      case Supply.Offered offered -> {
        if (offered.pool().acts()) {
          ready("NoOffer", "none of the offers in " + offered.pool().region() + " fits this pool");
        } else {
          ready("Observing", "mode is Observe: nothing is bought; see status.observed");
        }
        conditions.set(
            Conditions.MARKET_FRESH,
            true,
            failing().isPresent() ? "SourceFailing" : "PricesRead",
            failing().orElse("prices that are fresh enough are known") + troubles());
      }
    }
    degraded();
  }

  private void ready(String whyNot, String message) {
    List<Standing> open = standings.stream().filter(Standing::open).toList();
    Optional<ClassTrouble> blocked = classTrouble().filter(ClassTrouble::blocks);
    if (blocked.isPresent()) {
      conditions.set(Conditions.READY, false, blocked.get().reason(), blocked.get().message());
    } else if (open.isEmpty()) {
      conditions.set(Conditions.READY, false, whyNot, message);
    } else if (open.stream().noneMatch(Standing::roomy)) {
      conditions.set(
          Conditions.READY,
          false,
          "LimitReached",
          "the pool's limits leave room for no further node; what runs goes on");
    } else {
      conditions.set(Conditions.READY, true, "Open", "nodes can be bought from at least one rung");
    }
  }

  /** What is worse than it could be while the pool works. */
  private void degraded() {
    List<String> refused =
        decision.actions(pool.name()).stream()
            .flatMap(a -> Optional.ofNullable(decision.refused().get(a.rung())).stream())
            .toList();
    List<Standing> edited = standings.stream().filter(each -> !each.edited().isEmpty()).toList();
    Optional<ClassTrouble> odd = classTrouble().filter(trouble -> !trouble.blocks());
    if (!refused.isEmpty()) {
      conditions.set(Conditions.DEGRADED, true, "RungRefused", String.join("\n", refused));
    } else if (!edited.isEmpty()) {
      conditions.set(
          Conditions.DEGRADED,
          true,
          "TemplateEdited",
          edited.stream()
              .map(each -> each.name() + ": " + each.remark())
              .collect(Collectors.joining("\n")));
    } else if (odd.isPresent()) {
      conditions.set(Conditions.DEGRADED, true, odd.get().reason(), odd.get().message());
    } else if (decision.crowdedOut().contains(pool.name())) {
      conditions.set(
          Conditions.DEGRADED,
          true,
          "RungsLeftOut",
          "the cluster has %d rungs, as many as it can bear; of this pool's offers only the best have one"
              .formatted(Planner.MOST_RUNGS));
    } else {
      conditions.set(Conditions.DEGRADED, false, "AsPlanned", "the rungs are as they should be");
    }
  }

  private Optional<ClassTrouble> classTrouble() {
    return Optional.ofNullable(view.classTroubles().get(pool.name()));
  }

  /**
   * The sources whose prices are as old as it says; not how old, which would change all the time.
   */
  private Optional<String> failing() {
    String sources =
        view.book().sources().stream()
            .filter(source -> source.error().isPresent())
            .map(source ->
                "%s %s: %s"
                    .formatted(
                        source.name(),
                        view.book()
                            .lastRead(source)
                            .map(at -> "last read at " + at)
                            .orElse("never read"),
                        source.error().orElseThrow()))
            .collect(Collectors.joining("\n"));
    return Optional.of(sources).filter(text -> !text.isEmpty());
  }

  /** What the sources could not be asked while the rest was: why some prices may be older. */
  private String troubles() {
    return view.book().sources().stream()
        .filter(source -> source.error().isEmpty())
        .flatMap(source ->
            source.troubles().stream().map(trouble -> "\n" + source.name() + ": " + trouble))
        .collect(Collectors.joining());
  }
}
