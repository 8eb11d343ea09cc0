package dev.windfall.providers;

import dev.windfall.market.History;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Duration;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the price book: has every source asked, and publishes what they say together.
 *
 * <p>Each source is asked by a thread of its own, so that a slow one holds up no other. All state
 * belongs to the thread {@code prices}, to which they bring their answers; others see the book, by
 * one volatile read. A source that fails leaves what it said last in force.
 */
public final class PriceFeed implements AutoCloseable {
  /** The metric of what its sources told Windfall it may not ask, in its label {@code right}. */
  public static final String DENIED = "windfall_source_denied";

  private static final Logger LOG = System.getLogger(PriceFeed.class.getName());

  private final List<Entry> entries = new ArrayList<>();
  private final List<Asker> askers = new ArrayList<>();
  private final InstantSource clock;
  private final ExecutorService owner;
  private final List<Runnable> callbacks = new CopyOnWriteArrayList<>();
  private final CountDownLatch unanswered;
  private final FeedMetrics metrics;

  private History history = History.empty();

  private volatile PriceBook book = PriceBook.empty();

  /** One source and what is known of it. */
  private static final class Entry {
    final String name;
    @Nullable Quotes quotes;
    private @Nullable Set<OfferKey> keys;
    @Nullable Instant lastSuccess;
    @Nullable String error;
    boolean answered;
    BooleanSupplier asked = () -> true;

    Entry(String name) {
      this.name = name;
    }

    /** Made when first asked for: most sources are repeated by nobody. */
    boolean offers(OfferKey key) {
      if (keys == null) {
        List<Offer> own = quotes == null ? List.of() : quotes.offers();
        keys = own.stream().map(Offer::key).collect(Collectors.toSet());
      }
      return keys.contains(key);
    }
  }

  /** A feed that asks nobody until {@link #start}. */
  public PriceFeed(List<Source> sources, InstantSource clock, PrometheusRegistry registry) {
    this(sources, () -> true, clock, registry);
  }

  /**
   * A feed that asks nobody until {@link #start}.
   *
   * @param leading whether this replica leads now, which some sources are asked for only then
   */
  public PriceFeed(
      List<Source> sources,
      BooleanSupplier leading,
      InstantSource clock,
      PrometheusRegistry registry) {
    for (Source source : sources) {
      Entry entry = new Entry(source.name());
      entries.add(entry);
      Asker asker = new Asker(source, leading, answer -> bring(entry, answer));
      entry.asked = asker::mayAsk;
      askers.add(asker);
    }
    this.clock = clock;
    this.unanswered = new CountDownLatch(entries.size());
    this.metrics = new FeedMetrics(registry);
    this.owner =
        Executors.newSingleThreadExecutor(Thread.ofPlatform().daemon().name("prices").factory());
  }

  /** Has every source asked from now on, each at its own pace. Returns at once. */
  public void start() {
    askers.forEach(Asker::start);
  }

  /**
   * Waits until each source has answered once or failed to.
   *
   * @return whether that was so before {@code atMost} was over
   */
  boolean awaitAnswers(Duration atMost) throws InterruptedException {
    return unanswered.await(atMost.toMillis(), TimeUnit.MILLISECONDS);
  }

  /** The book of now; {@link PriceBook#empty} until a source could be read. */
  public PriceBook book() {
    return book;
  }

  /**
   * Makes the next books, and one now, of what became of the offers too. What that is expected to
   * lead to depends on the time, so whoever remembers says so again from time to time.
   */
  public void remember(History newest) {
    remember(newest, () -> {});
  }

  /**
   * The same.
   *
   * @param carried is run on the feed's thread once no book is there that lacks {@code newest}
   */
  public void remember(History newest, Runnable carried) {
    try {
      owner.execute(() -> {
        history = newest;
        if (!book.offers().isEmpty()) {
          publish();
        }
        carried.run();
      });
    } catch (RejectedExecutionException e) {
      LOG.log(Level.DEBUG, "remembered after the end");
    }
  }

  /** Calls {@code callback} on the feed's thread after a new book; it must return soon. */
  public void onChange(Runnable callback) {
    callbacks.add(callback);
  }

  @Override
  public void close() {
    askers.forEach(Asker::close);
    owner.shutdownNow();
  }

  private void bring(Entry entry, Asker.Answer answer) {
    try {
      owner.execute(() -> receive(entry, answer));
    } catch (RejectedExecutionException e) {
      LOG.log(Level.DEBUG, "{0} answered after the end", entry.name);
    }
  }

