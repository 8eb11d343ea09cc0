package dev.windfall.kind.demo;

import java.io.PrintWriter;
import java.time.Duration;
import java.util.Locale;

/**
 * Where the demo writes: lines of at most 100 columns, in colour only where somebody looks at a
 * terminal. Some of it is what users wrote, so a character that would move a cursor is a space.
 */
final class Page {
  static final int WIDTH = 100;

  private static final int WIDEST_INDENT = WIDTH / 2;

  private final PrintWriter out;
  private final boolean colour;

  enum Ink {
    PLAIN(""),
    BOLD("1"),
    DIM("2"),
    RED("31"),
    GREEN("32"),
    YELLOW("33"),
    CYAN("36");

    private final String code;

    Ink(String code) {
      this.code = code;
    }
  }

  Page(PrintWriter out, boolean colour) {
    this.out = out;
    this.colour = colour;
  }

  void blank() {
    row("");
  }

  /** A row of a table, cut at the edge. */
  void row(String text) {
    row(Ink.PLAIN, text);
  }

  /** A row of a table in one colour, cut at the edge. */
  void row(Ink ink, String text) {
    paint(ink, cut(text));
  }

  /** Words, broken between lines; those after the first begin under the first word. */
  void words(Ink ink, String text) {
    String clean = clean(text);
    int indent = Math.min(clean.length() - clean.stripLeading().length(), WIDEST_INDENT);
    String margin = " ".repeat(indent);
    StringBuilder line = new StringBuilder(margin);
    for (String word : clean.strip().split(" ", -1)) {
      if (line.length() + 1 + word.length() > WIDTH && line.length() > indent) {
        paint(ink, line.toString());
        line.setLength(0);
        line.append(margin);
      }
      line.append(line.length() == indent ? "" : " ").append(word);
      while (line.length() > WIDTH) {
        int edge = edge(line, WIDTH);
        paint(ink, line.substring(0, edge));
        line.replace(0, edge, margin);
      }
    }
    paint(ink, line.toString());
  }

  /** What a part is about. */
  void section(String title, String words) {
    blank();
    row(Ink.BOLD, title.toUpperCase(Locale.ROOT));
    words(Ink.DIM, words);
  }

  /** Whether nobody reads any more: the other end of a pipe is closed. */
  boolean broken() {
    return out.checkError();
  }

  private void paint(Ink ink, String line) {
    String text = line.stripTrailing();
    boolean painted = colour && ink != Ink.PLAIN && !text.isEmpty();
    out.println(painted ? "\033[" + ink.code + "m" + text + "\033[0m" : text);
    out.flush();
  }

  private static String cut(String text) {
    String line = clean(text).stripTrailing();
    return line.length() > WIDTH ? line.substring(0, edge(line, WIDTH - 1)) + "…" : line;
  }

  private static String clean(String text) {
    return text.replaceAll("\\R|\\p{Cc}", " ");
  }

  /** Where to end a line that is too long: at the column, or before a pair that stands there. */
  private static int edge(CharSequence line, int column) {
    return Character.isHighSurrogate(line.charAt(column - 1)) ? column - 1 : column;
  }

  /** USD with four decimals, as prices of spot capacity have. */
  static String usd(double dollars) {
    return String.format(Locale.ROOT, "%.4f", dollars);
  }

  /** Seconds with one decimal. */
  static String seconds(Duration time) {
    return String.format(Locale.ROOT, "%.1f", time.toMillis() / 1000.0);
  }

  /** A move of a price: {@code -4.1%}. */
  static String percent(double moved) {
    return Math.abs(moved) < 0.0005 ? "-" : String.format(Locale.ROOT, "%+.1f%%", 100 * moved);
  }
}
