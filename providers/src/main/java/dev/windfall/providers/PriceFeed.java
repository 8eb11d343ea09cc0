package dev.windfall.providers;

import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.System.Logger;
import java.lang.System.Logger.Level;
import java.time.Instant;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Keeps the price book: asks every source in turn and publishes what they say together.
 *
 * <p>All state belongs to the thread {@code prices}; others see the book, by one volatile read. A
 * source that fails leaves what it said last in force.
 */
public final class PriceFeed implements AutoCloseable {
  private static final Logger LOG = System.getLogger(PriceFeed.class.getName());

  private final List<Entry> entries = new ArrayList<>();
  private final InstantSource clock;
  private final ScheduledExecutorService thread;
  private final List<Runnable> callbacks = new CopyOnWriteArrayList<>();

  private final Gauge up;
  private final Gauge offers;
  private final Gauge leftOut;
  private final Gauge lastSuccess;
  private final Counter failures;

  private volatile PriceBook book = PriceBook.empty();

  /** One source and what is known of it. */
  private static final class Entry {
    final Source source;
    @Nullable Quotes quotes;
    @Nullable Instant lastSuccess;
    @Nullable String error;

    Entry(Source source) {
      this.source = source;
    }
  }

  /** A feed that asks nobody until {@link #start}. */
  public PriceFeed(List<Source> sources, InstantSource clock, PrometheusRegistry registry) {
    sources.forEach(source -> entries.add(new Entry(source)));
    this.clock = clock;
    this.thread =
        Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("prices").factory());
    up = gauge("windfall_source_up", "1 while the source can be read, else 0", registry);
    offers = gauge("windfall_source_offers", "Offers the source contributes", registry);
    leftOut =
        gauge("windfall_source_left_out", "Offers of the source that cannot be used", registry);
    lastSuccess =
        gauge(
            "windfall_source_last_success_timestamp_seconds",
            "When the source was last read",
            registry);
    failures =
        Counter.builder()
            .name("windfall_source_failures_total")
            .help("Times the source could not be read")
            .labelNames("source")
            .register(registry);
  }

  private static Gauge gauge(String name, String help, PrometheusRegistry registry) {
    return Gauge.builder().name(name).help(help).labelNames("source").register(registry);
  }

  /**
   * Asks every source once on the caller's thread, so that a book is there, and then each at its
   * own pace.
   */
  public void start() {
    entries.forEach(this::ask);
    for (Entry entry : entries) {
      long every = entry.source.every().toMillis();
      var _ =
          thread.scheduleWithFixedDelay(() -> askAgain(entry), every, every, TimeUnit.MILLISECONDS);
    }
  }

  /** The book of now; {@link PriceBook#empty} until a source could be read. */
  public PriceBook book() {
    return book;
  }

  /** Calls {@code callback} on the feed's thread after a new book; it must return soon. */
  public void onChange(Runnable callback) {
    callbacks.add(callback);
  }

  @Override
  public void close() {
    thread.shutdownNow();
  }

  /** An executor would keep to itself why it asks no more. */
  private void askAgain(Entry entry) {
    try {
      ask(entry);
    } catch (Error e) {
      Thread current = Thread.currentThread();
      current.getUncaughtExceptionHandler().uncaughtException(current, e);
      throw e;
    }
  }

  private void ask(Entry entry) {
    String name = entry.source.name();
    boolean changed;
    try {
      Optional<Quotes> said = entry.source.poll();
      changed = said.isPresent() || entry.error != null;
      if (entry.error != null) {
        LOG.log(Level.INFO, "{0} can be read again", name);
      }
      said.ifPresent(quotes -> take(entry, quotes));
      entry.error = null;
      entry.lastSuccess = clock.instant();
      up.labelValues(name).set(1);
      lastSuccess.labelValues(name).set((double) entry.lastSuccess.getEpochSecond());
    } catch (SourceException e) {
      changed = !String.valueOf(e.getMessage()).equals(entry.error);
      fail(entry, String.valueOf(e.getMessage()), changed);
    } catch (RuntimeException e) {
      // A source that breaks its word must not end the thread that asks all the others.
      changed = !e.toString().equals(entry.error);
      fail(entry, e.toString(), changed);
    }
    if (changed) {
      publish();
    }
  }

  private void take(Entry entry, Quotes quotes) {
    String name = entry.source.name();
    entry.quotes = quotes;
    offers.labelValues(name).set(quotes.offers().size());
    leftOut.labelValues(name).set(quotes.leftOut().size());
    LOG.log(Level.INFO, "{0}: {1} offers", name, quotes.offers().size());
    quotes.leftOut().forEach(problem -> LOG.log(Level.WARNING, "{0}", problem));
  }

  private void fail(Entry entry, String error, boolean first) {
    entry.error = error;
    up.labelValues(entry.source.name()).set(0);
    failures.labelValues(entry.source.name()).inc();
    if (first) {
      String consequence =
          entry.quotes == null ? "it offers nothing yet" : "what it said last stays in force";
      LOG.log(Level.WARNING, "{0}: {1}; {2}", entry.source.name(), error, consequence);
    }
  }

  private void publish() {
    List<Offer> offered = new ArrayList<>();
    List<SourceHealth> health = new ArrayList<>();
    for (Entry entry : entries) {
      List<Offer> own = entry.quotes == null ? List.of() : entry.quotes.offers();
      for (Offer offer : own) {
        offered.add(entry.error == null ? offer : noLongerVouchedFor(offer, entry.lastSuccess));
      }
      health.add(
          new SourceHealth(
              entry.source.name(),
              own.size(),
              Optional.ofNullable(entry.lastSuccess),
              Optional.ofNullable(entry.error),
              entry.quotes == null ? List.of() : entry.quotes.leftOut()));
    }
    book = PriceBook.of(offered, health);
    for (Runnable callback : callbacks) {
      try {
        callback.run();
      } catch (RuntimeException e) {
        LOG.log(Level.ERROR, "telling that prices changed", e);
      }
    }
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
