package dev.windfall.market;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * How one source is.
 *
 * @param name such as {@code file market.yaml}
 * @param offers how many it contributes
 * @param lastSuccess when it was last read without an error; empty: never
 * @param error why the last reading failed; empty: it did not, and the offers are what it says now
 * @param leftOut what was wrong with single offers, a sentence each
 * @param troubles what it could not be asked, while the rest was, a sentence each
 */
public record SourceHealth(
    String name,
    int offers,
    Optional<Instant> lastSuccess,
    Optional<String> error,
    List<String> leftOut,
    List<String> troubles) {

  /** What the sentence about a question says whose last answer still counts. */
  public static final String STAYS = "what it said last stays in force";

  public SourceHealth {
    leftOut = List.copyOf(leftOut);
    troubles = List.copyOf(troubles);
  }

  /** Of a source that is asked all at once, or not at all. */
  public SourceHealth(
      String name,
      int offers,
      Optional<Instant> lastSuccess,
      Optional<String> error,
      List<String> leftOut) {
    this(name, offers, lastSuccess, error, leftOut, List.of());
  }
}
