package dev.windfall.providers;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.Basis;
import dev.windfall.market.Offer;
import dev.windfall.market.OfferKey;
import dev.windfall.market.PriceBook;
import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import dev.windfall.policies.Gpu;
import dev.windfall.policies.Memory;
import dev.windfall.policies.Usd;
import io.prometheus.metrics.model.registry.PrometheusRegistry;
import io.prometheus.metrics.model.snapshots.GaugeSnapshot;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayDeque;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.Queue;
import java.util.Set;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;
import java.util.stream.Collectors;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class PriceFeedTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");

  private PriceFeed feed = new PriceFeed(List.of(), () -> NOW, new PrometheusRegistry());

  @AfterEach
  void stop() {
    feed.close();
  }

  @Test
  void aBookIsThereOnceEachSourceHasAnswered() throws InterruptedException {
    feed = feed(new Scripted("a", List.of(() -> quotes("0.40"))));
    assertEquals(0, feed.book().offers().size());

    start();

    assertEquals("0.40", price(feed.book()));
  }

  @Test
  void aSourceThatFailsLeavesWhatItSaidLast() throws InterruptedException {
    feed = feed(new Scripted("a", List.of(() -> quotes("0.40"), PriceFeedTest::fail)));

    PriceBook after = startAndAwaitChanges(1);

    assertEquals("0.40", price(after));
    assertEquals(Optional.of("gone"), after.sources().getFirst().error());
  }

  /**
   * Its file gives no time, so the price holds while the file can be read and ages from then on.
   */
  @Test
  void aPriceWithoutATimeAgesFromWhenItsSourceWasLastRead() throws InterruptedException {
    feed = feed(new Scripted("a", List.of(() -> quotes("0.40"), PriceFeedTest::fail)));

    PriceBook after = startAndAwaitChanges(1);

    assertEquals(Optional.of(NOW), after.offers().iterator().next().observedAt());
  }

  /** After a restart without the cloud nothing said how old its prices were. */
  @Test
  void whenASourceWasLastReadIsKnownFromAnotherReplicasPrices() throws InterruptedException {
    Instant earlier = NOW.minusSeconds(60);
    Offer published = quotes("0.40").orElseThrow().offers().getFirst().observedAt(earlier);
    Quotes said = new Quotes(List.of(published), List.of());
    PrometheusRegistry registry = new PrometheusRegistry();
    feed =
        new PriceFeed(
            List.of(
                new Scripted("published", List.of(() -> Optional.of(said))),
                new Scripted(published.source(), List.of(PriceFeedTest::fail))),
            () -> NOW,
            registry);

    start();

    assertEquals(
        Map.of("published", NOW, published.source(), earlier),
        gauge(registry, "windfall_source_last_success_timestamp_seconds"));
  }

  @Test
  void aSourceThatComesBackIsTakenAtItsWordAgain() throws InterruptedException {
    feed =
        feed(
            new Scripted("a", List.of(() -> quotes("0.40"), PriceFeedTest::fail, Optional::empty)));

    PriceBook after = startAndAwaitChanges(2);

    assertEquals(Optional.empty(), after.sources().getFirst().error());
    assertEquals(Optional.empty(), after.offers().iterator().next().observedAt());
  }

  @Test
  void aSourceThatBreaksItsWordDoesNotSilenceTheOthers() throws InterruptedException {
    Scripted broken =
        new Scripted(
            "broken",
            List.of(() -> {
              throw new IllegalStateException("a bug");
            }));
    feed = feed(broken, new Scripted("good", List.of(() -> quotes("0.40"))));

    start();

    assertEquals("0.40", price(feed.book()));
    assertTrue(feed.book().sources().getFirst().error().orElseThrow().contains("a bug"));
  }

  /** All sources once had one thread. */
  @Test
  void aSourceThatDoesNotAnswerHoldsUpNoOther() throws InterruptedException {
    CountDownLatch held = new CountDownLatch(1);
    Scripted slow =
        new Scripted(
            "slow",
            List.of(() -> {
              awaitQuietly(held);
              return quotes("0.30");
            }));
    feed = feed(slow, new Scripted("quick", List.of(() -> quotes("0.40"), () -> quotes("0.50"))));

    assertEquals("0.50", price(startAndAwaitChanges(1)));
    assertFalse(feed.awaitAnswers(Duration.ZERO));

    held.countDown();
    assertTrue(feed.awaitAnswers(Duration.ofSeconds(10)));
  }

  @Test
  void whatASourceCouldNotBeAskedIsSaidOfItsHealth() throws InterruptedException {
    Quotes some = quotes("0.40").orElseThrow();
    feed =
        feed(
            new Scripted(
                "a",
                List.of(() ->
                    Optional.of(
                        new Quotes(some.offers(), List.of(), List.of("scores are unknown"))))));

    start();

    assertEquals(List.of("scores are unknown"), feed.book().sources().getFirst().troubles());
    assertEquals(Optional.empty(), feed.book().sources().getFirst().error());
  }

  @Test
  void theRightsThatASourceLacksAreCountedByNameUntilItHasThem() throws InterruptedException {
    List<Offer> some = quotes("0.40").orElseThrow().offers();
    PrometheusRegistry registry = new PrometheusRegistry();
    feed =
        new PriceFeed(
            List.of(
                new Scripted("all", List.of(() -> lacking(some, "x:A"), () -> quotes("0.50"))),
                new Scripted(
                    "one", List.of(() -> lacking(some, "x:A", "x:B"), () -> lacking(some, "x:B"))),
                new Scripted("down", Collections.nCopies(1000, PriceFeedTest::denied))),
            () -> NOW,
            registry);

    PriceBook _ = startAndAwaitChanges(4);

    assertEquals(Set.of("one x:B", "down x:A"), lacked(registry));
  }

  /** It says nothing new, so what it lacks is what it lacked when it last said something. */
  @Test
  void aSourceThatComesBackLacksOnlyWhatItLackedBefore() throws InterruptedException {
    List<Offer> some = quotes("0.40").orElseThrow().offers();
    PrometheusRegistry registry = new PrometheusRegistry();
    feed =
        new PriceFeed(
            List.of(
                new Scripted(
                    "a",
                    List.of(() -> lacking(some, "x:B"), PriceFeedTest::denied, Optional::empty))),
            () -> NOW,
            registry);

    PriceBook _ = startAndAwaitChanges(2);

    assertEquals(Set.of("a x:B"), lacked(registry));
  }

  private static Optional<Quotes> denied() {
    throw new SourceException("x:A is denied", Set.of("x:A"));
  }

  private static Optional<Quotes> lacking(List<Offer> offers, String... rights) {
    return Optional.of(new Quotes(offers, List.of(), List.of("denied"), Set.of(rights)));
  }

  private static Set<String> lacked(PrometheusRegistry registry) {
    return registry.scrape(PriceFeed.DENIED::equals).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .map(point -> point.getLabels().get("source") + " " + point.getLabels().get("right"))
        .collect(Collectors.toSet());
  }

  @Test
  void aClosedFeedClosesItsSources() throws InterruptedException {
    CountDownLatch closed = new CountDownLatch(1);
    feed =
        feed(
            new Source() {
              @Override
              public String name() {
                return "a";
              }

              @Override
              public Duration every() {
                return Duration.ofHours(1);
              }

              @Override
              public Optional<Quotes> poll() {
                return quotes("0.40");
              }

              @Override
              public void close() {
                closed.countDown();
              }
            });
    start();

    feed.close();

    assertTrue(closed.await(10, TimeUnit.SECONDS));
  }

  /** The source was never asked again. */
  @Test
  void aListenerThatFailsSilencesNoSource() throws InterruptedException {
    feed = feed(new Scripted("a", List.of(() -> quotes("0.40"), () -> quotes("0.50"))));
    feed.onChange(() -> {
      throw new IllegalStateException("a bug");
    });

    assertEquals("0.50", price(startAndAwaitChanges(1)));
  }

  @Test
  void anErrorOfASourceIsAFailureToo() throws InterruptedException {
    feed =
        feed(
            new Scripted(
                "a",
                List.of(() -> {
                  throw new NoClassDefFoundError("a library");
                })));

    start();

    assertTrue(feed.book().sources().getFirst().error().orElseThrow().contains("a library"));
  }

  // What is published is what the leader read, and then published again.

  @Test
  void whatItsSourceNoLongerOffersIsNotBelievedOfThePublishedBook() throws InterruptedException {
    assertEquals(List.of("zone-1"), zones(List.of(), NOW.minusSeconds(1)));
  }

  @Test
  void whatAnotherReplicaLearntLaterIsBelieved() throws InterruptedException {
    assertEquals(List.of("zone-1", "zone-2"), zones(List.of(), NOW.plusSeconds(1)));
  }

  /** Such as all spot prices, of a replica that started while they were throttled. */
  @Test
  void whatItsSourceCouldNotBeAskedIsBelieved() throws InterruptedException {
    assertEquals(
        List.of("zone-1", "zone-2"), zones(List.of("prices are throttled"), NOW.minusSeconds(1)));
  }

  /** Of a source that offers zone 1, where zone 2 was published at {@code at}. */
  private List<String> zones(List<String> troubles, Instant at) throws InterruptedException {
    Offer asked = offer("zone-1", "0.40", Optional.of(NOW));
    Offer published = offer("zone-2", "0.30", Optional.of(at));
    feed =
        feed(
            new Scripted(
                "test",
                List.of(() -> Optional.of(new Quotes(List.of(asked), List.of(), troubles)))),
            new Scripted(
                "published",
                List.of(() -> Optional.of(new Quotes(List.of(published), List.of())))));
    start();
    return feed.book().offers().stream().map(offer -> offer.key().zone()).toList();
  }

  private void start() throws InterruptedException {
    feed.start();
    assertTrue(feed.awaitAnswers(Duration.ofSeconds(10)));
  }

  private static void awaitQuietly(CountDownLatch latch) {
    try {
      latch.await();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private PriceBook startAndAwaitChanges(int changes) throws InterruptedException {
    CountDownLatch changed = new CountDownLatch(1 + changes);
    feed.onChange(changed::countDown);
    feed.start();
    assertTrue(changed.await(10, TimeUnit.SECONDS));
    return feed.book();
  }

  private static PriceFeed feed(Source... sources) {
    return new PriceFeed(List.of(sources), () -> NOW, new PrometheusRegistry());
  }

  private static Map<String, Instant> gauge(PrometheusRegistry registry, String name) {
    return registry.scrape(name::equals).stream()
        .flatMap(snapshot -> snapshot.getDataPoints().stream())
        .collect(
            Collectors.toMap(
                point -> point.getLabels().get("source"),
                point ->
                    Instant.ofEpochSecond(
                        (long) ((GaugeSnapshot.GaugeDataPointSnapshot) point).getValue())));
  }

  private static String price(PriceBook book) {
    return book.offers().iterator().next().usdPerHour().toString();
  }

  private static Optional<Quotes> fail() {
    throw new SourceException("gone");
  }

  private static Optional<Quotes> quotes(String usdPerHour) {
    Offer offer = offer("zone-1", usdPerHour, Optional.empty());
    return Optional.of(new Quotes(List.of(offer), List.of()));
  }

  private static Offer offer(String zone, String usdPerHour, Optional<Instant> observedAt) {
    return new Offer(
        "test",
        "aws",
        "region",
        new OfferKey(zone, "g6.xlarge", Capacity.SPOT),
        Architecture.AMD64,
        new Gpu("NVIDIA", "L4", 1, Memory.parse("24Gi")),
        4,
        Memory.parse("16Gi"),
        Usd.parse(usdPerHour),
        Basis.QUOTED,
        observedAt,
        OptionalInt.empty(),
        Optional.empty(),
        Optional.empty());
  }

  /** Says one thing after the other, and then nothing new for ever. */
  private static final class Scripted implements Source {
    private final String name;
    private final Queue<Supplier<Optional<Quotes>>> answers;

    Scripted(String name, List<Supplier<Optional<Quotes>>> answers) {
      this.name = name;
      this.answers = new ArrayDeque<>(answers);
    }

    @Override
    public String name() {
      return name;
    }

    @Override
    public Duration every() {
      return Duration.ofMillis(100);
    }

    @Override
    public Optional<Quotes> poll() {
      Supplier<Optional<Quotes>> answer = answers.poll();
      return answer == null ? Optional.empty() : answer.get();
    }
  }
}
