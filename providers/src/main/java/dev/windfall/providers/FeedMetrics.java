package dev.windfall.providers;

import io.prometheus.metrics.core.metrics.Counter;
import io.prometheus.metrics.core.metrics.Gauge;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import java.util.Set;

/** How the sources are, in numbers. Belongs to the feed's thread. */
final class FeedMetrics {
  private final Gauge up;
  private final Gauge offers;
  private final Gauge leftOut;
  private final Gauge troubles;
  private final Gauge denied;
  private final Gauge lastSuccess;
  private final Counter failures;

  /** By source, the rights that it lacked last. */
  private final Map<String, Set<String>> lacking = new HashMap<>();

  FeedMetrics(PrometheusRegistry registry) {
    up = gauge("windfall_source_up", "1 while the source can be read, else 0", registry);
    offers = gauge("windfall_source_offers", "Offers the source contributes", registry);
    leftOut =
        gauge("windfall_source_left_out", "Offers of the source that cannot be used", registry);
    troubles =
        gauge(
            "windfall_source_troubles",
            "Questions that the source does not answer, while it answers others",
            registry);
    denied =
        Gauge.builder()
            .name(PriceFeed.DENIED)
            .help("1 for each right that the source told Windfall it lacks")
            .labelNames("source", "right")
            .register(registry);
    lastSuccess =
        gauge(
            "windfall_source_last_success_timestamp_seconds",
            "When the source was last read, by whichever replica",
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

  void said(String source, Quotes quotes) {
    offers.labelValues(source).set(quotes.offers().size());
    leftOut.labelValues(source).set(quotes.leftOut().size());
    troubles.labelValues(source).set(quotes.troubles().size());
  }

  private void denied(String source, Set<String> rights) {
    Set<String> before = Objects.requireNonNullElse(lacking.put(source, rights), Set.of());
    before.stream()
        .filter(right -> !rights.contains(right))
        .forEach(right -> denied.remove(source, right));
    rights.forEach(right -> denied.labelValues(source, right).set(1));
  }

  void read(String source, Instant at, Set<String> rights) {
    denied(source, rights);
    up.labelValues(source).set(1);
    lastRead(source, at);
  }

  void lastRead(String source, Instant at) {
    lastSuccess.labelValues(source).set((double) at.getEpochSecond());
  }

  void failed(String source, Set<String> rights) {
    denied(source, rights);
    up.labelValues(source).set(0);
    failures.labelValues(source).inc();
  }
}
