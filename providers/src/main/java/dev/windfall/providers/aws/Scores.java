package dev.windfall.providers.aws;

import dev.windfall.policies.Gpu;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Collectors;

/**
 * What EC2 is asked about placement scores. It allows few new questions a day, and any number of
 * the same, so they are a small fixed set: one for each GPU model and count.
 */
final class Scores {
  /** Of fewer types in a question EC2 says that they are hard to get, whatever they are. */
  private static final int FEWEST_TYPES = 3;

  private static final int MOST_QUESTIONS = 10;

  private Scores() {}

  /**
   * One question.
   *
   * @param types at least three, in order, so that the same machines make the same question
   * @param nodes how many machines of them together
   */
  record Question(List<String> types, int nodes) {}

  /**
   * The questions about these machines, for the groups with the most types.
   *
   * @param nodes how many are wanted
   */
  static List<Question> questions(Collection<Machine> machines, int nodes) {
    Map<String, List<String>> groups = new TreeMap<>();
    for (Machine machine : machines) {
      if (machine.spot() && machine.gpu().nvidia()) {
        Gpu gpu = machine.gpu();
        groups
            .computeIfAbsent(gpu.model() + " " + gpu.count(), _ -> new ArrayList<>())
            .add(machine.type());
      }
    }
    return groups.values().stream()
        .filter(types -> types.size() >= FEWEST_TYPES)
        .sorted(Comparator.comparingInt(types -> -types.size()))
        .limit(MOST_QUESTIONS)
        .map(types -> new Question(types.stream().sorted().toList(), nodes))
        .toList();
  }

  /**
   * The score of each place, out of the answer to one question.
   *
   * @param scores by zone id
   * @param zones ids by name
   */
  static Map<Place, Integer> places(
      Question question, Map<String, Integer> scores, Map<String, String> zones) {
    return zones.entrySet().stream()
        .filter(zone -> scores.containsKey(zone.getValue()))
        .flatMap(zone -> question.types().stream().map(type -> new Place(type, zone.getKey())))
        .collect(
            Collectors.toMap(
                place -> place,
                place -> scores.getOrDefault(zones.getOrDefault(place.zone(), ""), 1)));
  }
}
