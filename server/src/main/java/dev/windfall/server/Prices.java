package dev.windfall.server;

import dev.windfall.cluster.Clocks;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import dev.windfall.policies.WindfallConfig;
import dev.windfall.providers.PriceFeed;
import dev.windfall.providers.Source;
import dev.windfall.providers.aws.AwsSource;
import dev.windfall.providers.file.FileSource;
import dev.windfall.reconciler.publish.PublishedBook;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.System.Logger.Level;
import java.time.InstantSource;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/** The prices at the start. What is wrong with them is put right outside, so it is waited for. */
final class Prices {
  private static final System.Logger LOG = System.getLogger(Prices.class.getName());

  private Prices() {}

  /**
   * A feed from the sources of the configuration, which asks nobody yet.
   *
   * @param published what the leader publishes; empty where every replica asks every source
   * @param leading whether this replica leads now
   * @param scored for how many machines placement scores are asked
   */
  static PriceFeed feed(
      List<WindfallConfig.Source> configured,
      Optional<PublishedBook> published,
      BooleanSupplier leading,
      ScoredNodes scored,
      Clocks clocks,
      PrometheusRegistry registry) {
    List<Source> sources = new ArrayList<>(sources(configured, scored, clocks.wall()));
    published.ifPresent(book ->
        sources.add(new PublishedPrices(book, published(configured, clocks), clocks.wall())));
    return new PriceFeed(sources, leading, clocks.wall(), registry);
  }

  /** The names of the sources that only the leader asks. */
  static Set<String> published(List<WindfallConfig.Source> configured, Clocks clocks) {
    return sources(configured, new ScoredNodes(), clocks.wall()).stream()
        .filter(Source::leaderOnly)
        .map(Source::name)
        .collect(Collectors.toSet());
  }

  /** The sources of the configuration; what one of them needs is loaded when it is first asked. */
  static List<Source> sources(
      List<WindfallConfig.Source> sources, ScoredNodes scored, InstantSource clock) {
    return sources.stream().flatMap(source -> sources(source, scored, clock)).toList();
  }

  private static Stream<Source> sources(
      WindfallConfig.Source source, ScoredNodes scored, InstantSource clock) {
    return switch (source) {
      case WindfallConfig.Source.File file -> Stream.of(new FileSource(file.path(), clock));
      case WindfallConfig.Source.Aws aws ->
          aws.regions().stream()
              .map(region ->
                  new AwsSource(
                      region, aws.every(), aws.endpoints(), () -> scored.in(region), clock));
    };
  }

  /**
   * Starts the feed, and returns what opens when there is a price.
   *
   * @param read says meanwhile which source cannot be read, and why
   */
  static CountDownLatch start(PriceFeed feed, Readiness.Step read) {
    CountDownLatch there = new CountDownLatch(1);
    AtomicBoolean warned = new AtomicBoolean();
    feed.onChange(() -> {
      PriceBook book = feed.book();
      if (!book.offers().isEmpty()) {
        read.done();
        there.countDown();
        return;
      }
      read.says(missing(book));
      boolean allFailed = book.sources().stream().allMatch(one -> one.error().isPresent());
      if (allFailed && !warned.getAndSet(true)) {
        LOG.log(
            Level.WARNING,
            "{0}; the ports of webhook and extender stay closed until one can",
            missing(book));
      }
    });
    feed.start();
    return there;
  }

  private static String missing(PriceBook book) {
    return "no source of prices can be read; "
        + book.sources().stream().map(Prices::sentence).collect(Collectors.joining("; "));
  }

  private static String sentence(SourceHealth health) {
    return health.name() + ": " + health.error().orElse("has not answered yet");
  }
}