  private void receive(Entry entry, Asker.Answer answer) {
    boolean changed =
        switch (answer) {
          case Asker.Answer.Said said -> take(entry, said.quotes());
          case Asker.Answer.Failed failed -> fail(entry, failed);
        };
    if (changed) {
      publish();
    }
    if (!entry.answered) {
      entry.answered = true;
      unanswered.countDown();
    }
  }

  private boolean take(Entry entry, Optional<Quotes> said) {
    boolean back = entry.error != null;
    if (back) {
      LOG.log(Level.INFO, "{0} can be read again", entry.name);
    }
    said.ifPresent(quotes -> {
      report(entry, quotes);
      entry.quotes = quotes;
      entry.keys = null;
      metrics.said(entry.name, quotes);
    });
    entry.error = null;
    Instant now = clock.instant();
    entry.lastSuccess = now;
    metrics.read(entry.name, now, entry.quotes == null ? Set.of() : entry.quotes.denied());
    return said.isPresent() || back;
  }

  /** Writes down what is news: a source that is asked every minute mostly says the same. */
  private static void report(Entry entry, Quotes quotes) {
    List<String> known = new ArrayList<>();
    if (entry.quotes == null || entry.quotes.offers().size() != quotes.offers().size()) {
      LOG.log(Level.INFO, "{0}: {1} offers", entry.name, quotes.offers().size());
    }
    if (entry.quotes != null) {
      known.addAll(entry.quotes.leftOut());
      known.addAll(entry.quotes.troubles());
    }
    quotes.leftOut().stream()
        .filter(problem -> !known.contains(problem))
        .forEach(problem -> LOG.log(Level.WARNING, "{0}", problem));
    quotes.troubles().stream()
        .filter(trouble -> !known.contains(trouble))
        .forEach(trouble -> LOG.log(Level.WARNING, "{0}: {1}", entry.name, trouble));
  }

  private boolean fail(Entry entry, Asker.Answer.Failed failed) {
    String error = failed.error();
    boolean news = !error.equals(entry.error);
    entry.error = error;
    metrics.failed(entry.name, failed.denied());
    if (news) {
      String consequence =
          entry.quotes == null ? "it offers nothing yet" : "what it said last stays in force";
      LOG.log(Level.WARNING, "{0}: {1}; {2}", entry.name, error, consequence);
    }
    return news;
  }

  private void publish() {
    List<Offer> offered = new ArrayList<>();
    List<SourceHealth> health = new ArrayList<>();
    for (Entry entry : entries) {
      List<Offer> own = entry.quotes == null ? List.of() : entry.quotes.offers();
      for (Offer offer : own) {
        if (ended(entry, offer)) {
          continue;
        }
        boolean vouched = entry.error == null && entry.asked.getAsBoolean();
        offered.add(vouched ? offer : noLongerVouchedFor(offer, entry.lastSuccess));
      }
      health.add(
          new SourceHealth(
              entry.name,
              own.size(),
              Optional.ofNullable(entry.lastSuccess),
              Optional.ofNullable(entry.error),
              entry.quotes == null ? List.of() : entry.quotes.leftOut(),
              entry.quotes == null ? List.of() : entry.quotes.troubles()));
    }
    PriceBook next = PriceBook.of(Newest.of(offered), health, history, clock.instant());
    health.forEach(
        source -> next.lastRead(source).ifPresent(at -> metrics.lastRead(source.name(), at)));
    book = next;
    for (Runnable callback : callbacks) {
      try {
        callback.run();
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "telling that prices changed", e);
      }
    }
  }

  /**
   * Whether {@code teller} repeats what the offer's own source does not say any more. Published
   * offers would otherwise live for ever: whoever reads them publishes them again. A source that
   * could not be asked everything may have it still.
   */
  private boolean ended(Entry teller, Offer offer) {
    for (Entry own : entries) {
      if (own != teller && own.name.equals(offer.source())) {
        return own.error == null
            && own.quotes != null
            && own.quotes.troubles().isEmpty()
            && own.lastSuccess != null
            && offer.observedAt().filter(own.lastSuccess::isAfter).isPresent()
            && !own.offers(offer.key());
      }
    }
    return false;
  }

  /**
   * A price without a time holds while its source can be read; from then on it ages like any other.
   */
  private static Offer noLongerVouchedFor(Offer offer, @Nullable Instant lastSuccess) {
    return offer.observedAt().isPresent() || lastSuccess == null
        ? offer
        : offer.observedAt(lastSuccess);
  }
}
