package dev.windfall.server;

import dev.windfall.market.PriceBook;
import dev.windfall.market.ScoreBound;
import dev.windfall.policies.LeftoverNodePool;
import dev.windfall.policies.LeftoverTranslation;
import dev.windfall.policies.SpotPool;
import dev.windfall.policies.UnreadableException;
import java.nio.file.Path;
import java.time.Instant;
import java.util.function.Consumer;

/** A file that says what may be bought: a SpotPool, or what comes to one. */
final class PoolFile {
  private PoolFile() {}

  /**
   * Reads it.
   *
   * @param notes are told what in it has no effect
   * @throws FailureException when there is anything wrong with it
   */
  static SpotPool read(Path file, PriceBook book, Instant now, Consumer<String> notes) {
    String text = DocumentFiles.required(file);
    try {
      return LeftoverNodePool.is(file.toString(), text)
          ? leftover(LeftoverNodePool.read(file.toString(), text), book, now, notes)
          : SpotPool.read(file.toString(), text);
    } catch (UnreadableException e) {
      throw new FailureException(String.valueOf(e.getMessage()));
    }
  }

  /** As the cluster would have it, but for its node class, which ranks nothing. */
  private static SpotPool leftover(
      LeftoverNodePool from, PriceBook book, Instant now, Consumer<String> notes) {
    LeftoverTranslation.Translated.Made bounded = LeftoverTranslation.ranked(from, true);
    boolean met = ScoreBound.met(bounded.pool(), from.minSpotScore(), book, now).orElse(true);
    LeftoverTranslation.Translated.Made made =
        met ? bounded : LeftoverTranslation.ranked(from, false);
    made.notes().forEach(notes);
    return made.pool();
  }
}
