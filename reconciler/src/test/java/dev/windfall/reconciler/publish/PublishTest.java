package dev.windfall.reconciler.publish;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.windfall.cluster.ClusterException;
import dev.windfall.kind.local.Fault;
import dev.windfall.market.BookCodec;
import dev.windfall.market.Offer;
import dev.windfall.market.PriceBook;
import dev.windfall.market.SourceHealth;
import dev.windfall.policies.Capacity;
import dev.windfall.reconciler.Bench;
import dev.windfall.reconciler.Market;
import java.io.IOException;
import java.time.Duration;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** The price book in the cluster, written and read over HTTP. */
class PublishTest {
  private static final String NAMESPACE = "windfall-system";
  private static final int SMALL = 200;

  private final Bench bench = new Bench();
  private Instant now = Market.NOW;
  private PublishLoop.Pass pass = pass(Pointer.MOST_BYTES);

  @BeforeEach
  void aNamespace() {
    bench.put(
        "{'apiVersion': 'v1', 'kind': 'Namespace', 'metadata': {'name': '" + NAMESPACE + "'}}");
  }

  @AfterEach
  void close() {
    bench.close();
  }

  @Test
  void whatTheLeaderKnowsEveryReplicaCanRead() throws IOException {
    know("0.40");
    pass.run();

    BookCodec.Reading reading = read().orElseThrow();

    assertEquals(List.copyOf(bench.book.offers()), List.copyOf(reading.book().offers()));
    assertEquals(bench.book.version(), reading.book().version());
  }

  @Test
  void whoDoesNotLeadPublishesNothing() throws IOException {
    know("0.40");
    bench.leading = false;
    pass.run();

    assertEquals(Optional.empty(), read());
  }

  @Test
  void whatOtherSourcesSayIsNotPublished() throws IOException {
    know("0.40");
    Offer own = Market.offer("g6.xlarge", "b", "0.10");
    bench.book =
        PriceBook.of(
            List.of(bench.book.offers().iterator().next(), from("file market.yaml", own)),
            bench.book.sources());
    pass.run();

    assertEquals(1, read().orElseThrow().book().offers().size());
  }

  @Test
  void theSamePricesAreWrittenOnceUntilTheyWouldBeTooOld() {
    bench.pool("gpu", ", 'ranking': {'maxQuoteAge': '10m'}");
    know("0.40");
    pass.run();
    String first = generation();
    later("4M59S");
    know("0.40");
    pass.run();
    assertEquals(first, generation());

    later("1S");
    know("0.40");
    pass.run();
    assertEquals("2", generation());
  }

  @Test
  void aPriceThatMovedAndASourceThatFailsAreWrittenAtOnce() throws IOException {
    know("0.40");
    pass.run();
    later("1S");
    know("0.41");
    pass.run();
    assertEquals("2", generation());

    bench.book = PriceBook.of(bench.book.offers(), List.of(health(Optional.of("timed out"))));
    pass.run();

    assertEquals("3", generation());
    assertEquals(
        Optional.of("timed out"), read().orElseThrow().book().sources().getFirst().error());
  }

  @Test
  void whoKnowsLessThanIsPublishedPublishesNothing() throws IOException {
    know("0.40");
    pass.run();
    Instant published = now;

    now = published.minusSeconds(60);
    know("0.50");
    now = published;
    pass.run();
    bench.book = PriceBook.empty();
    pass.run();

    assertEquals("1", generation());
    assertEquals("0.40", price(read().orElseThrow()));
  }

  @Test
  void aLargeBookStandsInPartsAndTheOldOnesGoAfterwards() throws IOException {
    pass = pass(SMALL);
    know("0.40");
    pass.run();
    List<String> first = parts(1);
    assertTrue(first.size() > 1, first::toString);

    later("1S");
    know("0.41");
    pass.run();

    assertEquals("0.41", price(read().orElseThrow()));
    assertEquals(List.of(), parts(1));
    assertTrue(parts(2).size() > 1);
  }

  @Test
  void aBookThatFitsAgainNeedsNoParts() throws IOException {
    pass = pass(SMALL);
    know("0.40");
    pass.run();
    pass = pass(Pointer.MOST_BYTES);
    later("1S");
    know("0.41");
    pass.run();

    assertEquals("0.41", price(read().orElseThrow()));
    assertEquals(List.of(), parts(1));
    assertEquals(List.of(), parts(2));
  }

  @Test
  void whoDiesBetweenThePartsAndThePointerLeavesTheOldBook() throws IOException {
    pass = pass(SMALL);
    know("0.40");
    pass.run();
    later("1S");
    know("0.41");
    bench.server.faults().next("patch", "configmaps", Fault.status(403));

    assertThrows(ClusterException.class, pass::run);

    assertTrue(parts(2).size() > 1);
    assertEquals("0.40", price(read().orElseThrow()));

    pass.run();
    assertEquals("0.41", price(read().orElseThrow()));
  }

  @Test
  void whatACrashHasLeftIsSweptByTheNextLeader() {
    pass = pass(SMALL);
    know("0.40");
    pass.run();
    bench.put(part(Pointer.part(2, 0)));
    bench.put(part(Pointer.part(2, 1)));

    pass(SMALL).run();

    assertEquals(List.of(), parts(2));
    assertTrue(parts(1).size() > 1);
  }

