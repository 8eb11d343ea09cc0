package dev.windfall.reconciler.publish;

import dev.windfall.market.BookCodec;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * What shall be written of a book. Pure.
 *
 * @param pointer what is written last
 * @param parts the bytes of the book, in pieces that a ConfigMap holds
 * @param reason why, for a log
 */
record Publication(Pointer pointer, List<byte[]> parts, String reason) {

  /** Clocks differ by less. */
  private static final Duration AHEAD = Duration.ofMinutes(5);

  /** Whether the book stands in the pointer's own ConfigMap. */
  boolean whole() {
    return pointer.parts() == 0;
  }

  /**
   * What of {@code book} the named sources know. A price that its source vouches for gets the time
   * at which it did: nobody who reads of it can ask the source.
   */
  static PriceBook only(PriceBook book, Set<String> sources) {
    List<SourceHealth> health =
        book.sources().stream().filter(source -> sources.contains(source.name())).toList();
    Map<String, Instant> read = new HashMap<>();
    health.forEach(source -> source.lastSuccess().ifPresent(at -> read.put(source.name(), at)));
    List<Offer> offers =
        book.offers().stream()
            .filter(offer -> sources.contains(offer.source()))
            .filter(offer -> offer.observedAt().isPresent() || read.containsKey(offer.source()))
            .map(offer ->
                offer.observedAt().isPresent()
                    ? offer
                    : offer.observedAt(read.getOrDefault(offer.source(), Instant.MIN)))
            .toList();
    return PriceBook.of(offers, health);
  }

  /**
   * What to write; empty when what is there will do.
   *
   * @param book what shall be known
   * @param published what is published; empty: nothing that can be used
   * @param maxQuoteAge the smallest age from which a price does not count for somebody
   * @param most bytes of one ConfigMap
   * @throws IllegalStateException when the book is larger than all parts together
   */
  static Optional<Publication> of(
      PriceBook book, Optional<Pointer> published, Duration maxQuoteAge, Instant now, int most) {
    if (book.offers().isEmpty()) {
      // Whoever knows nothing takes nothing away from those who do.
      return Optional.empty();
    }
    // Whatever says that it knows the future would never be replaced.
    Optional<Pointer> there =
        published.filter(pointer -> !pointer.newest().isAfter(now.plus(AHEAD)));
    String says = says(book);
    Instant newest = newest(book, now);
    String reason;
    if (there.isEmpty()) {
      reason = "nothing that can be read is published";
    } else if (newest.isBefore(there.get().newest())) {
      // A replica that has just begun to lead knows less than the one before it published.
      return Optional.empty();
    } else if (!there.get().says().equals(says)) {
      reason = "something moved";
    } else if (newest.isAfter(there.get().newest())
        && !now.isBefore(there.get().newest().plus(maxQuoteAge.dividedBy(2)))) {
      reason = "what is published would soon be too old";
    } else {
      return Optional.empty();
    }
    byte[] bytes = BookCodec.write(book);
    List<byte[]> parts = split(bytes, most);
    if (parts.size() > Pointer.MOST_PARTS) {
      throw new IllegalStateException(
          "the price book has %d KiB, and at most %d can be published"
              .formatted(bytes.length >> 10, ((long) Pointer.MOST_PARTS * most) >> 10));
    }
    Pointer pointer =
        new Pointer(
            published.map(Pointer::generation).orElse(0L) + 1,
            parts.size() == 1 ? 0 : parts.size(),
            Pointer.digest(parts),
            says,
            newest,
            now);
    return Optional.of(new Publication(pointer, parts, reason));
  }

  private static List<byte[]> split(byte[] bytes, int most) {
    List<byte[]> parts = new ArrayList<>();
    for (int from = 0; from < bytes.length; from += most) {
      parts.add(Arrays.copyOfRange(bytes, from, Math.min(bytes.length, from + most)));
    }
    return parts;
  }

  private static String says(PriceBook book) {
    String sources =
        book.sources().stream()
            .map(source -> source.name() + ": " + source.error().orElse(""))
            .collect(Collectors.joining("\n"));
    return book.version() + "-" + Pointer.shortened(sources);
  }

  private static Instant newest(PriceBook book, Instant now) {
    return book.offers().stream()
        .flatMap(offer -> offer.observedAt().stream())
        .max(Instant::compareTo)
        .orElse(now);
  }
}
