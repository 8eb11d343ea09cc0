package dev.windfall.providers.aws;

import dev.windfall.market.SourceHealth;
import java.time.Duration;
import java.time.Instant;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Stream;

/**
 * The placement scores of a region, each question's answer by itself: one that is refused takes
 * nothing away from the others. Belongs to one thread.
 */
final class ScoreSheet {
  /** A score is a guess about now; of a day ago it says nothing. */
  private static final Duration HOLDS = Duration.ofDays(1);

  private Map<Scores.Question, Kept<Map<String, Integer>>> answers = Map.of();

  /**
   * The questions about these machines, with what is known of each.
   *
   * @param nodes how many are wanted
   */
  Map<Scores.Question, Kept<Map<String, Integer>>> about(Collection<Machine> machines, int nodes) {
    Map<Scores.Question, Kept<Map<String, Integer>>> now = new LinkedHashMap<>();
    for (Scores.Question question : Scores.questions(machines, nodes)) {
      Kept<Map<String, Integer>> before = answers.get(question);
      now.put(question, before == null ? new Kept<>(Fact.SCORES) : before);
    }
    answers = now;
    return now;
  }

  /** Whether the right to ask is denied, so that no other question is worth asking yet. */
  boolean denied(Instant now) {
    return answers.values().stream().anyMatch(kept -> kept.denied() && !kept.due(now));
  }

  /** What was asked, each by itself. */
  Stream<Kept<?>> asked() {
    return answers.values().stream().map(kept -> kept);
  }

  /**
   * The scores in force.
   *
   * @param zones ids by name
   */
  Map<Place, Integer> places(Map<String, String> zones, Instant now) {
    Map<Place, Integer> all = new HashMap<>();
    answers.forEach((question, kept) ->
        inForce(kept, now).ifPresent(scores -> all.putAll(Scores.places(question, scores, zones))));
    return all;
  }

  private static Optional<Map<String, Integer>> inForce(
      Kept<Map<String, Integer>> kept, Instant now) {
    return kept.readAt().filter(at -> now.isBefore(at.plus(HOLDS))).flatMap(_ -> kept.value());
  }

  /**
   * A sentence about the questions that failed when they were asked last. Not how many: that
   * changes with each round, and what is said of it is written down.
   */
  Optional<String> trouble(Instant now) {
    List<Kept<Map<String, Integer>>> failed =
        answers.values().stream().filter(kept -> kept.failure().isPresent()).toList();
    boolean some = failed.size() < answers.size() && failed.stream().noneMatch(Kept::denied);
    boolean known = failed.stream().anyMatch(kept -> inForce(kept, now).isPresent());
    return failed.stream()
        .flatMap(kept -> kept.failure().stream())
        .findFirst()
        .map(why ->
            Fact.SCORES.call()
                + " "
                + why.sentence()
                + (some ? " for some questions" : "")
                + (known
                    ? "; " + SourceHealth.STAYS + " for a day"
                    : "; " + (some ? "these " : "") + Fact.SCORES.without()));
  }
}
