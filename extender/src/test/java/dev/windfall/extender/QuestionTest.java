package dev.windfall.extender;

import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertEquals;

import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** {@code -Dindex.seed=N} repeats a run. */
class QuestionTest {
  /** Of many lengths, and each the beginning of others. */
  private static final List<String> KNOWN =
      Stream.concat(
              Stream.of("n", "no", "node", "node-1.region.compute.internal"),
              IntStream.range(0, 120).mapToObj(i -> "node-" + i))
          .toList();

  private static final List<String> UNKNOWN =
      List.of("", "nod", "node-120", "node-1.region", "node-1.region.compute.internal.", "other");

  private final long seed = Long.getLong("index.seed", new SplittableRandom().nextLong());
  private final SplittableRandom random = new SplittableRandom(seed);

  @Test
  void whoseNameIsReadDoesNotDependOnWhoWasAskedAboutBefore() throws Exception {
    NodeNames used = new NodeNames(KNOWN);
    List<String> asked = new ArrayList<>(KNOWN);
    for (int step = 0; step < 3_000; step++) {
      for (int changes = random.nextInt(4); changes > 0; changes--) {
        change(asked);
      }

      assertEquals(asked, read(asked, used), "-Dindex.seed=" + seed);
    }
  }

  @Test
  void aNameThatEndsWithABackslashDoesNotEndWhereItSeemsTo() throws Exception {
    NodeNames nodes = new NodeNames(List.of("a", "a\\", "b"));

    assertEquals(
        List.of("a\",\"b", "a"), names(Question.read(body("\"a\\\",\\\"b\",\"a\""), nodes), nodes));
  }

  /** Moves, doubles, loses or replaces some of them. */
  private void change(List<String> asked) {
    int from = random.nextInt(asked.size());
    List<String> some = asked.subList(from, random.nextInt(from, asked.size()) + 1);
    List<String> moved = List.copyOf(some);
    switch (random.nextInt(4)) {
      case 0 -> asked.addAll(random.nextInt(asked.size()), moved);
      case 1 -> some.clear();
      case 2 -> asked.add(from, UNKNOWN.get(random.nextInt(UNKNOWN.size())));
      default -> {
        some.clear();
        asked.addAll(moved);
      }
    }
    if (asked.isEmpty() || asked.size() > 1_000) {
      asked.clear();
      asked.addAll(KNOWN);
    }
  }

  private static List<String> read(List<String> asked, NodeNames nodes) throws Exception {
    byte[] body = body(asked.stream().map(name -> '"' + name + '"').collect(joining(",")));
    return names(Question.read(body, nodes), nodes);
  }

  private static byte[] body(String names) {
    return "{\"Pod\":{\"metadata\":{\"name\":\"p\"}},\"NodeNames\":[%s]}\n"
        .formatted(names)
        .getBytes(UTF_8);
  }

  private static List<String> names(Question question, NodeNames nodes) {
    return IntStream.range(0, question.size()).mapToObj(i -> question.name(i, nodes)).toList();
  }
}
