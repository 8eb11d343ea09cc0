package dev.windfall.policies;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.FilterReader;
import java.io.IOException;
import java.io.Reader;
import java.io.StringReader;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class MarketFileTest {
  private static final String WHOLE =
      """
      offers:
      - provider: aws
        region: eu-central-1
        zone: eu-central-1a
        instanceType: g6.xlarge
        capacity: spot
        architecture: arm64
        gpu: {manufacturer: NVIDIA, model: L4, count: 1, memory: 24Gi}
        cpu: 4
        memory: 16Gi
        usdPerHour: "0.4021"
        observedAt: 2026-11-20T10:00:00Z
        placementScore: 7
        interruption: "<5%"
      """;

  /** What has to be there, and no more. The price stands in line 10, column 15. */
  private static final String BARE =
      """
      offers:
      - provider: aws
        region: eu-central-1
        zone: eu-central-1a
        instanceType: g6.xlarge
        capacity: spot
        gpu: {model: L4, count: 1, memory: 24Gi}
        cpu: 4
        memory: 16Gi
        usdPerHour: "0.4021"
      """;

  private static final String ANOTHER =
      """
      - provider: aws
        region: eu-central-1
        zone: eu-central-1b
        instanceType: g5.xlarge
        capacity: on-demand
        gpu: {model: A10G, count: 1, memory: 24Gi}
        cpu: 4
        memory: 16Gi
        usdPerHour: 1.006
      """;

  @Test
  void everyFieldOfAnOfferIsRead() {
    assertEquals(
        List.of(
            new MarketFile.Entry(
                "aws",
                "eu-central-1",
                "eu-central-1a",
                "g6.xlarge",
                Capacity.SPOT,
                Architecture.ARM64,
                new Gpu("NVIDIA", "L4", 1, Memory.parse("24Gi")),
                4,
                Memory.parse("16Gi"),
                Usd.parse("0.4021"),
                Optional.of(Instant.parse("2026-11-20T10:00:00Z")),
                OptionalInt.of(7),
                Optional.of("<5%"))),
        read(WHOLE).offers());
  }

  @Test
  void whatMayBeAbsentHasADefaultOrIsUnknown() {
    assertEquals(
        List.of(
            new MarketFile.Entry(
                "aws",
                "eu-central-1",
                "eu-central-1a",
                "g6.xlarge",
                Capacity.SPOT,
                Architecture.AMD64,
                new Gpu("NVIDIA", "L4", 1, Memory.parse("24Gi")),
                4,
                Memory.parse("16Gi"),
                Usd.parse("0.4021"),
                Optional.empty(),
                OptionalInt.empty(),
                Optional.empty())),
        read(BARE).offers());
  }

  @Test
  void jsonIsReadLikeYaml() {
    String json =
        """
        {"offers":[{"provider":"aws","region":"eu-central-1","zone":"eu-central-1a",
        "instanceType":"g6.xlarge","capacity":"spot","gpu":{"model":"L4","count":1,"memory":"24Gi"},
        "cpu":4,"memory":"16Gi","usdPerHour":0.4021}]}
        """;
    assertEquals(read(BARE), read(json));
  }

  @Test
  void offersKeepTheOrderOfTheFile() {
    assertEquals(List.of("g6.xlarge", "g5.xlarge"), types(read(BARE + ANOTHER)));
  }

  @Test
  void aMarketMayBeEmpty() {
    assertEquals(new MarketFile<>(List.of(), List.of()), read("offers: []"));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # in a good offer    | stands              | and the offer is left out since
          "0.4021"             | "-0.40"             | 10:15: usdPerHour "-0.40" must not be negative
          "0.4021"             | "0"                 | 10:15: usdPerHour "0" is only for reserved and owned capacity
          "0.4021"             | "-0"                | 10:15: usdPerHour "-0" is only for reserved and owned capacity
          "0.4021"             | 0.0000004           | 10:15: usdPerHour "0.0000004" is only for reserved and owned capacity
          "0.4021"             | 1000000000          | 10:15: usdPerHour "1000000000" must be at most 1000000
          "0.4021"             | 1e9                 | 10:15: usdPerHour "1e9" must be a plain decimal number such as 0.40
          "0.4021"             | 1e400               | 10:15: usdPerHour "1e400" must be a plain decimal number such as 0.40
          "0.4021"             | 1e999999999         | 10:15: usdPerHour "1e999999999" must be a plain decimal number such as 0.40
          "0.4021"             | .nan                | 10:15: usdPerHour ".nan" must be a plain decimal number such as 0.40
          "0.4021"             | .inf                | 10:15: usdPerHour ".inf" must be a plain decimal number such as 0.40
          "0.4021"             | cheap               | 10:15: usdPerHour "cheap" must be a plain decimal number such as 0.40
          "0.4021"             | 0,40                | 10:15: usdPerHour "0,40" must be a plain decimal number such as 0.40
          "0.4021"             | "0.40 "             | 10:15: usdPerHour "0.40 " must be a plain decimal number such as 0.40
          "0.4021"             | 0.400000000000000000001 | 10:15: usdPerHour "0.400000000000000000001" must be a plain decimal number such as 0.40
          "0.4021"             | [0.40]              | 10:15: field "usdPerHour" must be a single value
          "0.4021"             | null                | 2:3: field "usdPerHour" is missing
          "0.4021"             | ~                   | 2:3: field "usdPerHour" is missing
          "0.4021"             | 1\\n  usdPerHour: 2  | 11:3: field "usdPerHour" is given twice
          "0.4021"             | 1\\n  [a]: 2         | 11:3: a key must be a plain name
          zone: eu-central-1a  | zone: eu.central.1a | 4:9: zone "eu.central.1a" must be letters, digits and dashes, without a dot
          zone: eu-central-1a  | zonne: eu-central-1a | 2:3: field "zone" is missing
          zone: eu-central-1a  | zone: ""            | 4:9: zone "" must be letters, digits and dashes, without a dot
          instanceType: g6     | instanceType: g6/   | 5:17: instanceType "g6/.xlarge" must be a valid label value
          capacity: spot       | capacity: spott     | 6:13: capacity "spott" is not one of spot, on-demand, reserved, owned; did you mean "spot"?
          capacity: spot       | capacity: Spot      | 6:13: capacity "Spot" is not one of spot, on-demand, reserved, owned; did you mean "spot"?
          gpu: {               | architecture: x86\\n  gpu: { | 7:17: architecture "x86" is not one of amd64, arm64
          count: 1             | count: 0.5          | 7:27: count "0.5" must be a whole number from 1 to 64
          count: 1             | count: 0            | 7:27: count "0" must be a whole number from 1 to 64
          count: 1             | count: 99999999999  | 7:27: count "99999999999" must be a whole number from 1 to 64
          model: L4            | modell: L4          | 7:8: field "model" is missing
          memory: 24Gi         | memory: -24Gi       | 7:38: memory "-24Gi" must be a quantity such as 24Gi
          cpu: 4               | cpu: four           | 8:8: cpu "four" must be a whole number from 1 to 10000
          cpu: 4               | cpu: 4\\n  observedAt: yesterday | 9:15: observedAt "yesterday" must be a time such as 2026-11-20T10:00:00Z
          cpu: 4               | cpu: 4\\n  placementScore: 11 | 9:19: placementScore "11" must be a whole number from 1 to 10
          cpu: 4               | cpu: 4\\n  interruption: 7% | 9:17: interruption "7%" is not one of <5%, 5-10%, 10-15%, 15-20%, >20%; did you mean "<5%"?
          cpu: 4               | cpu: 4\\n  gpus: 1   | 9:3: field "offers.gpus" is unknown; did you mean "gpu"?
          """)
  void oneBadOfferIsLeftOutWithItsReason(String good, String bad, String reason) {
    MarketFile<MarketFile.Entry> market =
        read(BARE.replace(good, bad.replace("\\n", "\n")) + ANOTHER);

    assertEquals(List.of("g5.xlarge"), types(market));
    assertTrue(
        market.leftOut().getFirst().toString().startsWith("market.yaml:" + reason + "; the offer "),
        () -> market.leftOut().toString());
  }

  @Test
  void theReasonNamesTheOffer() {
    MarketFile<MarketFile.Entry> market = read(BARE.replace("0.4021", "-0.40"));

    assertEquals(
        List.of(
            "market.yaml:10:15: usdPerHour \"-0.40\" must not be negative; the offer g6.xlarge in"
                + " eu-central-1a is left out"),
        texts(market.leftOut()));
  }

  @Test
  void everythingThatIsWrongWithAnOfferIsSaid() {
    MarketFile<MarketFile.Entry> market =
        read(BARE.replace("0.4021", "-1").replace("cpu: 4", "cpu: -4"));

    assertEquals(2, market.leftOut().size());
  }

  @ParameterizedTest
  @ValueSource(strings = {"reserved", "owned"})
  void whatIsPaidForAlreadyMayCostNothing(String capacity) {
    MarketFile<MarketFile.Entry> market =
        read(BARE.replace("spot", capacity).replace("0.4021", "0"));

    assertEquals(Usd.ZERO, market.offers().getFirst().usdPerHour());
  }

  @Test
  void ofTwoOffersWithOneKeyTheFirstCounts() {
    String again = BARE.replace("offers:\n", "").replace("0.4021", "0.10");
    MarketFile<MarketFile.Entry> market = read(BARE + again);

    assertEquals(Usd.parse("0.4021"), market.offers().getFirst().usdPerHour());
    assertEquals(
        List.of(
            "market.yaml:14:17: \"eu-central-1a.g6.xlarge.spot\" stands in the file already; the"
                + " offer g6.xlarge in eu-central-1a is left out"),
        texts(market.leftOut()));
  }

  @Test
  void aBadOfferTakesNobodysKey() {
    String again = BARE.replace("offers:\n", "");
    MarketFile<MarketFile.Entry> market = read(BARE.replace("0.4021", "-1") + again);

    assertEquals(List.of("g6.xlarge"), types(market));
  }

  @Test
  void aKeyThatFitsALabelExactlyIsGood() {
    // 13 + 1 + 44 + 1 + 4 = 63
    assertEquals(1, read(BARE.replace("g6.xlarge", "g".repeat(44))).offers().size());
  }

  @Test
  void aKeyThatIsTooLongForALabelIsLeftOut() {
    MarketFile<MarketFile.Entry> market = read(BARE.replace("g6.xlarge", "g".repeat(45)));

    assertTrue(
        market
            .leftOut()
            .getFirst()
            .message()
            .contains("is longer than the 63 characters a label may have"));
  }

  @Test
  void aNameWithoutEndIsNotRepeatedInFull() {
    MarketFile<MarketFile.Entry> market = read(BARE.replace("g6.xlarge", "g".repeat(100_000)));

    assertTrue(market.leftOut().getFirst().message().length() < 500);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      textBlock =
          """
          # the text               | is refused with
          offers: [                | market.yaml:2:1: cannot be read: expected the node content, but found '<stream end>'
          offers: []\\n---\\nx: 1  | market.yaml:3:1: must be one document; a second one begins here
          ''                       | market.yaml: field "offers" is missing
          '# nothing'              | market.yaml: field "offers" is missing
          {}                       | market.yaml:1:1: field "offers" is missing
          offers:                  | market.yaml:1:8: field "offers" is missing
          [a, b]                   | market.yaml:1:1: must be a mapping of keys to values
          text                     | market.yaml:1:1: must be a mapping of keys to values
          offers: many             | market.yaml:1:9: field "offers" must be a list
          offers: {a: 1}           | market.yaml:1:9: field "offers" must be a list
          offers: [5]              | market.yaml:1:10: each entry of "offers" must be a mapping of keys to values
          offers: []\\nofers: []   | market.yaml:2:1: field "ofers" is unknown; did you mean "offers"?
          offers: []\\noffers: []  | market.yaml:2:1: field "offers" is given twice
          offers: *nobody          | market.yaml:1:9: cannot be read: found undefined alias nobody
          """)
  void aDocumentThatIsNoMarketIsRefusedAsAWhole(String text, String problem) {
    UnreadableException refused =
        assertThrows(UnreadableException.class, () -> read(text.replace("\\n", "\n") + "\n"));

    assertEquals(problem, refused.problems().getFirst().toString());
  }

  private static MarketFile<MarketFile.Entry> read(String text) {
    return MarketFile.read("market.yaml", text);
  }

  private static List<String> types(MarketFile<MarketFile.Entry> market) {
    return market.offers().stream().map(MarketFile.Entry::instanceType).toList();
  }

  private static List<String> texts(List<Problem> problems) {
    return problems.stream().map(Problem::toString).toList();
  }

  /** Both ways of reading say the same: an entry at a time, and as a whole for the reference. */
  @Test
  void anEntryThatRefersToAnotherIsReadAsIfItStoodThere() {
    String shared = ANOTHER.replace("gpu: {model: A10G, count: 1, memory: 24Gi}", "gpu: *gpu");
    String whole = BARE.replace("gpu: {", "gpu: &gpu {") + shared.replace("1.006", "-1");
    String alone =
        BARE + ANOTHER.replace("gpu: {model: A10G, ", "gpu: {model: L4, ").replace("1.006", "-1");

    assertEquals(MarketFile.read("market.yaml", alone), MarketFile.read("market.yaml", whole));
    assertEquals(1, MarketFile.read("market.yaml", whole).leftOut().size());
  }

  @Test
  void offersHoldWhatTheyHaveInCommonOnce() {
    List<MarketFile.Entry> offers = read(many(1000)).offers();

    assertEquals(1000, offers.size());
    assertSame(offers.getFirst().region(), offers.getLast().region());
    assertSame(offers.getFirst().gpu(), offers.getLast().gpu());
  }

  /** A text of 16 MiB was held as a whole until its last offer was read. */
  @Test
  void anOfferIsMadeBeforeMuchMoreOfTheTextIsRead() throws IOException {
    String text = many(1000);
    Counted counted = new Counted(text);

    List<Integer> read =
        MarketFile.read("market.yaml", () -> counted, entry -> counted.characters).offers();

    assertEquals(1000, read.size());
    assertTrue(read.getFirst() < 5_000, () -> "of " + text.length() + " " + read.getFirst());
  }

  @Test
  void aTextWithAnchorsIsOpenedOnceMore() throws IOException {
    String whole =
        BARE.replace("gpu: {", "gpu: &gpu {")
            + ANOTHER.replace("gpu: {model: A10G, count: 1, memory: 24Gi}", "gpu: *gpu");
    List<Reader> opened = new ArrayList<>();

    MarketFile<String> market =
        MarketFile.read(
            "market.yaml",
            () -> {
              opened.add(new StringReader(whole));
              return opened.getLast();
            },
            MarketFile.Entry::instanceType);

    assertEquals(List.of("g6.xlarge", "g5.xlarge"), market.offers());
    assertEquals(2, opened.size());
  }

  @Test
  void aTextThatCannotBeReadToItsEndIsNoRefusal() {
    IOException broken =
        assertThrows(
            IOException.class,
            () -> MarketFile.read("market.yaml", () -> new Breaking(many(100)), entry -> entry));

    assertEquals("the disk is gone", broken.getMessage());
  }

  private static String many(int offers) {
    StringBuilder text = new StringBuilder("offers:\n");
    for (int i = 0; i < offers; i++) {
      text.append("- {provider: aws,region: r,zone: z%d,instanceType: g,".formatted(i))
          .append(
              "capacity: spot,gpu: {model: L4,count: 1,memory: 24Gi},cpu: 4,memory:"
                  + " 16Gi,usdPerHour: 1}\n");
    }
    return text.toString();
  }

  /** Counts the characters that were read of a text. */
  private static final class Counted extends FilterReader {
    private int characters;

    Counted(String text) {
      super(new StringReader(text));
    }

    @Override
    public int read(char[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      characters += read;
      return read;
    }
  }

  /** A text of which all is read but its end. */
  private static final class Breaking extends FilterReader {
    Breaking(String text) {
      super(new StringReader(text));
    }

    @Override
    public int read(char[] into, int offset, int length) throws IOException {
      int read = super.read(into, offset, length);
      if (read < 0) {
        throw new IOException("the disk is gone");
      }
      return read;
    }
  }
}