  @Test
  void aWriteThatLostToAnotherLeaderIsNoFailureAndIsDecidedAnew() throws IOException {
    know("0.40");
    pass.run();
    later("1S");
    know("0.41");
    bench.server.faults().next("patch", "configmaps", Fault.status(409));
    pass.run();
    assertEquals("0.40", price(read().orElseThrow()));

    pass.run();
    assertEquals("0.41", price(read().orElseThrow()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "'data': {'generation': 'x'}",
        "'data': null",
        "'data': {'digest': '00'}",
        "'binaryData': {'book.json.gz': 'AAAA'}",
        "'binaryData': {'book.json.gz': 'no base64!'}",
        "'binaryData': null",
        "'data': {'parts': '3'}",
        "'data': {'newest': 'soon'}",
        "'data': {'newest': '9999-01-01T00:00:00Z', 'digest': '00'}"
      })
  void aForgedConfigMapIsRefusedAndWrittenAgain(String forgery) throws IOException {
    know("0.40");
    pass.run();
    ObjectNode forged =
        Bench.JSON.readValue("{" + forgery.replace('\'', '"') + "}", ObjectNode.class);
    bench.client.mergePatch(
        dev.windfall.cluster.Resource.CONFIGMAPS, Pointer.key(NAMESPACE, Pointer.NAME), forged);

    assertThrows(IOException.class, this::read);

    later("1H");
    know("0.41");
    pass.run();
    assertEquals("0.41", price(read().orElseThrow()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{'book.json.gz': 'AAAA'}",
        "{'book.json.gz': 'no base64!'}",
        "{'book.json.gz': null}",
        "null"
      })
  void aForgedPartIsRefusedAndTheNextBookIsRead(String forgery) throws IOException {
    pass = pass(SMALL);
    know("0.40");
    pass.run();
    ObjectNode forged =
        Bench.JSON.readValue(
            "{" + ("'binaryData': " + forgery).replace('\'', '"') + "}", ObjectNode.class);
    bench.client.mergePatch(
        dev.windfall.cluster.Resource.CONFIGMAPS,
        Pointer.key(NAMESPACE, Pointer.part(1, 0)),
        forged);

    IOException refused = assertThrows(IOException.class, this::read);
    assertTrue(String.valueOf(refused.getMessage()).contains("digest"), refused::toString);

    later("1H");
    know("0.41");
    pass.run();
    assertEquals("0.41", price(read().orElseThrow()));
  }

  @Test
  void whatWasReadLastTimeIsNoNews() throws IOException {
    know("0.40");
    pass.run();
    PublishedBook book = new PublishedBook(bench.client, NAMESPACE);

    assertTrue(book.read(now).isPresent());
    assertFalse(book.read(now).isPresent());
  }

  /** Names and prices of offers of aws, confirmed now. */
  private void know(String usdPerHour) {
    List<Offer> offers = new ArrayList<>();
    IntStream.range(0, 20)
        .forEach(i ->
            offers.add(
                from(
                    "aws eu-central-1",
                    Market.offer(
                        "g6." + Integer.toHexString(i * 2654435),
                        "a",
                        Capacity.SPOT,
                        1,
                        usdPerHour,
                        Optional.of(now)))));
    bench.book = PriceBook.of(offers, List.of(health(Optional.empty())));
  }

  private SourceHealth health(Optional<String> error) {
    return new SourceHealth("aws eu-central-1", 20, Optional.of(now), error, List.of(), List.of());
  }

  private static Offer from(String source, Offer offer) {
    return new Offer(
        source,
        offer.provider(),
        offer.region(),
        offer.key(),
        offer.architecture(),
        offer.gpu(),
        offer.cpu(),
        offer.memory(),
        offer.usdPerHour(),
        offer.basis(),
        offer.observedAt(),
        offer.placementScore(),
        offer.interruption(),
        offer.barred());
  }

  private PublishLoop.Pass pass(int most) {
    return new PublishLoop.Pass(
        bench.inputs,
        Set.of("aws eu-central-1"),
        bench.writes,
        new Publisher(bench.writes, NAMESPACE),
        () -> now,
        most);
  }

  private Optional<BookCodec.Reading> read() throws IOException {
    return new PublishedBook(bench.client, NAMESPACE).read(now);
  }

  private static String price(BookCodec.Reading reading) {
    return reading.book().offers().iterator().next().usdPerHour().toString();
  }

  private String generation() {
    return bench.read("v1", "ConfigMap", NAMESPACE, Pointer.NAME).at("/data/generation").asText();
  }

  private List<String> parts(long generation) {
    return IntStream.range(0, Pointer.MOST_PARTS)
        .mapToObj(part -> Pointer.part(generation, part))
        .filter(name -> bench.server.read("v1", "ConfigMap", NAMESPACE, name).isPresent())
        .toList();
  }

  private static String part(String name) {
    return "{'apiVersion': 'v1', 'kind': 'ConfigMap', 'metadata': {'name': '%s', 'namespace': '%s'}}"
        .formatted(name, NAMESPACE);
  }

  private void later(String time) {
    now = now.plus(Duration.parse("PT" + time));
  }
}
