package dev.windfall.server;

import dev.windfall.cluster.Clocks;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import dev.windfall.policies.WindfallConfig;
import dev.windfall.providers.PriceFeed;
import dev.windfall.providers.Source;
import dev.windfall.providers.file.FileSource;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.lang.System.Logger.Level;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Collectors;

/** The prices at the start. What is wrong with them is put right outside, so it is waited for. */
final class Prices {
  private static final System.Logger LOG = System.getLogger(Prices.class.getName());

  private Prices() {}

  /** A feed from the sources of the configuration, which asks nobody yet. */
  static PriceFeed feed(
      List<WindfallConfig.Source> sources, Clocks clocks, PrometheusRegistry registry) {
    List<Source> all = sources.stream().map(source -> source(source, clocks)).toList();
    return new PriceFeed(all, clocks.wall(), registry);
  }

  private static Source source(WindfallConfig.Source source, Clocks clocks) {
    return switch (source) {
      case WindfallConfig.Source.File file -> new FileSource(file.path(), clocks.wall());
    };
  }

  /**
   * Starts the feed, and returns when there is a price.
   *
   * @param read says meanwhile which source cannot be read, and why
   */
  static void await(PriceFeed feed, Readiness.Step read) throws InterruptedException {
    CountDownLatch there = new CountDownLatch(1);
    feed.onChange(() -> {
      if (feed.book().offers().isEmpty()) {
        read.says(missing(feed.book()));
      } else {
        there.countDown();
      }
    });
    feed.start();
    if (there.getCount() > 0) {
      LOG.log(
          Level.WARNING,
          "{0}; the ports of webhook and extender stay closed until one can",
          missing(feed.book()));
    }
    there.await();
    read.done();
  }

  private static String missing(PriceBook book) {
    return "no source of prices can be read; "
        + book.sources().stream().map(Prices::sentence).collect(Collectors.joining("; "));
  }

  private static String sentence(SourceHealth health) {
    return health.name() + ": " + health.error().orElse("holds no offer");
  }
}
