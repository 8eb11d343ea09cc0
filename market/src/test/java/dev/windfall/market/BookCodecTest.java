package dev.windfall.market;

import static dev.windfall.market.Offers.NOW;
import static dev.windfall.market.Offers.key;
import static dev.windfall.market.Offers.offer;
import static org.junit.jupiter.api.Assertions.assertArrayEquals;
import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import dev.windfall.policies.Architecture;
import dev.windfall.policies.Capacity;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDate;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.stream.Stream;
import java.util.zip.GZIPInputStream;
import java.util.zip.GZIPOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BookCodecTest {
  private static final Offers G6 = offer("g6.xlarge", "0.4021").seen("5M").score(7).band("<5%");
  private static final PriceBook BOOK =
      PriceBook.of(
          Stream.of(
                  G6,
                  G6.zone("eu-central-1b").price("0.43").barred("the quota is 0"),
                  offer("g6.xlarge", "1.0062")
                      .capacity(Capacity.ON_DEMAND)
                      .basis(new Basis.Listed(LocalDate.parse("2026-11-01"))),
                  offer("g5g.2xlarge", "0.30").architecture(Architecture.ARM64).from("aws eu"),
                  offer("rack-1", "0").capacity(Capacity.OWNED).by("us").gpus(8).model("H100"))
              .map(Offers::build)
              .toList(),
          List.of(
              new SourceHealth(
                  "test", 4, Optional.of(NOW), Optional.empty(), List.of("a", "b"), List.of("c")),
              new SourceHealth(
                  "aws eu", 1, Optional.empty(), Optional.of("gone"), List.of(), List.of())));

  @Test
  void whatIsWrittenIsReadAgain() throws IOException {
    BookCodec.Reading reading = BookCodec.read(BookCodec.write(BOOK), NOW);

    assertEquals(List.copyOf(BOOK.offers()), List.copyOf(reading.book().offers()));
    assertEquals(BOOK.sources(), reading.book().sources());
    assertEquals(BOOK.version(), reading.book().version());
    assertEquals(List.of(), reading.leftOut());
  }

  @Test
  void theSameBookIsTheSameBytes() {
    PriceBook turned = PriceBook.of(List.copyOf(BOOK.offers()).reversed(), BOOK.sources());

    assertArrayEquals(BookCodec.write(BOOK), BookCodec.write(turned));
  }

  @Test
  void anEmptyBookIsReadAgain() throws IOException {
    PriceBook empty = BookCodec.read(BookCodec.write(PriceBook.empty()), NOW).book();

    assertEquals(0, empty.offers().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "0.4021"                  | "-0.40"                   | g6.xlarge in eu-central-1a: usdPerHour "-0.40" must not be negative
          "0.4021"                  | "0.00"                    | g6.xlarge in eu-central-1a: a price of zero is only for reserved and owned capacity
          "0.4021"                  | "1000000000"              | g6.xlarge in eu-central-1a: usdPerHour "1000000000" must be at most 1000000
          "0.4021"                  | "1000000"                 | g6.xlarge in eu-central-1a: a price of 1000000.00 USD/h is more than 1000.00 for each of its GPUs
          "0.4021"                  | "1e400"                   | g6.xlarge in eu-central-1a: usdPerHour "1e400" must be a plain decimal number such as 0.40
          "0.4021"                  | "cheap"                   | g6.xlarge in eu-central-1a: usdPerHour "cheap" must be a plain decimal number such as 0.40
          "2026-11-20T09:55:00Z",7  | "2026-11-20T10:05:01Z",7  | g6.xlarge in eu-central-1a: its price was seen at 2026-11-20T10:05:01Z, which is in the future
          "2026-11-20T09:55:00Z",7  | "today",7                 | g6.xlarge in eu-central-1a: "today" is no time
          "2026-11-20T09:55:00Z",7  | "2026-11-20T09:55:00Z",11 | g6.xlarge in eu-central-1a: placement score 11 is not 1 to 10
          "eu-central-1a","spot"    | "eu.central","spot"       | g5g.2xlarge in eu.central: zone "eu.central" is no zone's name
          "eu-central-1b","spot"    | "eu-central-1a","spot"    | g6.xlarge in eu-central-1a: it stands there already
          "eu-central-1a","spot"    | "eu-central-1a","stolen"  | g5g.2xlarge in eu-central-1a: capacity "stolen" is unknown
          """)
  void anOfferThatCannotBeIsLeftOutWithItsReasonAndTheOthersStay(
      String was, String is, String reason) throws IOException {
    BookCodec.Reading reading = BookCodec.read(gzip(json().replaceFirst(was, is)), NOW);

    assertEquals(List.of(reason + "; the offer is left out"), reading.leftOut());
    assertEquals(4, reading.book().offers().size());
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          "format":1     | "format":2       | it is of format 2, and this version reads 1
          "format":1     | "form":1         | field "format" is not where it belongs
          "count":5      | "count":6        | it does not have as many offers as it says
          "0.4021"       | "0.4022"         | it is version
          "amd64"        | "abacus"         | architecture "abacus" is unknown
          "offers":[[0   | "offers":[[9     | an offer refers to entry 9 of 3
          "offers":[[0   | "offers":[[-1    | an offer refers to entry -1 of 3
          "offers":[[0   | "offers":[[1e9   | VALUE_NUMBER_FLOAT stands where VALUE_NUMBER_INT belongs
          "offers":      | "offers":7,"x":  | VALUE_NUMBER_INT stands where START_ARRAY belongs
          """)
  void whatIsNoBookIsRefusedWhole(String was, String is, String reason) {
    String json = json();
    assertTrue(json.contains(was), json);

    IOException refused =
        assertThrows(IOException.class, () -> BookCodec.read(gzip(json.replace(was, is)), NOW));

    assertTrue(
        String.valueOf(refused.getMessage()).startsWith("the price book cannot be read: " + reason),
        refused::getMessage);
  }

  @Test
  void aBookThatIsCutOffAnywhereIsRefused() {
    byte[] whole = BookCodec.write(BOOK);
    for (int length = 0; length < whole.length; length++) {
      byte[] cut = Arrays.copyOf(whole, length);
      assertThrows(IOException.class, () -> BookCodec.read(cut, NOW), "at " + length);
    }
  }

  @Test
  void whatInflatesWithoutEndIsRefused() throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(
          json().substring(0, json().indexOf("\"offers\"")).getBytes(StandardCharsets.UTF_8));
      byte[] blanks = new byte[1 << 20];
      Arrays.fill(blanks, (byte) ' ');
      for (int i = 0; i < 100; i++) {
        gzip.write(blanks);
      }
    }

    IOException refused =
        assertThrows(IOException.class, () -> BookCodec.read(out.toByteArray(), NOW));

    assertEquals(
        "the price book cannot be read: it inflates to more than 96 MiB", refused.getMessage());
  }

  @Test
  void aSourceThatWasReadInTheFutureWasReadNow() throws IOException {
    BookCodec.Reading reading = BookCodec.read(BookCodec.write(BOOK), NOW.minusSeconds(240));

    assertEquals(
        Optional.of(NOW.minusSeconds(240)), reading.book().sources().getFirst().lastSuccess());
    assertTrue(reading.book().find(key("eu-central-1a.g6.xlarge.spot")).isPresent());
  }

  private static String json() {
    try (GZIPInputStream in =
        new GZIPInputStream(new ByteArrayInputStream(BookCodec.write(BOOK)))) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new java.io.UncheckedIOException(e);
    }
  }

  static byte[] gzip(String text) throws IOException {
    ByteArrayOutputStream out = new ByteArrayOutputStream();
    try (OutputStream gzip = new GZIPOutputStream(out)) {
      gzip.write(text.getBytes(StandardCharsets.UTF_8));
    }
    return out.toByteArray();
  }
}
