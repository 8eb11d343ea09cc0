package dev.windfall.market;

import static org.junit.jupiter.api.Assertions.assertEquals;

import dev.windfall.policies.Capacity;
import java.util.Optional;
import java.util.Random;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class OfferKeyTest {

  @ParameterizedTest
  @CsvSource({
    "eu-central-1a, g6.xlarge,      SPOT,      eu-central-1a.g6.xlarge.spot",
    "eu-central-1a, g6.xlarge,      ON_DEMAND, eu-central-1a.g6.xlarge.on-demand",
    "rack_7,        dgx,            OWNED,     rack_7.dgx.owned",
    "a,             a.b.c.d,        RESERVED,  a.a.b.c.d.reserved",
    "a,             spot.on-demand, SPOT,      a.spot.on-demand.spot",
  })
  void aKeyIsALabelsValueAndBack(String zone, String type, Capacity capacity, String text) {
    OfferKey key = new OfferKey(zone, type, capacity);

    assertEquals(text, key.toString());
    assertEquals(Optional.of(key), OfferKey.parse(text));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        ".",
        "..",
        "...",
        "a",
        "a.b",
        "a.spot",
        ".b.spot",
        "a..spot",
        "a.b.",
        "a.b.Spot",
        "a.b.spot ",
        "a.b.fixed"
      })
  void whatIsNoKeyIsNone(String text) {
    assertEquals(Optional.empty(), OfferKey.parse(text));
  }

  @Test
  void theFamilyIsExact() {
    assertEquals("g6", Offers.offer("g6.xlarge", "1").build().family());
    assertEquals("g6e", Offers.offer("g6e.xlarge", "1").build().family());
    assertEquals("dgx", Offers.offer("dgx", "1").build().family());
  }

  /** A zone may be the beginning of another's, and a dash comes before a dot. */
  @Test
  void keysAreInTheOrderOfTheirTexts() {
    Random random = new Random(3);
    for (int i = 0; i < 20_000; i++) {
      OfferKey one = random(random);
      OfferKey other = random(random);
      assertEquals(
          Integer.signum(one.toString().compareTo(other.toString())),
          Integer.signum(one.compareTo(other)),
          () -> one + " and " + other);
    }
  }

  private static OfferKey random(Random random) {
    Capacity[] capacities = Capacity.values();
    return new OfferKey(
        random(random, "ab-_0"),
        random(random, "ab-.0"),
        capacities[random.nextInt(capacities.length)]);
  }

  private static String random(Random random, String letters) {
    return IntStream.rangeClosed(0, random.nextInt(3))
        .mapToObj(_ -> String.valueOf(letters.charAt(random.nextInt(letters.length()))))
        .collect(Collectors.joining());
  }
}
