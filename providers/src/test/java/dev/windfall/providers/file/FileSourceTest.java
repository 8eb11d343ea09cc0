package dev.windfall.providers.file;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.market.Offer;
import dev.windfall.providers.Quotes;
import dev.windfall.providers.SourceException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class FileSourceTest {
  private static final Instant NOW = Instant.parse("2026-11-21T10:00:00Z");
  private static final String OFFER =
      """
      - provider: aws
        region: eu-central-1
        zone: eu-central-1a
        instanceType: g6.xlarge
        capacity: spot
        gpu: {model: L4, count: 1, memory: 24Gi}
        cpu: 4
        memory: 16Gi
        usdPerHour: "%s"
      """;

  @TempDir Path directory;
  private Path file;
  private FileSource source;
  private int writes;

  @BeforeEach
  void aMarketFile() {
    file = directory.resolve("market.yaml");
    source = new FileSource(file, () -> NOW);
  }

  @Test
  void everyOfferOfTheFileIsQuoted() throws IOException {
    write("offers:\n" + OFFER.formatted("0.4021"));

    Offer offer = source.poll().orElseThrow().offers().getFirst();

    assertEquals("eu-central-1a.g6.xlarge.spot", offer.key().toString());
    assertEquals("0.4021", offer.usdPerHour().toString());
    assertEquals(Optional.empty(), offer.observedAt());
  }

  @Test
  void aFileThatDidNotChangeSaysNothingNew() throws IOException {
    write("offers:\n" + OFFER.formatted("0.4021"));
    source.poll();

    assertEquals(Optional.empty(), source.poll());
  }

  @Test
  void aChangedFileIsReadAgain() throws IOException {
    write("offers:\n" + OFFER.formatted("0.4021"));
    source.poll();

    write("offers:\n" + OFFER.formatted("0.8042"));

    assertEquals("0.8042", source.poll().orElseThrow().offers().getFirst().usdPerHour().toString());
  }

  /** A price of the same length, written within the grain of the file system's clock. */
  @Test
  void aChangeThatLeavesSizeAndTimeAsTheyWereIsSeenWhileTheFileIsYoung() throws IOException {
    write("offers:\n" + OFFER.formatted("0.4021"));
    modified(NOW.minusMillis(10));
    source.poll();

    write("offers:\n" + OFFER.formatted("0.8042"));
    modified(NOW.minusMillis(10));

    assertTrue(source.poll().isPresent());
  }

  /** A list of offers is one at each of its ends: half a file had half the offers. */
  @Test
  void aFileThatIsBeingWrittenIsLeftUntilItLooksTheSameTwice() throws IOException {
    String other = OFFER.replace("g6.xlarge", "g5.xlarge");
    write("offers:\n" + OFFER.formatted("0.4021") + other.formatted("0.50"));
    source.poll();

    write("offers:\n" + OFFER.formatted("0.8042"));
    modified(NOW.minusMillis(300));
    assertEquals(Optional.empty(), source.poll());
    write("offers:\n" + OFFER.formatted("0.8042") + other.formatted("0.60"));
    modified(NOW.minusMillis(100));
    assertEquals(Optional.empty(), source.poll());

    assertEquals(2, source.poll().orElseThrow().offers().size());
  }

  /** It was read and parsed again twice a second. */
  @Test
  void aRefusedFileIsNotReadAgainUntilItChanges() throws IOException {
    write("offers: []");
    SourceException refused = assertThrows(SourceException.class, source::poll);

    assertSame(refused, assertThrows(SourceException.class, source::poll));

    write("offers:\n" + OFFER.formatted("0.4021"));
    assertTrue(source.poll().isPresent());
  }

  @Test
  void aRefusedFileThatIsBeingWrittenStaysRefused() throws IOException {
    write("offers:\n" + OFFER.formatted("0.4021"));
    source.poll();
    write("offers: []");
    SourceException refused = assertThrows(SourceException.class, source::poll);

    write("offers:\n" + OFFER.formatted("0.4021"));
    modified(NOW);
    assertSame(refused, assertThrows(SourceException.class, source::poll));
    assertEquals(Optional.empty(), source.poll());
  }

  @Test
  void aFileThatAppearsLaterIsRead() throws IOException {
    assertEquals(
        "there is no such file", assertThrows(SourceException.class, source::poll).getMessage());

    write("offers:\n" + OFFER.formatted("0.4021"));

    assertTrue(source.poll().isPresent());
  }

  @Test
  void anEmptiedFileIsRefused() throws IOException {
    write("offers: []");

    assertEquals("holds no offer", assertThrows(SourceException.class, source::poll).getMessage());
  }

  @Test
  void aFileOfNothingButBadOffersIsRefusedWithAllTheirReasons() throws IOException {
    write("offers:\n" + OFFER.formatted("-1"));

    String message = String.valueOf(assertThrows(SourceException.class, source::poll).getMessage());

    assertTrue(message.contains("usdPerHour \"-1\" must not be negative"), message);
  }

  @Test
  void aBadOfferIsLeftOutAndTheOthersStay() throws IOException {
    write(
        "offers:\n"
            + OFFER.formatted("0.4021")
            + OFFER.formatted("-1").replace("g6.xlarge", "g5.xlarge"));

    Quotes quotes = source.poll().orElseThrow();

    assertEquals(1, quotes.offers().size());
    assertEquals(1, quotes.leftOut().size());
    assertTrue(
        quotes.leftOut().getFirst().endsWith("the offer g5.xlarge in eu-central-1a is left out"));
  }

  @Test
  void anOfferNamesTheFileItStandsIn() throws IOException {
    write("offers:\n" + OFFER.formatted("0.4021"));

    Quotes quotes = source.poll().orElseThrow();

    assertEquals(List.of("file " + file), quotes.offers().stream().map(Offer::source).toList());
  }

  @Test
  void aFileThatWasTouchedSaysNothingNew() throws IOException {
    write("offers:\n" + OFFER.formatted("0.4021"));
    source.poll();

    write("offers:\n" + OFFER.formatted("0.4021"));

    assertEquals(Optional.empty(), source.poll());
  }

  /** Whatever else is wrong with it, and wherever that stands. */
  @Test
  void aFileThatIsNoUtf8IsRefused() throws IOException {
    String before = "offers: [\n" + "# a long way to go\n".repeat(2_000);
    Files.write(file, (before + "\u00e4").getBytes(StandardCharsets.ISO_8859_1));

    assertEquals(
        "is not UTF-8 text", assertThrows(SourceException.class, source::poll).getMessage());
  }

  @Test
  void aFileThatEndsWithinACharacterIsNoUtf8() throws IOException {
    write("offers:\n" + OFFER.formatted("0.4021"));
    Files.write(file, new byte[] {'#', (byte) 0xc3}, StandardOpenOption.APPEND);

    assertEquals(
        "is not UTF-8 text", assertThrows(SourceException.class, source::poll).getMessage());
  }

  @Test
  void aFileThatIsTooLargeIsRefused() throws IOException {
    write("#".repeat((16 << 20) + 1));

    assertEquals(
        "is larger than the 16 MiB a market file may have",
        assertThrows(SourceException.class, source::poll).getMessage());
  }

  /** It was held as a whole, and so read at once; now it is read for as long as it is parsed. */
  @Test
  void aFileThatIsWrittenWhileItIsReadIsNotTaken() throws IOException {
    String one = OFFER.formatted("0.4021");
    String two = one + OFFER.replace("g6.x", "g5.x").formatted("0.50");
    write("offers:\n" + two);
    source = new FileSource(file, () -> NOW, onOpening(4, () -> write("offers:\n" + one)));
    Quotes whole = source.poll().orElseThrow();
    write("offers:\n" + two.replace("0.4021", "0.8042"));

    assertEquals(2, whole.offers().size());
    assertEquals(Optional.empty(), source.poll());
    write("offers:\n" + two.replace("0.4021", "0.9042"));
    assertEquals("0.9042", source.poll().orElseThrow().offers().getFirst().usdPerHour().toString());
  }

  @Test
  void aFirstFileThatIsWrittenWhileItIsReadIsReadAgain() throws IOException {
    write("offers:\n" + OFFER.formatted("0.4021"));
    source =
        new FileSource(
            file, () -> NOW, onOpening(2, () -> write("offers:\n" + OFFER.formatted("0.8042"))));

    assertEquals(
        "was written while it was read, and is read again soon",
        assertThrows(SourceException.class, source::poll).getMessage());
    assertEquals("0.8042", source.poll().orElseThrow().offers().getFirst().usdPerHour().toString());
  }

  /** The half of it that was there was no YAML, which was said of the file. */
  @Test
  void whatIsWrongWithAFileThatIsWrittenWhileItIsReadIsNotSaid() throws IOException {
    write("offers:\n" + OFFER.formatted("0.4021"));
    source = new FileSource(file, () -> NOW, onOpening(4, () -> write("offers: [")));
    source.poll();
    write("offers:\n" + OFFER.formatted("0.8042"));

    assertEquals(Optional.empty(), source.poll());
    assertThrows(SourceException.class, source::poll);
  }

  /** While the next price book is made, the one before is in memory too. */
  @Test
  void anOfferThatDidNotChangeIsTheSameObjectAsBefore() throws IOException {
    String other = OFFER.replace("g6.xlarge", "g5.xlarge");
    String gone = OFFER.replace("g6.xlarge", "g4dn.xlarge");
    write("offers:\n" + gone.formatted("1") + OFFER.formatted("0.40") + other.formatted("0.50"));
    List<Offer> before = source.poll().orElseThrow().offers();

    write("offers:\n" + OFFER.formatted("0.41") + other.formatted("0.50") + gone.formatted("1"));
    List<Offer> after = source.poll().orElseThrow().offers();

    assertEquals("0.41", after.getFirst().usdPerHour().toString());
    assertSame(before.get(1).key(), after.getFirst().key());
    assertSame(before.get(2), after.get(1));
    assertEquals(before.getFirst(), after.get(2));
  }

  /** Something to do to a file. */
  private interface Change {
    void run() throws IOException;
  }

  /** Opens files, and changes them before the opening of this number, counted from 1. */
  private static FileText.Opener onOpening(int number, Change change) {
    AtomicInteger openings = new AtomicInteger();
    return path -> {
      if (openings.incrementAndGet() == number) {
        change.run();
      }
      return Files.newInputStream(path);
    };
  }

  /** Writes a file that has lain there for a while, and after the one before. */
  private void write(String text) throws IOException {
    Files.writeString(file, text);
    writes++;
    modified(NOW.minusSeconds(60).plusSeconds(writes));
  }

  private void modified(Instant at) throws IOException {
    Files.setLastModifiedTime(file, FileTime.from(at));
  }
}
