package dev.windfall.server;

import dev.windfall.cluster.ClusterException;
import dev.windfall.market.BookCodec;
import dev.windfall.market.Offer;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.Source;
import dev.windfall.providers.SourceException;
import dev.windfall.reconciler.publish.PublishedBook;
import java.io.IOException;
import java.time.Duration;
import java.time.InstantSource;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * The price book in the cluster, as a source: what the leader was told by sources that only it
 * asks. Each offer keeps the name of the source that told.
 */
final class PublishedPrices implements Source {
  private final PublishedBook book;
  private final Set<String> sources;
  private final InstantSource clock;

  /**
   * Reads nothing yet.
   *
   * @param sources those that count: one that is no longer configured has nothing to say
   */
  PublishedPrices(PublishedBook book, Set<String> sources, InstantSource clock) {
    this.book = book;
    this.sources = Set.copyOf(sources);
    this.clock = clock;
  }

  @Override
  public String name() {
    return "published price book";
  }

  @Override
  public Duration every() {
    return Duration.ofSeconds(10);
  }

  @Override
  public Optional<Quotes> poll() {
    try {
      return book.read(clock.instant()).map(this::quotes);
    } catch (IOException | ClusterException e) {
      throw new SourceException(String.valueOf(e.getMessage()), e);
    }
  }

  private Quotes quotes(BookCodec.Reading reading) {
    List<Offer> known =
        reading.offers().stream()
            .filter(offer -> sources.contains(offer.source()))
            .filter(offer -> offer.observedAt().isPresent())
            .toList();
    return new Quotes(known, reading.leftOut(), List.of());
  }
}
