package dev.windfall.market;

import dev.windfall.policies.Gpu;
import dev.windfall.policies.Shared;
import dev.windfall.policies.Usd;
import java.time.DateTimeException;
import java.time.Instant;
import java.time.LocalDate;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;

/** What the texts and numbers of one price book's document mean; of equal values one is kept. */
final class BookValues {
  private final Shared<String> texts = new Shared<>();
  private final Shared<Gpu> gpus = new Shared<>();
  private final Shared<Basis> bases = new Shared<>();

  /** By their texts: a book says a few times again and again, and to parse one is much work. */
  private final Map<String, Optional<Instant>> times = new HashMap<>();

  private final Shared<Optional<String>> words = new Shared<>();
  private final Shared<OptionalInt> scores = new Shared<>();

  /** That what is read is no value, to go after a name. */
  static final class NoValueException extends Exception {
    private static final long serialVersionUID = 1L;

    NoValueException(String message) {
      super(message);
    }
  }

  String text(String text) {
    return texts.of(text);
  }

  Gpu gpu(Gpu gpu) {
    return gpus.of(gpu);
  }

  Usd usd(String text) throws NoValueException {
    try {
      return Usd.parse(text);
    } catch (IllegalArgumentException e) {
      throw new NoValueException("usdPerHour \"" + text + "\" " + e.getMessage());
    }
  }

  Basis basis(String table) throws NoValueException {
    try {
      return table.isEmpty() ? Basis.QUOTED : bases.of(new Basis.Listed(LocalDate.parse(table)));
    } catch (DateTimeException e) {
      throw new NoValueException("\"" + table + "\" is no day");
    }
  }

  Optional<Instant> time(String text) throws NoValueException {
    if (text.isEmpty()) {
      return Optional.empty();
    }
    try {
      return times.computeIfAbsent(text, t -> Optional.of(Instant.parse(t)));
    } catch (DateTimeException e) {
      throw new NoValueException("\"" + text + "\" is no time");
    }
  }

  Optional<String> word(String text) {
    return text.isEmpty() ? Optional.empty() : words.of(Optional.of(text));
  }

  OptionalInt score(int score) {
    return score == 0 ? OptionalInt.empty() : scores.of(OptionalInt.of(score));
  }
}
