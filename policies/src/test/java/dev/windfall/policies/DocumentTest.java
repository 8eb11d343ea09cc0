package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTimeoutPreemptively;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What somebody who means harm, or a program gone wrong, may put into a document. */
class DocumentTest {
  private static final Duration SOON = Duration.ofSeconds(20);

  @ParameterizedTest
  @ValueSource(strings = {"[", "{a: ", "- ", "? ", "[{a: "})
  void deepNestingIsRefusedAndBreaksNothing(String opening) {
    assertTimeoutPreemptively(SOON, () -> refusal(opening.repeat(100_000)));
  }

  @Test
  void anAliasBombIsRefusedBeforeItGoesOff() {
    StringBuilder bomb = new StringBuilder("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for (int i = 1; i < 20; i++) {
      String before = "*a" + (i - 1);
      bomb.append("a%d: &a%d [%s]\n".formatted(i, i, String.join(", ", nine(before))));
    }

    String problem = assertTimeoutPreemptively(SOON, () -> refusal(bomb.toString()));

    assertTrue(problem.contains("cannot be read: Number of aliases"), problem);
  }

  @Test
  void anAliasToItselfIsNoWayToGoRoundForEver() {
    assertTimeoutPreemptively(SOON, () -> refusal("offers: &o [*o]"));
  }

  @Test
  void aSectionThatHoldsItselfIsLeftOutLikeAnyOther() {
    MarketFile<MarketFile.Entry> market =
        assertTimeoutPreemptively(
            SOON, () -> MarketFile.read("market.yaml", "offers: [&o {gpu: *o}]"));

    assertEquals(List.of(), market.offers());
  }

  @Test
  void aDocumentOfMoreThanSixteenMillionCharactersIsRefused() {
    String problem = refusal("offers: []\n#" + "x".repeat(17 << 20));

    assertTrue(problem.contains("it is longer than 16777216 characters"), problem);
  }

  @Test
  void aTenthOfAMillionUnknownFieldsAreAllRefused() {
    StringBuilder text = new StringBuilder("offers: []\n");
    for (int i = 0; i < 100_000; i++) {
      text.append("f").append(i).append(": 1\n");
    }

    UnreadableException refused =
        assertTimeoutPreemptively(
            SOON,
            () ->
                assertThrows(
                    UnreadableException.class,
                    () -> MarketFile.read("market.yaml", text.toString())));

    assertEquals(100_000, refused.problems().size());
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "offers: []\n\u0001",
        "offers: \"\\q\"",
        "%YAML 7.0\n---\noffers: []\n",
        "offers: !!java.net.URL [http://localhost]",
        "\toffers: []",
        "offers: 'unclosed",
        "&a offers: [*a"
      })
  void whatIsNotYamlOrNotAMarketIsRefused(String text) {
    refusal(text);
  }

  @Test
  void anObjectOfTheClusterHasNoLinesThatMeanAnythingToAnybody() {
    UnreadableException refused =
        assertThrows(
            UnreadableException.class, () -> SpotPool.readObject("gpu", "{\"kind\":\"SpotPol\"}"));

    assertTrue(
        refused.problems().stream()
            .map(Problem::toString)
            .anyMatch(
                ("spotpool \"gpu\": kind \"SpotPol\" is not one of SpotPool; did you mean"
                        + " \"SpotPool\"?")
                    ::equals),
        refused.problems()::toString);
  }

  private static String refusal(String text) {
    UnreadableException refused =
        assertThrows(UnreadableException.class, () -> MarketFile.read("market.yaml", text));
    return refused.problems().getFirst().toString();
  }

  private static List<String> nine(String text) {
    return java.util.Collections.nCopies(9, text);
  }
}
