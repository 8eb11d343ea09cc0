package dev.windfall.kind.demo;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.kind.demo.Page.Ink;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.io.Writer;
import java.util.List;
import org.junit.jupiter.api.Test;

class PageTest {
  /** Words as long as they come, and what must not get to a terminal. */
  private static final List<String> TEXTS =
      List.of(
          "",
          " ",
          "word",
          "x".repeat(99),
          "x".repeat(100),
          "x".repeat(101),
          "x".repeat(1_000),
          "a " + "x".repeat(250) + " b",
          " ".repeat(120) + "far",
          "    " + "some words ".repeat(40),
          "one two  three   four ".repeat(30),
          "first\nsecond\r\nthird\tfourth",
          "\033[31mred",
          "🙂".repeat(80),
          "x" + "🙂".repeat(80));

  private final StringWriter written = new StringWriter();
  private final Page plain = new Page(new PrintWriter(written), false);
  private final Page coloured = new Page(new PrintWriter(written), true);

  private List<String> lines() {
    return written.toString().lines().toList();
  }

  private static void everything(Page page, String text) {
    page.row(text);
    for (Ink ink : Ink.values()) {
      page.row(ink, text);
      page.words(ink, text);
    }
    page.section(text, text);
  }

  @Test
  void noLineIsWiderThanAHundredColumnsWhateverTheWords() {
    TEXTS.forEach(text -> everything(plain, text));

    for (String line : lines()) {
      assertTrue(line.length() <= Page.WIDTH, line.length() + ": " + line);
    }
  }

  @Test
  void withoutColourThereAreNoEscapeCodes() {
    TEXTS.forEach(text -> everything(plain, text));

    assertFalse(written.toString().contains("\033"));
  }

  @Test
  void withColourALineHoldsTheSameTextBetweenItsInkAndTheReset() {
    StringWriter without = new StringWriter();
    for (String text : TEXTS) {
      everything(new Page(new PrintWriter(without), false), text);
      everything(coloured, text);
    }

    for (String line : lines()) {
      assertTrue(line.matches("[^\033]*|\033\\[[0-9]+m[^\033]+\033\\[0m"), line);
    }
    assertEquals(without.toString(), written.toString().replaceAll("\033\\[[0-9]+m", ""));
  }

  @Test
  void aColouredLineIsResetAtItsEnd() {
    coloured.row(Ink.GREEN, "ok");

    assertEquals(List.of("\033[32mok\033[0m"), lines());
  }

  @Test
  void aLineWithoutInkOrTextHasNoEscapeCodes() {
    coloured.row("plain");
    coloured.row(Ink.PLAIN, "plain");
    coloured.row(Ink.RED, "");

    assertEquals(List.of("plain", "plain", ""), lines());
  }

  @Test
  void aRowIsCutWithAnEllipsis() {
    plain.row("x".repeat(101));
    plain.row("x".repeat(100));

    assertEquals(List.of("x".repeat(99) + "…", "x".repeat(100)), lines());
  }

  @Test
  void aCharacterIsNotCutInTwo() {
    plain.row("x" + "🙂".repeat(80));
    plain.words(Ink.PLAIN, "x" + "🙂".repeat(80));

    assertEquals("x" + "🙂".repeat(49) + "…", lines().getFirst());
    assertEquals("x" + "🙂".repeat(80), lines().get(1) + lines().get(2));
    assertTrue(Character.isLowSurrogate(lines().get(1).charAt(lines().get(1).length() - 1)));
  }

  @Test
  void wordsBreakBetweenLinesUnderTheFirstWord() {
    plain.words(Ink.PLAIN, "   " + "word ".repeat(30));

    assertEquals(
        List.of("   " + "word ".repeat(19).strip(), "   " + "word ".repeat(11).strip()), lines());
  }

  @Test
  void aWordThatFitsNoLineGoesOnInTheNext() {
    plain.words(Ink.PLAIN, "  see " + "x".repeat(150) + " there");

    assertEquals(
        List.of("  see", "  " + "x".repeat(98), "  " + "x".repeat(52) + " there"), lines());
  }

  @Test
  void whatWouldMoveTheCursorIsASpace() {
    plain.row("one\ttwo\nthree");
    plain.words(Ink.PLAIN, "one\ntwo");

    assertEquals(List.of("one two three", "one two"), lines());
  }

  @Test
  void aSectionBeginsWithItsTitleInCapitalsAfterABlankLine() {
    plain.section("1 The market", "Prices move.");

    assertEquals(List.of("", "1 THE MARKET", "Prices move."), lines());
  }

  @Test
  void pricesHaveFourDecimalsAndMovesASign() {
    assertEquals("0.4021", Page.usd(0.40214));
    assertEquals("+5.0%", Page.percent(0.05));
    assertEquals("-4.1%", Page.percent(-0.041));
    assertEquals("-", Page.percent(0));
    assertEquals("-", Page.percent(-0.0004));
  }

  @Test
  void aPageThatNobodyReadsIsBroken() {
    Writer closed =
        new Writer() {
          @Override
          public void write(char[] text, int from, int length) throws IOException {
            throw new IOException("broken pipe");
          }

          @Override
          public void flush() {}

          @Override
          public void close() {}
        };
    Page page = new Page(new PrintWriter(closed), false);

    page.row("anybody?");

    assertTrue(page.broken());
    assertFalse(plain.broken());
  }
}
