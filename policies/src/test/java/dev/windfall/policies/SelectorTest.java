package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Selects as a Kubernetes LabelSelector does. */
class SelectorTest {
  private static Selector selector(String text) {
    Section document = Document.read("selector", "s: " + text);
    Selector selector = Selector.read(document.section("s"));
    document.orThrow();
    return selector;
  }

  private static Map<String, String> labels(String text) {
    int equals = text.indexOf('=');
    return equals < 0 ? Map.of() : Map.of(text.substring(0, equals), text.substring(equals + 1));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {}                                                                       | -          | true
          {matchLabels: {team: a}}                                                 | team=a     | true
          {matchLabels: {team: a}}                                                 | team=b     | false
          {matchLabels: {team: a}}                                                 | -          | false
          {matchLabels: {team: a, tier: x}}                                        | team=a     | false
          {matchLabels: {team: ''}}                                                | team=      | true
          {matchExpressions: [{key: team, operator: In, values: [a, b]}]}          | team=b     | true
          {matchExpressions: [{key: team, operator: In, values: [a, b]}]}          | -          | false
          {matchExpressions: [{key: team, operator: NotIn, values: [a]}]}          | team=a     | false
          {matchExpressions: [{key: team, operator: NotIn, values: [a]}]}          | -          | true
          {matchExpressions: [{key: team, operator: Exists}]}                      | team=a     | true
          {matchExpressions: [{key: team, operator: Exists}]}                      | tier=a     | false
          {matchExpressions: [{key: team, operator: DoesNotExist}]}                | team=a     | false
          {matchExpressions: [{key: team, operator: DoesNotExist}]}                | -          | true
          {matchLabels: {team: a}, matchExpressions: [{key: tier, operator: Exists}]} | team=a  | false
          """)
  void selects(String text, String labels, boolean selected) {
    assertEquals(selected, selector(text).matches(labels(labels)));
  }

  @Test
  void isWrittenAsASelectorThatSelectsTheSame() {
    Selector selector =
        selector(
            "{matchLabels: {team: a}, matchExpressions: [{key: tier, operator: NotIn, values: [x]},"
                + " {key: old, operator: DoesNotExist}]}");

    assertEquals(selector, selector(selector.json().toString()));
    assertEquals(Selector.ALL, selector(Selector.ALL.json().toString()));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '"',
      textBlock =
          """
          {matchExpressions: [{key: team, operator: in, values: [a]}]} | selector:1:46: operator "in" is not one of In, NotIn, Exists, DoesNotExist; did you mean "In"?
          {matchExpressions: [{key: team, operator: In}]}              | operator In needs values
          {matchExpressions: [{key: team, operator: Exists, values: [a]}]} | operator Exists goes without values
          {matchExpressions: [{key: -team, operator: Exists}]}         | key "-team" must be a valid label key
          {matchLabels: {team: a b}}                                   | label "team: a b" is not a valid label
          {matchLabel: {team: a}}                                      | field "s.matchLabel" is unknown; did you mean "matchLabels"?
          """)
  void whatIsNoSelectorIsRefused(String text, String problem) {
    String refused =
        String.valueOf(assertThrows(UnreadableException.class, () -> selector(text)).getMessage());

    assertTrue(refused.contains(problem), refused);
  }
}
